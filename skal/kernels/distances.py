"""Squared distances from all rows to one, by inner products: no array but vectors is made."""

import functools
from collections.abc import Callable, Iterator

from skal._array import namespace, row, squared_norms


def feature_distances(Z) -> Callable:
    """j ↦ ‖zᵢ − zⱼ‖² for all rows i of Z (n×d): one product of the pool with a vector."""
    norms = squared_norms(Z)
    xp = namespace(norms)

    def distances(j):
        d = Z @ (-2 * row(Z, j))
        d += norms
        d += norms[j]
        return xp.clip(d, 0, None)

    return distances


def blocks_of_distances(Z, others, block: int = 64) -> Iterator:
    """‖zᵢ − z_c‖² (n × block) for the rows c of another set, a block of them at a time."""
    norms, other_norms = squared_norms(Z), squared_norms(others)
    for start in range(0, others.shape[0], block):
        products = Z @ others[start : start + block].T
        products = products.toarray() if hasattr(products, "toarray") else products
        products *= -2
        products += other_norms[None, start : start + block]
        products += norms[:, None]
        products[products < 0] = 0
        yield products


def nearest_distances(Z, others, block: int = 64):
    """min_c ‖zᵢ − z_c‖² over the rows c of another set."""
    xp = namespace(Z)
    parts = (xp.min(part, axis=1) for part in blocks_of_distances(Z, others, block))
    return functools.reduce(xp.minimum, parts)


def gradient_distances(Z, U, intercept: bool) -> Callable:
    """j ↦ ‖zᵢ⊗uᵢ − zⱼ⊗uⱼ‖² for all i, from Z (n×d) and U (n×k): the n×dk matrix is never made.

    With an intercept, z has a constant 1 that Z does not hold.
    """
    norms = gradient_norms(Z, U, intercept)
    xp = namespace(norms)

    def distances(j):
        products = (Z @ row(Z, j) + intercept) * (U @ U[j])
        return xp.clip(norms + norms[j] - 2 * products, 0, None)

    return distances


def gradient_norms(Z, U, intercept: bool):
    """‖zᵢ⊗uᵢ‖² = ‖zᵢ‖²‖uᵢ‖²."""
    return (squared_norms(Z) + intercept) * squared_norms(U)
