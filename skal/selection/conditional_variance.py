"""Greedy selection by variance: rows that were picked are taken as known."""

from collections.abc import Callable

import numpy as np

from skal.selection.top import top


def conditional_variance(
    variance: np.ndarray,
    column: Callable[[int], np.ndarray],
    n: int,
    *,
    step: int = 1,
    noise: float = 0.0,
    scale: np.ndarray | float = 1.0,
) -> np.ndarray:
    """Positions of n rows, each of the largest variance given those before it; ties in order.

    A pivoted Cholesky decomposition of the covariance Σ, of which a column a pick is needed:
    σ²ᵢ ← σ²ᵢ − Σ²ᵢⱼ / (σ²ⱼ + noise) after the pick of row j.

    Parameters
    ----------
    variance : ndarray (N)
        The diagonal of Σ, and what is to be seen besides of each row alone.
    column : callable
        j ↦ Σ of all rows with row j.
    n : int
        Rows to pick; at most as many as there are.
    step : int, default=1
        How many are picked before they are taken as known.
    noise : float, default=0
        What is added to the variance of a row's label when it becomes known.
    scale : ndarray (N) or float, default=1
        Variances are compared after multiplication with it.
    """
    variance = variance.astype(np.float64)
    rounding = np.finfo(np.float64).eps * variance.max()
    rows = np.zeros((n, len(variance)))  # of the Cholesky factor
    picks: list[int] = []
    while len(picks) < n:
        worth = variance * scale
        worth[picks] = -np.inf
        for j in top(worth, min(step, n - len(picks))):
            i = len(picks)
            picks.append(int(j))
            if variance[j] + noise > rounding:  # else it tells nothing of the others
                known = np.sqrt(variance[j] + noise)
                rows[i] = (column(j) - rows[:i, j] @ rows[:i]) / known
                variance = np.maximum(variance - np.square(rows[i]), 0)
    return np.array(picks, dtype=np.intp)
