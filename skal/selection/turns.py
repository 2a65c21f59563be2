"""Selection by centres in turn: each selects its best remaining row."""

from collections.abc import Callable

import numpy as np

# Maximum number of turns per pass over the rows, and number of ranked rows per centre.
TURNS, DEPTH = 2**14, 16


def take_turns(
    best: Callable[[np.ndarray, int, np.ndarray], np.ndarray],
    n_centres: int,
    n_rows: int,
    n: int,
    turns: int = TURNS,
    depth: int = DEPTH,
) -> np.ndarray:
    """Return positions of n rows: centres select in turn, each its best remaining row.

    Parameters
    ----------
    best : callable
        (centres, depth, taken) ↦ for each of these centres, the positions of its `depth` best rows
        that are not taken (centres × depth), best first.  It is called again when the list of a
        centre is empty, so the result is exact for any depth.
    n_centres, n_rows : int
        Number of centres and rows.
    n : int
        Number of rows to select; at most `n_rows`.

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
            if row is None:  # this list is empty: compute another
                break
            picks.append(row)
            taken.add(row)
        served = len(picks) - first  # do not rank more rows in the next pass than it may need
        serve = min(turns, 2 * served)
    return np.array(picks, dtype=np.intp)
