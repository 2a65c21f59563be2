"""Greedy k-centre selection: the row farthest from all centres becomes the next centre."""

from collections.abc import Callable

import numpy as np

from skal._array import Array, first_max, namespace
from skal._progress import counted


def k_centre(
    distances: Callable[[int], Array],
    n: int,
    nearest: Array | None = None,
    first: int = 0,
) -> np.ndarray:
    """Return positions of n rows, each the farthest from those before it.

    Parameters
    ----------
    distances : callable
        j ↦ distances of all rows to row j.
    n : int
        Number of rows to select; at most the number of rows.
    nearest : array, default=None
        Distance of each row to the nearest existing centre.  None: there is no centre, and `first`
        is selected first.
    """
    picks: list[int] = []
    if nearest is None:
        picks.append(first)
        nearest = distances(first)
    else:
        nearest = nearest + 0  # a copy, because it is changed below
    nearest[picks] = -1.0  # below every distance, so a row is selected only once
    xp = namespace(nearest)
    for _ in counted(range(n - len(picks)), "Picking rows"):
        j = first_max(nearest)
        picks.append(j)
        nearest = xp.minimum(nearest, distances(j))
        nearest[j] = -1.0
    return np.array(picks, dtype=np.intp)
