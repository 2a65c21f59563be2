"""Greedy selection by variance, conditional on the rows selected so far."""

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
    """Return positions of n rows, each of the largest variance given those before it; ties in
    order.

    A pivoted Cholesky decomposition of the covariance Σ, which needs one column per selected row:
    σ²ᵢ ← σ²ᵢ − Σ²ᵢⱼ / (σ²ⱼ + noise) after the selection of row j.

    Parameters
    ----------
    variance : ndarray (N)
        The diagonal of Σ, plus a variance of each row alone.
    column : callable
        j ↦ covariance Σ of all rows with row j.
    n : int
        Number of rows to select; at most the number of rows.
    step : int, default=1
        Number of rows that are selected before the variances are updated.
    noise : float, default=0
        Added to the variance of a row when its label becomes known.
    scale : ndarray (N) or float, default=1
        Variances are compared after multiplication by it.
    """
    variance = variance.astype(np.float64)
    rounding = np.finfo(np.float64).eps * variance.max()
    tie = 16 * n * rounding * np.max(scale)  # equal rows differ by the order of BLAS's sums
    rows = np.zeros((n, len(variance)))  # rows of the Cholesky factor
    picks: list[int] = []
    while len(picks) < n:
        worth = variance * scale
        worth[picks] = -np.inf
        worth[worth >= worth.max() - tie] = worth.max()
        for j in top(worth, min(step, n - len(picks))):
            i = len(picks)
            picks.append(int(j))
            if variance[j] + noise > rounding:  # otherwise it has no information about the others
                known = np.sqrt(variance[j] + noise)
                rows[i] = (column(j) - rows[:i, j] @ rows[:i]) / known
                variance = np.maximum(variance - np.square(rows[i]), 0)
    return np.array(picks, dtype=np.intp)
