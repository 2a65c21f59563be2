"""Greedy selection where gains only shrink: an old gain bounds the new one, so few are computed."""

from collections.abc import Callable

import numpy as np

# How many rows are looked at first at each pick; twice as many as long as that is not enough.
FEW = 8


def lazy_greedy(
    bounds: np.ndarray,
    gain: Callable[[np.ndarray], np.ndarray],
    push: Callable[[int], None],
    n: int,
    tolerance: float,
) -> np.ndarray:
    """Positions of n rows, each the one of the largest gain after those before it.

    Of equal gains the first: gains count as equal where they differ by less than a share
    `tolerance` of the largest, as rounding makes them differ.

    Parameters
    ----------
    bounds : ndarray
        Of each row a number that its gain does not exceed but by rounding; not changed.
    gain : callable
        Positions ↦ the gains of these rows.
    push : callable
        Adds the row at a position.
    n : int
        Rows to pick; at most as many as there are.
    tolerance : float
        Gains of a share 1 − tolerance of the largest count as the largest.
    """
    bounds, picks = np.array(bounds, dtype=np.float64), []
    for _ in range(n):
        j = _largest(bounds, gain, tolerance)
        push(j)
        bounds[j] = -np.inf
        picks.append(j)
    return np.array(picks, dtype=np.intp)


def _largest(bounds, gain, tolerance):
    """The first row of the largest gain; `bounds` become the gains that were computed."""
    best, size = -np.inf, FEW
    is_old = bounds > 0  # what gains nothing will gain nothing
    while True:
        left = np.flatnonzero(is_old & (bounds >= best * (1 - tolerance)))
        if not len(left):
            break
        if len(left) > size:
            left = np.sort(left[np.argpartition(-bounds[left], size)[:size]])
        bounds[left] = gain(left)
        is_old[left] = False
        best = max(best, bounds[left].max())
        size *= 2
    best = bounds.max() if not np.isfinite(best) else best
    return int(np.flatnonzero(bounds >= best - tolerance * abs(best))[0])
