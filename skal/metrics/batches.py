"""What was in the batches: classes out of proportion, rows that the model had wrong."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from skal.metrics.frames import frame_of
from skal.metrics.intervals import mean_interval

if TYPE_CHECKING:
    import pandas as pd


def imbalance_ratio(y: ArrayLike, classes: ArrayLike | None = None) -> float:
    """Divide the standard deviation of the class counts by their mean: 0 is balanced.

    Parameters
    ----------
    y : array-like
        Labels.
    classes : array-like, default=None
        All classes, of which y may lack some; None is those in y.

    Returns
    -------
    ratio : float
        The imbalance ratio.

    See Also
    --------
    mistake_lift : How much likelier batches were mistakes.
    skal.display.ImbalanceDisplay : The ratio against the number of labels.

    Examples
    --------
    >>> from skal.metrics import imbalance_ratio
    >>> imbalance_ratio([0, 0, 0, 1])
    0.5
    >>> imbalance_ratio([0, 1], classes=[0, 1, 2, 3])
    1.0
    """
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError(
            f"y must be labels, one a row; got an array of shape {y.shape}.  A frame of results "
            "has a column `imbalance` already."
        )
    seen, counts = np.unique(y, return_counts=True)
    if not len(seen):
        raise ValueError("y is empty: it has no classes to count.")
    if classes is not None:
        classes = np.unique(np.asarray(classes))
        if unknown := [str(label) for label in seen if label not in classes]:
            raise ValueError(f"y has labels that are not in classes: {', '.join(unknown)}.")
        counts = np.append(counts, np.zeros(len(classes) - len(seen)))
    return float(counts.std() / counts.mean())


def mistake_lift(results: "pd.DataFrame", confidence: float = 0.95) -> "pd.DataFrame":
    """Compare the mistakes among rows that were asked for with those among test rows.

    The lift is the share of mistakes that the model had made on the batches over its error on the
    test rows at the time: 2 if rows that were asked for were wrongly predicted twice as often, 1 is
    no better than chance.

    Parameters
    ----------
    results : pandas.DataFrame
        What :func:`skal.experiments.compare` returned, of a classification.
    confidence : float, default=0.95
        That of the t interval over seeds.

    Returns
    -------
    lifts : pandas.DataFrame
        Indexed by data, estimator and strategy: `mean`, `low`, `high`, `n_seeds` of the lift, and
        the `mistakes` and `base_error` behind it.  Rounds count alike; seeds without an error on
        the test rows have no lift and do not count.

    See Also
    --------
    imbalance_ratio : How unequally classes were asked for.
    skal.strategies.WrongPrediction : A strategy that looks for mistakes.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.metrics import mistake_lift
    >>> results = pd.DataFrame({
    ...     "data": "letter", "estimator": "logistic", "strategy": "Margin", "seed": [0, 0, 1, 1],
    ...     "round": [0, 1, 0, 1], "n_labelled": [10, 20, 10, 20], "accuracy": [0.7, 0.8, 0.7, 0.8],
    ...     "mistakes": [None, 0.5, None, 0.7], "base_error": [None, 0.3, None, 0.3],
    ... })
    >>> mistake_lift(results)[["mean", "mistakes", "base_error"]].round(2).values.tolist()
    [[2.0, 0.6, 0.3]]
    """
    asked = results[results["round"] > 0]
    if asked["mistakes"].isna().all():
        raise ValueError(
            "There are no mistakes to count: these are regressions, or replays of a single round."
        )
    names = ["data", "estimator", "strategy"]
    records = []
    for key, part in asked.groupby(names, sort=False, observed=True):
        by_seed = part.groupby("seed")[["mistakes", "base_error"]].mean()
        some = by_seed[by_seed["base_error"] > 0]
        lifts = (some["mistakes"] / some["base_error"]).to_numpy()
        interval = mean_interval(lifts, confidence) if len(lifts) else {"mean": np.nan}
        records.append({**dict(zip(names, key)), **interval, **by_seed.mean().to_dict()})
    return frame_of(records)
