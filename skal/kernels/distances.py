"""Squared distances from all rows to one, by inner products: no array but vectors is made."""

import functools
from collections.abc import Callable, Iterator

import numpy as np

from skal._array import (
    Array,
    asarray_like,
    concatenate_rows,
    is_sparse,
    namespace,
    row,
    squared_norms,
    to_numpy,
)

# Rows of a block that is shifted at a time: about 16 MiB of float32.
BLOCK_NUMBERS = 2**22
# An inner product may lose this share of a squared distance to rounding.
TOLERANCE = 1e-4


def feature_distances(Z: Array) -> Callable[[int], Array]:
    """j ↦ ‖zᵢ − zⱼ‖² for all rows i of Z (n×d): one product of the pool with a vector."""
    centre = offset(Z)
    norms = _squared_norms(Z, centre)
    xp = namespace(norms)

    def distances(j):
        vector = row(Z, j) if centre is None else row(Z, j) - centre
        d = _products(Z, -2 * vector, centre)
        d += norms
        d += norms[j]
        return xp.clip(d, 0, None)

    return distances


def blocks_of_distances(Z: Array, others: Array, block: int = 64) -> Iterator[Array]:
    """‖zᵢ − z_c‖² (n × block) for the rows c of another set, a block of them at a time."""
    centre = offset(Z)
    norms, other_norms = _squared_norms(Z, centre), _squared_norms(others, centre)
    for start in range(0, others.shape[0], block):
        part = others[start : start + block]
        products = _products(Z, (part if centre is None else part - centre).T, centre)
        products = products.toarray() if hasattr(products, "toarray") else products
        products *= -2
        products += other_norms[None, start : start + block]
        products += norms[:, None]
        products[products < 0] = 0
        yield products


def offset(Z: Array) -> Array | None:
    """A point near the rows of Z if they are so far from 0 that inner products would round away
    what sets them apart; None if they are not (or are sparse)."""
    if is_sparse(Z) or not len(Z):
        return None
    few = to_numpy(Z[:: max(1, len(Z) // 256)]).astype(np.float64)
    mean = few.mean(axis=0)
    spread = ((few - mean) ** 2).sum(axis=1).mean()
    precision = float(namespace(Z).finfo(Z.dtype).eps)
    near = precision * (mean**2).sum() <= TOLERANCE * spread or (spread == 0 and not mean.any())
    return None if near else asarray_like(mean, Z)


def _products(Z, V, centre):
    """(Z − centre) V, without a shifted copy of all of Z."""
    if centre is None:
        return Z @ V
    return concatenate_rows([(Z[rows] - centre) @ V for rows in _rows(Z)])


def _squared_norms(Z, centre):
    if centre is None:
        return squared_norms(Z)
    return concatenate_rows([squared_norms(Z[rows] - centre) for rows in _rows(Z)])


def _rows(Z):
    step = max(1, BLOCK_NUMBERS // max(1, Z.shape[1]))
    return [slice(start, start + step) for start in range(0, len(Z), step)]


def nearest_distances(Z: Array, others: Array, block: int = 64) -> Array:
    """min_c ‖zᵢ − z_c‖² (n) over the rows c of another set."""
    xp = namespace(Z)
    parts = (xp.min(part, axis=1) for part in blocks_of_distances(Z, others, block))
    return functools.reduce(xp.minimum, parts)


def gradient_distances(Z: Array, U: Array, intercept: bool) -> Callable[[int], Array]:
    """j ↦ ‖zᵢ⊗uᵢ − zⱼ⊗uⱼ‖² for all i, from Z (n×d) and U (n×k): the n×dk matrix is never made.

    With an intercept, z has a constant 1 that Z does not hold.
    """
    norms = gradient_norms(Z, U, intercept)
    xp = namespace(norms)

    def distances(j):
        products = (Z @ row(Z, j) + intercept) * (U @ U[j])
        return xp.clip(norms + norms[j] - 2 * products, 0, None)

    return distances


def gradient_norms(Z: Array, U: Array, intercept: bool) -> Array:
    """‖zᵢ⊗uᵢ‖² = ‖zᵢ‖²‖uᵢ‖² of each row (n)."""
    return (squared_norms(Z) + intercept) * squared_norms(U)
