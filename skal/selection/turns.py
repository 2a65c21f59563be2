"""Centres take turns, each taking its best row that is left."""

from collections.abc import Callable

import numpy as np

# How many turns one pass over the rows serves at most, and how many rows of each centre it ranks.
TURNS, DEPTH = 2**14, 16


def take_turns(
    best: Callable[[np.ndarray, int, np.ndarray], np.ndarray],
    n_centres: int,
    n_rows: int,
    n: int,
    turns: int = TURNS,
    depth: int = DEPTH,
) -> np.ndarray:
    """Positions of n rows: centres take turns, each its best row not yet taken.

    Parameters
    ----------
    best : callable
        (centres, depth, taken) ↦ for each of these centres the positions of its `depth` best rows
        that are not taken (centres × depth), best first.  It is asked again wherever a centre's
        list has run out, so the answer is exact however deep the lists are.
    n_centres, n_rows : int
        How many there are.
    n : int
        Rows to pick; at most `n_rows`.

    Examples
    --------
    >>> import numpy as np
    >>> R = np.array([[5, 9, 1], [4, 8, 2]])
    >>> def best(centres, depth, taken):
    ...     left = R[centres] + 0
    ...     left[:, taken] = -1
    ...     return np.argsort(-left, axis=1, kind="stable")[:, :depth]
    >>> take_turns(best, n_centres=2, n_rows=3, n=3)
    array([1, 0, 2])
    """
    picks: list[int] = []
    serve = turns
    while len(picks) < n:
        first, left = len(picks), min(serve, n - len(picks))
        centres = (first + np.arange(min(left, n_centres))) % n_centres
        rounds = -(-left // n_centres)
        ranked = best(centres, min(max(depth, 2 * rounds), n_rows - first), np.array(picks, int))
        lists, taken = [iter(row) for row in ranked.tolist()], set(picks)
        for turn in range(left):
            row = next((row for row in lists[turn % len(lists)] if row not in taken), None)
            if row is None:  # this list has run out: look again
                break
            picks.append(row)
            taken.add(row)
        served = len(picks) - first  # the next pass ranks no more than may well be served
        serve = min(turns, 2 * served)
    return np.array(picks, dtype=np.intp)
