"""Scores of random rows, and intervals that are right for few rows too: arrays in, numbers out."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

UNSURE = 0.75  # error of a lag, as a share of it
ENOUGH = 30  # rows, where there are as many: fewer say little
LEAST = 8  # rows to learn a slope from, or a window
N_RESAMPLES, N_DRAWN = 999, 4000


class Figure(NamedTuple):
    """A score of random rows, and its interval."""

    value: float
    low: float
    high: float


def proportion(n_right: float, n: float, confidence: float) -> Figure:
    """A share of n rows, and its exact binomial interval; n may be an effective number of rows.

    Clopper and Pearson's, by quantiles of Beta(s, n − s + 1) and Beta(s + 1, n − s).
    """
    if n <= 0:
        return Figure(np.nan, 0.0, 1.0)
    n_right = min(max(n_right, 0.0), n)
    tail = (1 - confidence) / 2
    low, high = 0.0, 1.0
    if n_right > 0:
        low = float(stats.beta.ppf(tail, n_right, n - n_right + 1))
    if n_right < n:
        high = float(stats.beta.ppf(1 - tail, n_right + 1, n - n_right))
    return Figure(n_right / n, low, high)


def window(right: np.ndarray, lag: np.ndarray) -> int:
    """How many of the latest rows to take: as many as make the expected error least.

    More rows have less variance, p(1 − p)/n; the older ones among them were predicted by models
    that lag further behind, and how far is known up to a share `UNSURE` of it.  p is that of all
    rows: with the p of each window, windows of many right rows would look best, and the estimate
    would be optimistic.
    """
    if not len(right):
        return 0
    n = np.arange(1, len(right) + 1)
    p = (np.sum(right) + np.sum(lag) + 1) / (len(right) + 2)
    p = min(p, 1 - 1 / (len(right) + 2))
    return _least(_variance(p, n) + (UNSURE * np.cumsum(lag[::-1]) / n) ** 2)


def share(
    right: np.ndarray,
    lag: np.ndarray,
    ahead: np.ndarray | None,
    n_reserve: int,
    confidence: float,
) -> Figure:
    """The share that today's model has right, by rows that earlier ones predicted.

    θ = mean(c) + mean(lag) − λ·mean(ahead), the difference estimator: c is whether a row was right,
    lag how much better today's model is expected to be, and `ahead` how much more sure the model
    was of a row than of the reserve.  λ is by least squares, shrunk as the adjusted ρ² is.  The
    interval is the exact binomial one of as many rows as have the same variance,

        n* = p(1 − p) / (p(1 − p)·(1 − ρ² + ρ²·n/N)/n + (UNSURE·lag)²),    N rows in the reserve.
    """
    n = len(right)
    if not n:
        return proportion(0, 0, confidence)
    explained, slope = (0.0, 0.0) if ahead is None else _explained(right.astype(float), ahead)
    mean = float(np.mean(right) + np.mean(lag))
    if explained and ahead is not None:
        mean -= slope * float(np.mean(ahead))
    p = float(np.clip((mean * n + 1) / (n + 2), 1 / (n + 2), 1 - 1 / (n + 2)))
    narrowed = 1 - explained + explained * min(1.0, n / max(n_reserve, 1))
    variance = _variance(p, n) * narrowed + (UNSURE * float(np.mean(lag))) ** 2
    effective = p * (1 - p) / variance
    return proportion(mean * effective, effective, confidence)


def _least(error: np.ndarray) -> int:
    """The number of rows of the least error; not few, where there are more."""
    least = ENOUGH if len(error) >= ENOUGH else min(LEAST, len(error))
    return least + int(np.argmin(error[least - 1 :]))


def _variance(p: Any, n: Any) -> Any:
    return p * (1 - p) / n


def _explained(right: np.ndarray, ahead: np.ndarray) -> tuple[float, float]:
    """ρ² of least squares, adjusted for chance, and the slope, shrunk as much; 0 for few rows."""
    n = len(right)
    if n < LEAST or not np.isfinite(ahead).all():
        return 0.0, 0.0
    spread = ahead - ahead.mean()
    if right.std() == 0 or spread.std() < 1e-12:
        return 0.0, 0.0
    slope = float(spread @ right / (spread @ spread))
    r2 = slope**2 * float(spread @ spread) / float(((right - right.mean()) ** 2).sum())
    adjusted = max(0.0, 1 - (1 - r2) * (n - 1) / (n - 2))
    return adjusted, slope * adjusted / r2 if r2 else 0.0


def balanced_accuracy(
    y: np.ndarray, right: np.ndarray, lag: np.ndarray, classes: np.ndarray, confidence: float
) -> Figure:
    """The mean over classes of the share recognised, with the bounds of each drawn at random.

    Bounds of single shares are quantiles of Beta(s, n − s + 1) and Beta(s + 1, n − s), as in
    `proportion`; those of their mean are quantiles of the mean of draws from either.  A class of
    which no row was drawn may be recognised always or never: the interval says so.  `lag` has a
    column a class.
    """
    rows = np.array([np.count_nonzero(y == one) for one in classes])
    found = np.array([np.count_nonzero(right[y == one]) for one in classes])
    shift = lag.mean(axis=0) if len(lag) else np.zeros(len(classes))
    found = np.minimum(found + rows * shift, rows)
    rng, tail, tiny = np.random.default_rng(0), (1 - confidence) / 2, 1e-12
    size = (N_DRAWN, len(classes))
    lower = rng.beta(np.maximum(found, tiny), rows - found + 1, size=size).mean(axis=1)
    upper = rng.beta(found + 1, np.maximum(rows - found, tiny), size=size).mean(axis=1)
    low, high = np.quantile(lower, tail), np.quantile(upper, 1 - tail)
    seen = rows > 0
    value = float(np.mean(found[seen] / rows[seen])) if seen.any() else np.nan
    unsure = UNSURE * float(shift.mean())
    low, high = widened(Figure(value, float(low), float(high)), unsure, confidence)[1:]
    return Figure(value, max(0.0, low), 1.0 if (found >= rows).all() else min(high, 1.0))


def widened(figure: Figure, error: float, confidence: float) -> Figure:
    """With an interval that allows for another error, independent of the first."""
    if not np.isfinite(figure.value):
        return figure
    reach = stats.norm.ppf((1 + confidence) / 2) * error
    low = figure.value - np.hypot(figure.value - figure.low, reach)
    return Figure(figure.value, low, figure.value + np.hypot(figure.high - figure.value, reach))


def window_of_means(squares: np.ndarray, lag: np.ndarray) -> int:
    """`window` for squared errors: how many of the latest make the error of their mean least."""
    if not len(squares):
        return 0
    n = np.arange(1, len(squares) + 1)
    return _least(np.var(squares) / n + (UNSURE * np.cumsum(lag[::-1]) / n) ** 2)


def mean_absolute_error(
    y: np.ndarray, predicted: np.ndarray, lag: np.ndarray, confidence: float
) -> Figure:
    """Negative, as scikit-learn has it; a studentized bootstrap of the logarithm.

    `lag` is of mean squared errors m: of normal errors the mean absolute one is √(2m/π).
    """
    errors = np.abs(y - predicted)
    logs = _of_means(np.column_stack([errors]), lambda means: np.log(means[..., 0]), confidence)
    value, low, high = (float(np.exp(one)) for one in logs)
    behind = 2 / np.pi * float(np.mean(lag)) if len(lag) else 0.0
    better = np.sqrt(max(value**2 - behind, 0.0))
    gain = min(value - better, value / 2) if len(lag) else 0.0
    moved = Figure(-(value - gain), -(high - gain), -max(low - gain, 0.0))
    return widened(moved, UNSURE * gain, confidence)


def r2(y: np.ndarray, predicted: np.ndarray, lag: np.ndarray, confidence: float) -> Figure:
    """R²; a studentized bootstrap of log(1 − R²).  A single row has no R²."""
    if len(y) < 2:
        return Figure(np.nan, -np.inf, 1.0)
    moments = np.column_stack([(y - predicted) ** 2, y - y.mean(), (y - y.mean()) ** 2])

    def log_share(means):
        return np.log(means[..., 0]) - np.log(means[..., 2] - means[..., 1] ** 2)

    value, low, high = (1 - float(np.exp(one)) for one in _of_means(moments, log_share, confidence))
    spread = float(np.var(y)) if len(y) else 0.0
    gain = min(float(np.mean(lag)) / spread, (1 - value) / 2) if spread else 0.0
    moved = Figure(value + gain, high + gain, low + gain)
    figure = widened(moved, UNSURE * gain, confidence)
    return figure._replace(high=min(figure.high, 1.0))


def _of_means(columns: np.ndarray, function: Callable, confidence: float) -> Figure:
    """A function of means of columns, with its studentized bootstrap interval.

    Standard errors are the jackknife's, which needs no derivative.
    """
    n = len(columns)
    with np.errstate(divide="ignore", invalid="ignore"):
        if n < 3:
            return Figure(float(function(columns.mean(axis=0))) if n else np.nan, -np.inf, np.inf)
        rows = np.random.default_rng(0).integers(n, size=(N_RESAMPLES, n))
        (value,), (error,) = _jackknifed(columns[np.newaxis], function)
        again, errors = _jackknifed(columns[rows], function)
        t = (again - value) / errors
    t = t[np.isfinite(t)]
    if not np.isfinite(error) or not len(t):
        return Figure(float(value), -np.inf, np.inf)
    tails = np.quantile(t, [(1 + confidence) / 2, (1 - confidence) / 2])
    return Figure(float(value), float(value - tails[0] * error), float(value - tails[1] * error))


def _jackknifed(samples: np.ndarray, function: Callable) -> tuple[np.ndarray, np.ndarray]:
    """The function of the means of each sample, and its jackknife standard error."""
    n = samples.shape[1]
    total = samples.sum(axis=1, keepdims=True)
    left_out = function((total - samples) / (n - 1))
    spread = ((left_out - left_out.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return function(total[:, 0] / n), np.sqrt((n - 1) / n * spread)
