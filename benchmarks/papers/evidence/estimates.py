"""Numbers with intervals, of one value a seed."""

import numpy as np
from scipy import stats

from evidence.verdicts import Estimate, NotRun
from skal.metrics.intervals import mean_interval

CONFIDENCE = 0.95


def over_seeds(values):
    """The mean and its t interval."""
    found = mean_interval(np.asarray(values, dtype=float), CONFIDENCE)
    return Estimate(found["mean"], found["low"], found["high"], found["n_seeds"])


def share(values):
    """The mean of shares and its t interval, no further than from 0 to 1."""
    return _within(values, 0, 1)


def correlation(values):
    """The mean of correlations and its t interval, no further than from -1 to 1."""
    return _within(values, -1, 1)


def _within(values, least, most):
    found = over_seeds(values)
    low, high = np.clip([found.low, found.high], least, most).tolist()
    return Estimate(found.value, low, high, found.seeds)


def median(values):
    """The median and the interval between two of the values, for counts that may be cut off.

    The interval is from the j-th smallest to the j-th largest: the largest j at which the median
    of the distribution lies between them with 95 % probability at least (none for n < 6).
    """
    values, n = np.sort(np.asarray(values, dtype=float)), len(values)
    j = int(stats.binom.ppf((1 - CONFIDENCE) / 2, n, 0.5))
    low, high = (values[j - 1], values[n - j]) if j else (np.nan, np.nan)
    return Estimate(float(np.median(values)), float(low), float(high), n)


def saved(frame, strategy, against, score):
    """Share of the labels saved at equal score, of the seeds that both have (skal.metrics)."""
    from skal.metrics import labels_saved

    frame = frame[frame["strategy"].isin([strategy, against])]
    counts = frame.groupby("seed")["strategy"].nunique()
    frame = frame[frame["seed"].isin(counts.index[counts == 2])]
    frame = frame.assign(round=frame.groupby(["strategy", "seed"]).cumcount())
    if frame.empty:
        raise NotRun(f"there is no seed of both {strategy!r} and {against!r}")
    line = labels_saved(frame, score, against=against).xs(strategy, level="strategy").iloc[0]
    if not np.isfinite(line["saved"]):
        raise NotRun(f"{strategy!r} and {against!r} reach no score in common")
    low, high = (float(line[end]) for end in ("low", "high"))
    return Estimate(float(line["saved"]), low, high, frame["seed"].nunique())
