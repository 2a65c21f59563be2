"""H⁻¹G without H: conjugate gradients on products with the labelled rows only."""

from collections.abc import Callable
from typing import Any, NamedTuple

from skal._array import is_sparse, namespace
from skal.kernels.influence.inverse_hessian import as_double, double
from skal.kernels.softmax import contrasts


class Solution(NamedTuple):
    """V with HV ≈ G, and how well."""

    V: Any
    residual: float  # ‖HV − G‖/‖G‖
    steps: int


def conjugate_gradients(
    Z, P, penalty, intercept: bool, G, weights=None, tolerance=1e-8, most_steps=5000
) -> Solution:
    """V = H⁻¹G for a G among contrasts (d×q; a regression, P None: d×k), in memory O(nd).

    Preconditioned by the diagonal of H (Jacobi).
    """
    xp = namespace(G)
    times = hessian_times(Z, P, penalty, intercept, G, weights)
    diagonal = as_double(penalty, G)[:, None] + _diagonal(double(Z), P, weights, intercept, G)
    diagonal = xp.where(diagonal > 0, diagonal, xp.ones_like(diagonal))
    V, R = xp.zeros_like(G), xp.asarray(G, copy=True)
    size, step = _norm(G), 0
    Y = R / diagonal
    D, slope = xp.asarray(Y, copy=True), float((R * Y).sum())
    while _norm(R) > tolerance * size and step < most_steps:
        HD = times(D)
        length = slope / float((D * HD).sum())
        V += length * D
        R -= length * HD
        Y = R / diagonal
        slope, before = float((R * Y).sum()), slope
        D = Y + (slope / before) * D
        step += 1
    return Solution(V, relative_residual(times, V, G), step)


def relative_residual(times: Callable, V, G) -> float:
    """‖HV − G‖/‖G‖."""
    size = _norm(G)
    return _norm(times(V) - G) / size if size else 0.0


def hessian_times(Z, P, penalty, intercept: bool, like, weights=None) -> Callable:
    """V ↦ HV among contrasts (a regression, P None: of each output)."""
    Z, xp = double(Z), namespace(like)
    penalty = as_double(penalty, like)[:, None]
    curve = _curvature_times(P, weights, like)

    def times(V):
        U = curve(Z @ V[:-1] + V[-1:] if intercept else Z @ V)
        product = Z.T @ U
        product = xp.concat([product, U.sum(0)[None]]) if intercept else product
        return product + penalty * V

    return times


def _norm(V) -> float:
    return float((V * V).sum()) ** 0.5


def _curvature_times(P, weights, like):
    """U ↦ wᵢΛ̃ᵢuᵢ for each row (n×q)."""
    w = None if weights is None else as_double(weights, like)[:, None]
    if P is None:
        return lambda U: U if w is None else w * U
    P, B = double(P), contrasts(P.shape[1], like)

    def curve(U):
        U = U @ B.T
        U = P * (U - (P * U).sum(1)[:, None])
        return (U if w is None else w * U) @ B

    return curve


def _diagonal(Z, P, weights, intercept, like):
    """Σ wᵢ·z_ij²·Λ̃ᵢ,aa (d×q): the diagonal of H without the penalty."""
    xp = namespace(like)
    if P is None:
        curvature = xp.ones((Z.shape[0], 1), dtype=xp.float64) + xp.zeros_like(like[:1])
    else:
        P, B = double(P), contrasts(P.shape[1], like)
        curvature = P @ (B * B) - (P @ B) ** 2
    if weights is not None:
        curvature = curvature * as_double(weights, like)[:, None]
    squares = (Z.multiply(Z) if is_sparse(Z) else Z * Z).T
    diagonal = squares @ curvature
    return xp.concat([diagonal, curvature.sum(0)[None]]) if intercept else diagonal
