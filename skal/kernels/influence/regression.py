"""What one more labelled row does to a least-squares layer, exactly.

With (x, y) the weights move by H⁻¹z(y − ŷ)/(1 + a), a = zᵀH⁻¹z, and the prediction of a goal row
by κ(y − ŷ)/(1 + a), κ = z_vᵀH⁻¹z.  No m×n array is made.
"""

from skal._array import (
    Array,
    as_float64,
    augmented,
    device,
    namespace,
    row_slices,
    squared_norms,
)
from skal.kernels.influence.inverse_hessian import InverseHessian
from skal.kernels.softmax import seen_by_rows


def holdout_utilities(
    slopes: Array, errors: Array, a: Array | None = None, b: Array | None = None
) -> Array:
    """−½Σ(residual²) after less before (n×L), for label errors y − ŷ (n×L×k), slopes t (n×k).

    t = Σ_v κ_v·r_v and b = Σ_v κ_v²: e·t − ½e²b with e = (y − ŷ)/(1 + a); without a and b to first
    order in the weight of the new row, (y − ŷ)·t.
    """
    if a is None or b is None:
        return (errors * slopes[:, None, :]).sum(-1)
    steps = errors / (1 + a)[:, None, None]
    return (steps * slopes[:, None, :] - 0.5 * steps**2 * b[:, None, None]).sum(-1)


def joint_holdout_utilities(
    slopes: Array, errors: Array, A: Array | None = None, B: Array | None = None
) -> Array:
    """The same of b rows learned together (L), for label errors (L×b×k) and slopes (b×k).

    The weights move by Σ_i H⁻¹z_i·e_i with e = (I + A)⁻¹(y − ŷ), A_ij = z_iᵀH⁻¹z_j, and
    B_ij = Σ_v κ_vi·κ_vj: Σ e·t − ½eᵀBe, summed over outputs.
    """
    if A is None or B is None:
        return (errors * slopes).sum(-1).sum(-1)
    xp = namespace(A)
    steps = xp.linalg.solve(_joined(A)[None], errors)
    return (steps * (slopes - 0.5 * (B @ steps))).sum(-1).sum(-1)


def variance_utilities(b: Array, m: int, a: Array | None = None) -> Array:
    """How much less the mean of z_vᵀH⁻¹z_v is: b/(1 + a)/m; without a to first order, b/m."""
    return (b if a is None else b / (1 + a)) / m


def joint_variance_utility(A: Array, B: Array, m: int) -> float:
    """`variance_utilities` of b rows learned together: tr((I + A)⁻¹B)/m."""
    xp = namespace(A)
    return float(xp.linalg.trace(xp.linalg.solve(_joined(A), B))) / m


def _joined(A):
    xp = namespace(A)
    return A + xp.eye(A.shape[0], dtype=A.dtype, device=device(A))


def joint_covariances(Z: Array, Z_v: Array, inverse: InverseHessian) -> tuple[Array, Array]:
    """A_ij = z_iᵀH⁻¹z_j and B_ij = Σ_v (z_vᵀH⁻¹z_i)(z_vᵀH⁻¹z_j) of a few rows (b×b each)."""
    F_v, F = inverse.coordinates(Z_v), inverse.coordinates(Z)
    half = inverse.matrix @ augmented(F, inverse.intercept).T
    A = inverse.between(Z)
    B = namespace(A).zeros_like(A)
    for rows in row_slices(F_v.shape[0], F.shape[0] + F.shape[1], F):
        K = augmented(F_v[rows], inverse.intercept) @ half
        rest = inverse.rest_between(Z_v[rows], F_v[rows], Z, F)
        K = K if rest is None else K + rest
        B += K.T @ K
    return A, B


def squared_covariances(Z: Array, Z_v: Array, inverse: InverseHessian) -> Array:
    """b = Σ_v (z_vᵀH⁻¹z)² of each row of Z (n×d), over those of Z_v (m×d): zᵀ(H⁻¹Σz_vz_vᵀH⁻¹)z."""
    F_v, F = inverse.coordinates(Z_v), inverse.coordinates(Z)
    F_v1 = augmented(F_v, inverse.intercept)
    xp = namespace(F)
    if inverse.scale is None:
        half = F_v1 @ inverse.matrix
        parts = [
            values[:, 0, 0] for _, values in seen_by_rows(F, half.T @ half, 1, inverse.intercept)
        ]
    else:  # the part outside the span has to be seen pair by pair
        parts = []
        for rows in row_slices(F.shape[0], F_v.shape[0], F):
            F1 = augmented(F[rows], inverse.intercept)
            K = F_v1 @ inverse.matrix @ F1.T
            K = K + inverse.rest_between(Z_v, F_v, Z[rows], F[rows])
            parts.append(squared_norms(K.T))
    return as_float64(xp.concat(parts))
