"""Columns that stand for classes, at the places of these classes among others."""

from typing import Any

import numpy as np

from skal._array import Array, device, namespace


def align(values: Array, seen: np.ndarray, classes: np.ndarray, fill: Any = 0) -> Array:
    """Columns of the classes `seen`, at their places among `classes`; others are left out.

    Parameters
    ----------
    values : array (n×s), NumPy's or torch's
        A column for each class that was seen.
    seen, classes : ndarray (s), (k)
        Classes of the columns, and those wanted (sorted).
    fill : number or array (n×1)
        What stands where a class was not seen.
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
