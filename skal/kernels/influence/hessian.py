"""H of the training objective of a last layer: as a matrix, as a product, and its diagonal.

H = Σ wᵢ·zᵢzᵢᵀ⊗Λ̃ᵢ + diag(ridge)⊗I over labelled rows, among contrasts (a regression, P None: q = 1
and Λ̃ = 1, the same for each output).  Z is n×d (an array or a sparse matrix), P n×k, w n; ridge has
an entry for each feature, and one for the constant if there is an intercept.
"""

from collections.abc import Callable

from skal._array import Array, as_float64, device, float64_like, is_sparse, namespace
from skal.kernels.softmax import contrasts, information, outer_information


def hessian(
    Z: Array, P: Array | None, ridge: Array, intercept: bool, weights: Array | None = None
) -> Array:
    """H (dq×dq, float64), feature-major as in `skal.kernels.softmax`."""
    if P is None:
        xp, place = namespace(Z), None if is_sparse(Z) else device(Z)
        lengths = xp.ones((Z.shape[0], 1), dtype=xp.float64, device=place)
        if weights is not None:
            lengths = lengths * float64_like(weights, lengths)[:, None] ** 0.5
        H = outer_information(Z, lengths, intercept)
    else:
        H = information(Z, as_float64(P), intercept, weights)
    xp = namespace(H)
    q = H.shape[0] // (Z.shape[1] + intercept)
    places = xp.arange(H.shape[0], device=device(H))
    H[places, places] += xp.repeat(float64_like(ridge, H), q)
    return H


def hessian_times(
    Z: Array,
    P: Array | None,
    ridge: Array,
    intercept: bool,
    like: Array,
    weights: Array | None = None,
) -> Callable[[Array], Array]:
    """V ↦ HV for a V among contrasts (d×q; a regression, P None: d×k), in the kind of `like`."""
    Z, xp = as_float64(Z), namespace(like)
    ridge = float64_like(ridge, like)[:, None]
    curve = _curvature_times(P, weights, like)

    def times(V):
        U = curve(Z @ V[:-1] + V[-1:] if intercept else Z @ V)
        product = Z.T @ U
        product = xp.concat([product, U.sum(0)[None]]) if intercept else product
        return product + ridge * V

    return times


def hessian_diagonal(
    Z: Array,
    P: Array | None,
    ridge: Array,
    intercept: bool,
    like: Array,
    weights: Array | None = None,
) -> Array:
    """Σ wᵢ·z_ij²·Λ̃ᵢ,aa + ridge_j (d×q): the diagonal of H."""
    Z, xp = as_float64(Z), namespace(like)
    if P is None:
        curvature = xp.ones((Z.shape[0], 1), dtype=xp.float64, device=device(like))
        curvature = curvature + xp.zeros_like(like[:1])
    else:
        P, B = as_float64(P), contrasts(P.shape[1], like)
        curvature = P @ (B * B) - (P @ B) ** 2
    if weights is not None:
        curvature = curvature * float64_like(weights, like)[:, None]
    squares = (Z.multiply(Z) if is_sparse(Z) else Z * Z).T
    diagonal = squares @ curvature
    diagonal = xp.concat([diagonal, curvature.sum(0)[None]]) if intercept else diagonal
    return float64_like(ridge, like)[:, None] + diagonal


def _curvature_times(P, weights, like):
    """U ↦ wᵢΛ̃ᵢuᵢ for each row (n×q)."""
    w = None if weights is None else float64_like(weights, like)[:, None]
    if P is None:
        return lambda U: U if w is None else w * U
    P, B = as_float64(P), contrasts(P.shape[1], like)

    def curve(U):
        U = U @ B.T
        U = P * (U - (P * U).sum(1)[:, None])
        return (U if w is None else w * U) @ B

    return curve
