"""Selection of the farthest row of the largest cluster as the next centre."""

from collections.abc import Callable, Iterable

import numpy as np

from skal._progress import counted


def largest_cluster(
    distances: Callable[[int], np.ndarray],
    n: int,
    n_rows: int,
    centre_blocks: Iterable[np.ndarray] = (),
) -> np.ndarray:
    """Return positions of n rows, each the farthest of the cluster with the largest distance sum.

    Parameters
    ----------
    distances : callable
        j ↦ squared distances of all rows to row j.
    n : int
        Number of rows to select; at most `n_rows`.
    centre_blocks : iterable of arrays (n_rows × some centres)
        Squared distances to the existing centres; if empty, the first is the row farthest from row
        0.
    """
    nearest, owner, n_centres = np.full(n_rows, np.inf), np.zeros(n_rows, dtype=np.intp), 0
    for block in centre_blocks:
        best = block.argmin(axis=1)
        closer = (value := block[np.arange(n_rows), best]) < nearest
        nearest[closer], owner[closer] = value[closer], best[closer] + n_centres
        n_centres += block.shape[1]
    if n_centres == 0:
        nearest, n_centres = distances(0).astype(np.float64), 1
    picks: list[int] = []
    free = np.ones(n_rows, dtype=bool)
    for _ in counted(range(n), "Picking rows"):
        sizes = np.bincount(owner[free], nearest[free], minlength=n_centres)
        members = np.flatnonzero(free & (owner == _largest(sizes, owner[free])))
        j = int(members[nearest[members].argmax()])
        picks.append(j)
        free[j] = False
        to_j = distances(j)
        closer = to_j < nearest
        nearest[closer], owner[closer] = to_j[closer], n_centres
        n_centres += 1
    return np.array(picks, dtype=np.intp)


def _largest(sizes: np.ndarray, owners: np.ndarray) -> int:
    """Return the largest cluster that has an unselected row."""
    left = np.unique(owners)
    return int(left[sizes[left].argmax()])
