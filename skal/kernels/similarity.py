"""How alike rows are, a tile of rows × other rows at a time: a table of all is never made.

A *tile* is a function (rows, others) ↦ values (r × o) of a part of one set of rows and a part of
another, each given as a slice or as positions.  A *kernel* is a tile of levels, of which its values
are a rising function: comparisons need no exponential.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from skal._array import (
    Array,
    as_float64,
    dense_on_host,
    exp_in_place,
    is_sparse,
    namespace,
    not_negative,
    squared_norms,
    to_numpy,
)

Tile = Callable[[Any, Any], Array]

# Rows × others of a tile: 1 MiB of float32 stays in a processor's cache while it is worked on.
ROWS, OTHERS = 256, 1024
# What rounding in float32 may change of a squared distance, as a share of the kernel's width.
TOLERANCE = 1e-3


def centred(parts: list[Array]) -> list[Array]:
    """Rows of several sets less the mean of the first: inner products then lose few digits.

    Sparse ones stay as they are.
    """
    if is_sparse(parts[0]) or not len(parts[0]):
        return parts
    mean = parts[0].mean(0)
    return [part - mean for part in parts]


def in_float32(parts: list[Array], square: float) -> list[Array]:
    """Rows in float32, where that is exact enough for distances of about √square; else float64."""
    largest = max((float(squared_norms(part).max()) for part in parts if part.shape[0]), default=0)
    if largest * float(np.finfo(np.float32).eps) > TOLERANCE * square:
        return [as_float64(part) for part in parts]
    if is_sparse(parts[0]):
        return [part.astype(np.float32) for part in parts]
    xp = namespace(parts[0])
    return [xp.astype(part, xp.float32, copy=False) for part in parts]


def squared_distances(A: Array, B: Array) -> Tile:
    """‖a − b‖² for rows a of A (n×d) and b of B (m×d)."""
    a_norms, b_norms = squared_norms(A), squared_norms(B)

    def tile(rows, others):
        D = A[rows] @ B[others].T
        D = dense_on_host(D) if is_sparse(D) else D
        D *= -2
        D += a_norms[rows][:, None]
        D += b_norms[others]
        return not_negative(D)

    return tile


def shares_apart(A: np.ndarray, B: np.ndarray) -> Tile:
    """Share of T trees in which rows a of A (n×T) and b of B (m×T) fall into different leaves."""
    A, B = np.ascontiguousarray(A.T), np.ascontiguousarray(B.T)  # a tree a row
    counts = np.min_scalar_type(len(A))

    def tile(rows, others):
        one, other = A[:, rows], B[:, others]
        apart = np.zeros((one.shape[1], other.shape[1]), dtype=counts)
        for a, b in zip(one, other, strict=True):  # a loop over trees, not over rows
            apart += a[:, None] != b
        return apart.astype(np.float32) / np.float32(len(A))

    return tile


@dataclass(frozen=True)
class Kernel:
    """A kernel between two sets of rows.

    Parameters
    ----------
    levels : Tile
        (rows, others) ↦ the logarithms of the kernel, or its values.
    logarithms : bool
        Which of the two.
    """

    levels: Tile
    logarithms: bool

    def values(self, levels: Array) -> Array:
        """Compute the kernel of levels, which may be overwritten."""
        return exp_in_place(levels) if self.logarithms else levels

    def levels_of(self, values: Array) -> Array:
        """Compute the levels of kernel values."""
        if not self.logarithms:
            return values + 0
        with np.errstate(divide="ignore"):
            return namespace(values).log(values)


def gaussian_of_points(A: Array, B: Array, square: float) -> Kernel:
    """exp(−‖a − b‖²/square) for rows a of A (n×d) and b of B (m×d).

    Of dense rows one matrix product gives the whole exponent: two columns carry the norms.
    """
    if is_sparse(A):
        return gaussian(squared_distances(A, B), square)
    xp = namespace(A)
    left, right = ((2 / square) ** 0.5 * rows for rows in (A, B))
    a_norms, b_norms = squared_norms(left) / -2, squared_norms(right) / -2
    left = xp.concat([left, a_norms[:, None], xp.ones_like(a_norms)[:, None]], axis=1)
    right = xp.concat([right, xp.ones_like(b_norms)[:, None], b_norms[:, None]], axis=1)

    def tile(rows, others):
        return left[rows] @ right[others].T

    return Kernel(tile, logarithms=True)


def gaussian(distances: Tile, square: float) -> Kernel:
    """exp(−d²/square) of squared distances d²."""

    def tile(rows, others):
        levels = distances(rows, others)
        levels *= -1 / square
        return levels

    return Kernel(tile, logarithms=True)


def laplacian(distances: Tile, square: float) -> Kernel:
    """exp(−d/√square) of squared distances d²."""

    def tile(rows, others):
        levels = distances(rows, others) ** 0.5
        levels *= -1 / square**0.5
        return levels

    return Kernel(tile, logarithms=True)


def shared(apart: Tile) -> Kernel:
    """1 − the share of trees that tell two rows apart."""

    def tile(rows, others):
        K = apart(rows, others)
        np.subtract(1, K, out=K)
        return K

    return Kernel(tile, logarithms=False)


def tiles(n: int, step: int) -> Iterator[slice]:
    """Slices that cover n rows."""
    return (slice(start, min(start + step, n)) for start in range(0, n, step))


def nearest_other(
    distances: Tile, rows: np.ndarray, n: int, rounding: np.ndarray | float = 0.0
) -> np.ndarray:
    """The distance from each of these rows to the nearest of the n rows of its set elsewhere.

    Rows at a distance of no more than `rounding`, of which each of these rows may have its own,
    are in the same place; ∞ where all are.
    """
    rounding = np.broadcast_to(rounding, rows.shape)
    nearest = np.full(len(rows), np.inf)
    for part in tiles(len(rows), ROWS):
        for others in tiles(n, OTHERS):
            D = to_numpy(distances(rows[part], others)).astype(np.float64)
            itself = (rows[part] >= others.start) & (rows[part] < others.stop)
            D[np.flatnonzero(itself), rows[part][itself] - others.start] = np.inf
            D[rounding[part][:, None] >= D] = np.inf
            nearest[part] = np.minimum(nearest[part], D.min(axis=1, initial=np.inf))
    return nearest
