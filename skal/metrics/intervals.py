"""How sure a mean over seeds is."""

from numbers import Real

import numpy as np
from scipy import stats


def check_confidence(confidence: float) -> None:
    """Raise an error unless the confidence is a number between 0 and 1."""
    number = isinstance(confidence, Real) and not isinstance(confidence, bool)
    if not number or not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence!r} must lie between 0 and 1, such as 0.95.")


def t_reach(values: np.ndarray, confidence: float) -> np.ndarray | np.floating:
    """How far the t interval of a mean over rows reaches to either side; NaN for one row."""
    n = len(values)
    if n == 1:
        return np.full(values.shape[1:], np.nan)[()]
    return stats.t.ppf((1 + confidence) / 2, n - 1) * values.std(axis=0, ddof=1) / np.sqrt(n)


def mean_interval(values: np.ndarray, confidence: float) -> dict:
    """Mean over seeds and its t interval (NaN for a single seed)."""
    check_confidence(confidence)
    mean, reach = float(np.mean(values)), float(t_reach(values, confidence))
    return {"mean": mean, "low": mean - reach, "high": mean + reach, "n_seeds": len(values)}


def resampled(n_seeds: int, n_resamples: int, random_state: int) -> np.ndarray:
    """Weights of the seeds in bootstrap samples; the first row is the sample itself."""
    rng = np.random.default_rng(random_state)
    counts = rng.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), size=n_resamples)
    return np.vstack([np.ones(n_seeds), counts]) / n_seeds


def bootstrap_interval(
    values: np.ndarray,
    confidence: float,
    name: str,
    n_seeds: int,
    least: float = -np.inf,
    most: float = np.inf,
) -> dict:
    """The figure of the sample itself (the first value), and percentiles of the resamples.

    Percentiles of few seeds lie too close: they are moved away from the figure by what a t interval
    of so many seeds has over a normal one, to where the figure cannot be at most.  A single seed
    has no interval.
    """
    check_confidence(confidence)
    figure = values[0]
    if n_seeds == 1:
        return {name: figure, "low": np.nan, "high": np.nan}
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(values[1:], tails, method="nearest")
    wider = np.sqrt(n_seeds / (n_seeds - 1)) * stats.t.ppf(tails[1], n_seeds - 1)
    wider /= stats.norm.ppf(tails[1])
    if np.isfinite(figure):
        low = max(figure + wider * (low - figure), least)
        high = min(figure + wider * (high - figure), most)
    return {name: figure, "low": low, "high": high}
