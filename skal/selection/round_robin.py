"""Round-robin selection from the classes."""

import numpy as np


def round_robin(order: np.ndarray, groups: np.ndarray, n: int) -> np.ndarray:
    """Return the first n of `order`, taking the best remaining row of each group in turn.

    `order` contains positions, best first; `groups` the group of each position.  This equals
    repeated passes over the order that take the first remaining row of every group (Algorithm 1 of
    the alamp paper): sort by (rank within the group, position in the order).

    >>> import numpy as np
    >>> round_robin(np.array([0, 1, 2, 3]), np.array(["a", "a", "a", "b"]), 3)
    array([0, 3, 1])
    """
    _, codes = np.unique(groups[order], return_inverse=True)
    by_group = np.argsort(codes, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(codes))])
    rank = np.empty(len(order), dtype=np.intp)  # rank[i]: number of rows of its group before it
    rank[by_group] = np.arange(len(order)) - first[codes[by_group]]
    return order[np.argsort(rank, kind="stable")[:n]]
