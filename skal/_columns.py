"""Alignment of columns that stand for classes."""

from typing import Any

import numpy as np

from skal._array import Array, device, namespace


def align(values: Array, seen: np.ndarray, classes: np.ndarray, fill: Any = 0) -> Array:
    """Place the columns of the classes `seen` at their positions in `classes`; drop others.

    Parameters
    ----------
    values : array (n×s), NumPy's or torch's
        One column for each class that was seen.
    seen, classes : ndarray (s), (k)
        Classes of the columns, and those of the result (sorted).
    fill : number or array (n×1)
        Value of the columns of classes that were not seen.
    """
    if np.array_equal(seen, classes):
        return values
    xp, where = namespace(values), device(values)
    known = np.flatnonzero(np.isin(seen, classes))
    places = np.searchsorted(classes, seen[known])
    aligned = xp.empty((values.shape[0], len(classes)), dtype=values.dtype, device=where)
    aligned[:] = fill
    aligned[:, xp.asarray(places, device=where)] = values[:, xp.asarray(known, device=where)]
    return aligned
