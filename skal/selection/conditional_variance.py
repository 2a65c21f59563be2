"""Greedy selection by variance: the rows picked before are taken as known."""

from collections.abc import Callable

import numpy as np


def conditional_variance(
    variance: np.ndarray,
    column: Callable[[int], np.ndarray],
    n: int,
    *,
    noise: float = 0.0,
    scale: np.ndarray | float = 1.0,
) -> np.ndarray:
    """Positions of n rows, each the one of the largest variance given those before it.

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
    noise : float, default=0
        What is added to the variance of a row's label when it becomes known.
    scale : ndarray (N) or float, default=1
        Variances are compared after multiplication with it.
    """
    variance = variance.astype(np.float64)
    left = np.ones(len(variance), dtype=bool)
    rows = np.empty((n, len(variance)))
    picks: list[int] = []
    for i in range(n):
        j = int(np.where(left, variance * scale, -np.inf).argmax())
        picks.append(j)
        left[j] = False
        if i + 1 < n:
            known = max(variance[j] + noise, np.finfo(np.float64).tiny)
            rows[i] = (column(j) - rows[:i, j] @ rows[:i]) / np.sqrt(known)
            variance = np.maximum(variance - np.square(rows[i]), 0)
    return np.array(picks, dtype=np.intp)
