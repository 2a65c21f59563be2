"""Greedy selection with shrinking gains: an old gain bounds the new one, so few are computed."""

from collections.abc import Callable

import numpy as np

# Number of rows evaluated first at each step; doubled until it is enough.
FEW = 8


def lazy_greedy(
    bounds: np.ndarray,
    gain: Callable[[np.ndarray], np.ndarray],
    push: Callable[[int], None],
    n: int,
    tolerance: float,
) -> np.ndarray:
    """Return positions of n rows, each the one of the largest gain after those before it.

    Fewer, where no row left has a gain above 0.

    Ties are broken by order: gains are equal if they differ by less than the share `tolerance` of
    the largest, as they do by rounding errors.

    Parameters
    ----------
    bounds : ndarray
        An upper bound of each row's gain, up to rounding; not changed.
    gain : callable
        Positions ↦ the gains of these rows.
    push : callable
        Adds the row at a position to the set.
    n : int
        Number of rows to select; at most the number of rows.
    tolerance : float
        Gains of at least the share 1 − tolerance of the largest count as the largest.
    """
    bounds, picks = np.array(bounds, dtype=np.float64), []
    for _ in range(n):
        j = _largest(bounds, gain, tolerance)
        if not bounds[j] > 0:
            break
        push(j)
        bounds[j] = -np.inf
        picks.append(j)
    return np.array(picks, dtype=np.intp)


def _largest(bounds, gain, tolerance):
    """Return the first row of the largest gain; store the computed gains in `bounds`."""
    best, size = -np.inf, FEW
    is_old = bounds > 0  # a gain of zero stays zero
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
