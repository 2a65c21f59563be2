"""The kernel between rows, and how wide it is."""

from typing import Any, NamedTuple

import numpy as np

from skal._array import is_sparse
from skal.kernels.similarity import (
    Tile,
    centred,
    gaussian,
    gaussian_of_points,
    in_float32,
    laplacian,
    nearest_other,
    shared,
    shares_apart,
    squared_distances,
)
from skal.models import Leaves, Points

Located = Points | Leaves

# Rows whose nearest neighbours are looked for, to find a width.
SOME = 2_000


class Kernel(NamedTuple):
    """Kernels between sets of rows.

    Attributes
    ----------
    of_candidates : Tile
        (candidates, rows to be covered) ↦ k.
    of_labelled : Tile or None
        (labelled rows, rows to be covered) ↦ k.
    like : array
        Rows in the type that k is computed in.
    width : float or None
        σ; None of a kernel without one.
    """

    of_candidates: Tile
    of_labelled: Tile | None
    like: Any
    width: float | None


def kernel_between(
    candidates: Located,
    covered: Located,
    labelled: Located | None,
    kind: str,
    width: str | float,
) -> Kernel:
    """The kernel that is asked for; "auto" is "shared" for leaves and "gaussian" for points."""
    if kind == "auto":
        kind = "shared" if isinstance(covered, Leaves) else "gaussian"
    sets = [covered, candidates] if labelled is None else [covered, candidates, labelled]
    if isinstance(covered, Leaves):
        return _of_leaves([one.numbers for one in sets], kind, width)
    if kind == "shared":
        raise ValueError(
            "kernel='shared' is the share of trees in which two rows fall into the same leaf, and "
            "this model has no trees to ask, or space= says to look elsewhere: leave kernel= at "
            "'auto', or set it to 'gaussian'."
        )
    arrays = centred([one.features for one in sets])
    square = _square(squared_distances, arrays, width)
    arrays = in_float32(arrays, square)
    tiles = [
        gaussian_of_points(one, arrays[0], square)
        if kind == "gaussian"
        else laplacian(squared_distances(one, arrays[0]), square)
        for one in arrays[1:]
    ]
    like = np.empty(0, dtype=arrays[0].dtype) if is_sparse(arrays[0]) else arrays[0]
    return Kernel(tiles[0], tiles[1] if len(tiles) > 1 else None, like, square**0.5)


def _of_leaves(arrays, kind, width):
    square = None if kind == "shared" else _square(shares_apart, arrays, width)

    def of(one):
        apart = shares_apart(one, arrays[0])
        if kind == "shared":
            return shared(apart)
        return (gaussian if kind == "gaussian" else laplacian)(apart, square)

    tiles = [of(one) for one in arrays[1:]]
    like = np.empty((0, 0), dtype=np.float32)
    return Kernel(tiles[0], tiles[1] if len(tiles) > 1 else None, like, square and square**0.5)


def _square(distances, arrays, width):
    """σ²: what was given, or by the distances of nearest neighbours."""
    if not isinstance(width, str):
        return float(width) ** 2
    of_labelled = width == "labelled" and len(arrays) == 3
    found = _median_nearest(distances, arrays[2]) if of_labelled else None
    if found is None:
        of_all = _median_nearest(distances, arrays[0])
        found = 1.0 if of_all is None else 4 * of_all
    return found


def _median_nearest(distances, rows):
    """The median distance of rows to their nearest other one; None where all are in one place."""
    n = rows.shape[0]
    some = np.unique(np.linspace(0, n - 1, min(n, SOME)).astype(np.intp)) if n else np.arange(0)
    nearest = nearest_other(distances(rows, rows), some, n)
    if np.isfinite(nearest).any() and (median := float(np.median(nearest))) > 0:
        return median
    apart = nearest[(nearest > 0) & np.isfinite(nearest)]
    return float(np.median(apart)) if len(apart) else None
