"""How sure a mean over seeds is."""

import numpy as np
from scipy import stats


def check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence!r} must lie between 0 and 1.")


def mean_interval(values: np.ndarray, confidence: float) -> dict:
    """Mean over seeds and its t interval (NaN for a single seed)."""
    check_confidence(confidence)
    n, mean = len(values), float(np.mean(values))
    half = np.nan
    if n > 1:
        half = stats.t.ppf((1 + confidence) / 2, n - 1) * np.std(values, ddof=1) / np.sqrt(n)
    return {"mean": mean, "low": mean - half, "high": mean + half, "n_seeds": n}


def resampled(n_seeds: int, n_resamples: int, random_state) -> np.ndarray:
    """Weights of the seeds in bootstrap samples; the first row is the sample itself."""
    rng = np.random.default_rng(random_state)
    counts = rng.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), size=n_resamples)
    return np.vstack([np.ones(n_seeds), counts]) / n_seeds


def bootstrap_interval(values: np.ndarray, confidence: float, name: str) -> dict:
    """The figure of the sample itself (the first value), and percentiles of the resamples."""
    check_confidence(confidence)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(values[1:], tails, method="nearest")
    return {name: values[0], "low": low, "high": high}
