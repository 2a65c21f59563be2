"""The kernel between rows, and how wide it is."""

from typing import Any, NamedTuple

import numpy as np

from skal._array import as_float64, is_sparse, squared_norms, to_numpy
from skal.kernels.similarity import (
    Kernel,
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
# Trees that tell how near rows are, at most: of more, so many at equal steps.
TREES = 128


class Kernels(NamedTuple):
    """Kernels between sets of rows.

    Attributes
    ----------
    of_candidates, of_labelled : Kernel
        From candidates or labelled rows to the rows to be covered.
    like : array
        An array of the kind and type that k is computed in.
    width : float or None
        σ; None of a kernel without one.
    """

    of_candidates: Kernel
    of_labelled: Kernel
    like: Any
    width: float | None


def kernel_between(
    candidates: Located,
    covered: Located,
    labelled: Located,
    kind: str,
    width: str | float,
    before: Kernels | None = None,
) -> Kernels:
    """The kernel that is asked for; "auto" is "shared" for leaves and "gaussian" for points.

    With another one `before`, it is no wider than that.
    """
    found = _kernel(candidates, covered, labelled, kind, width)
    if before is None or before.width is None or found.width is None:
        return found
    if found.width <= before.width:
        return found
    return _kernel(candidates, covered, labelled, kind, before.width)


def _kernel(candidates, covered, labelled, kind, width):
    sets = (covered, candidates, labelled)
    leaves = [rows.numbers for rows in sets if isinstance(rows, Leaves)]
    if leaves:
        return _of_leaves(leaves, "shared" if kind == "auto" else kind, width)
    if kind == "shared":
        raise ValueError(
            "kernel='shared' is the share of trees in which two rows fall into the same leaf, and "
            "this model has no trees to ask, or space= says to look elsewhere: leave kernel= at "
            "'auto', or set it to 'gaussian'."
        )
    points = [rows.features for rows in sets if isinstance(rows, Points)]
    return _of_points(points, "gaussian" if kind == "auto" else kind, width)


def _of_points(arrays, kind, width):
    arrays = centred(arrays)
    square = _square(squared_distances, arrays, width, _rounding)
    covered, candidates, labelled = in_float32(arrays, square)

    def tile_of(rows):
        if kind == "gaussian":
            return gaussian_of_points(rows, covered, square)
        return laplacian(squared_distances(rows, covered), square)

    like = np.empty(0, dtype=covered.dtype) if is_sparse(covered) else covered
    return Kernels(tile_of(candidates), tile_of(labelled), like, square**0.5)


def _rounding(points, some):
    """What rounding may make of the squared distance 0 of these points in float64, at most."""
    eps = float(np.finfo(np.float64).eps)
    return 4 * (points.shape[1] + 4) * eps * to_numpy(squared_norms(points[some]))


def _of_leaves(arrays, kind, width):
    covered, candidates, labelled = arrays = [numbers[:, some_trees(numbers)] for numbers in arrays]
    square = 1.0 if kind == "shared" else _square(shares_apart, arrays, width)

    def tile_of(rows):
        apart = shares_apart(rows, covered)
        if kind == "shared":
            return shared(apart)
        return (gaussian if kind == "gaussian" else laplacian)(apart, square)

    like = np.empty(0, dtype=np.float32)
    own_width = None if kind == "shared" else square**0.5
    return Kernels(tile_of(candidates), tile_of(labelled), like, own_width)


def some_trees(numbers: np.ndarray) -> np.ndarray:
    """Which trees of those that gave these leaves (n×T) are asked."""
    n_trees = numbers.shape[1]
    return np.unique(np.linspace(0, n_trees - 1, min(n_trees, TREES)).astype(np.intp))


def _square(distances, arrays, width, rounding=None):
    """σ²: what was given, or by the distances of nearest neighbours."""
    if not isinstance(width, str):
        return float(width) ** 2
    found = _median_nearest(distances, arrays[2], rounding) if width == "labelled" else None
    if found is None:
        of_all = _median_nearest(distances, arrays[0], rounding)
        found = 1.0 if of_all is None else 4 * of_all
    return found


def _median_nearest(distances, rows, rounding):
    """The median distance of rows to the nearest one elsewhere; None if all are in one place."""
    n = rows.shape[0]
    some = np.unique(np.linspace(0, n - 1, min(n, SOME)).astype(np.intp)) if n else np.arange(0)
    same = 0.0
    if rounding is not None:
        rows = as_float64(rows)
        same = rounding(rows, some)
    nearest = nearest_other(distances(rows, rows), some, n, same)
    elsewhere = nearest[np.isfinite(nearest)]
    return float(np.median(elsewhere)) if len(elsewhere) else None
