"""H⁻¹G without H: conjugate gradients on products with the labelled rows only."""

from collections.abc import Callable
from typing import NamedTuple

from skal._array import Array, namespace
from skal.kernels.influence.hessian import hessian_diagonal, hessian_times


class Solution(NamedTuple):
    """V with HV ≈ G, and how well."""

    V: Array
    residual: float  # ‖HV − G‖/‖G‖
    steps: int


def conjugate_gradients(
    Z: Array,
    P: Array | None,
    ridge: Array,
    intercept: bool,
    G: Array,
    weights: Array | None = None,
    tolerance: float = 1e-8,
    most_steps: int = 5000,
) -> Solution:
    """V = H⁻¹G for a G among contrasts (d×q; a regression, P None: d×k), in memory O(nd).

    Preconditioned by the diagonal of H (Jacobi).
    """
    xp = namespace(G)
    times = hessian_times(Z, P, ridge, intercept, G, weights)
    diagonal = hessian_diagonal(Z, P, ridge, intercept, G, weights)
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


def relative_residual(times: Callable[[Array], Array], V: Array, G: Array) -> float:
    """‖HV − G‖/‖G‖."""
    size = _norm(G)
    return _norm(times(V) - G) / size if size else 0.0


def _norm(V: Array) -> float:
    return float((V * V).sum()) ** 0.5
