"""Turns for every class."""

import numpy as np


def round_robin(order: np.ndarray, groups: np.ndarray, n: int) -> np.ndarray:
    """The first n of `order` when its groups take turns, each with its best not yet taken.

    `order` holds positions, best first; `groups` the group of each position.  Equal to walking
    down the order again and again, taking in each walk the first row of every group (Algorithm 1
    of the alamp paper): sort by (rank within the group, place in the order).

    >>> import numpy as np
    >>> round_robin(np.array([0, 1, 2, 3]), np.array(["a", "a", "a", "b"]), 3)
    array([0, 3, 1])
    """
    _, codes = np.unique(groups[order], return_inverse=True)
    by_group = np.argsort(codes, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(codes))])
    rank = np.empty(len(order), dtype=np.intp)  # rank[i]: how many of its group come before
    rank[by_group] = np.arange(len(order)) - first[codes[by_group]]
    return order[np.argsort(rank, kind="stable")[:n]]
