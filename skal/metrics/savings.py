"""Labels to reach a score, and labels saved against another strategy."""

from typing import TYPE_CHECKING

import numpy as np

from skal.metrics.frames import check_strategy, experiments, frame_of
from skal.metrics.intervals import bootstrap_interval, resampled

if TYPE_CHECKING:
    import pandas as pd


def labels_to_reach(
    results: "pd.DataFrame",
    target: float,
    score: str | None = None,
    *,
    confidence: float = 0.95,
    n_resamples: int = 999,
    random_state: int = 0,
) -> "pd.DataFrame":
    """Count the labels that it takes until the mean learning curve reaches a score.

    Parameters
    ----------
    results : pandas.DataFrame
        What :func:`skal.experiments.compare` returned.
    target : float
        The score to reach.
    score : str, default=None
        The column to look at; None is the only score.
    confidence : float, default=0.95
        That of the bootstrap interval over seeds; coarse for fewer than ten.
    n_resamples : int, default=999
        How many bootstrap samples.
    random_state : int, default=0
        Seed of the bootstrap.

    Returns
    -------
    labels : pandas.DataFrame
        Indexed by data, estimator and strategy: `labels`, `low`, `high`; straight lines between
        the rounds; infinite where the budget was not enough.

    See Also
    --------
    labels_saved : The share of labels saved, at a score that both strategies reach.
    area_under_curve : The mean score on the way.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.metrics import labels_to_reach
    >>> results = pd.DataFrame({
    ...     "data": "letter", "estimator": "logistic", "strategy": ["Random"] * 4 + ["Margin"] * 4,
    ...     "seed": [0, 0, 1, 1] * 2, "round": [0, 1] * 4, "n_labelled": [10, 20] * 4,
    ...     "accuracy": [0.5, 0.6, 0.4, 0.7, 0.5, 0.7, 0.4, 0.8],
    ... })
    >>> labels_to_reach(results, 0.6)["labels"].round(1).tolist()
    [17.5, 15.0]
    """
    records = []
    for experiment in experiments(results, score):
        n_seeds, first = len(experiment.seeds), experiment.labels[0]
        weights = resampled(n_seeds, n_resamples, random_state)
        for strategy, heights in experiment.heights.items():
            curves = weights @ heights
            labels = first_reached(experiment.labels, curves, np.full(len(curves), target))
            records.append(
                {
                    **experiment.names(strategy),
                    **bootstrap_interval(labels, confidence, "labels", n_seeds, least=first),
                }
            )
    return frame_of(records)


def labels_saved(
    results: "pd.DataFrame",
    score: str | None = None,
    *,
    against: str = "Random",
    confidence: float = 0.95,
    n_resamples: int = 999,
    random_state: int = 0,
) -> "pd.DataFrame":
    """Compute the share of the labels that a strategy saves at equal score.

    0.3 is 30% fewer labels than `against` needs, for the highest score that the mean curves of
    both reach within the budget; negative where the strategy needs more labels for it.

    Parameters
    ----------
    results : pandas.DataFrame
        What :func:`skal.experiments.compare` returned.
    score : str, default=None
        The column to look at; None is the only score.
    against : str, default="Random"
        The name that the strategy to compare with has in the results.
    confidence : float, default=0.95
        That of the bootstrap interval over seeds; coarse for fewer than ten.
    n_resamples : int, default=999
        How many bootstrap samples.
    random_state : int, default=0
        Seed of the bootstrap.

    Returns
    -------
    saved : pandas.DataFrame
        Indexed by data, estimator and strategy: `saved`, `low`, `high`, the score `at` which both
        were compared, and the `labels` that the strategy took for it.

    See Also
    --------
    labels_to_reach : The number of labels, at a score of your own.
    area_under_curve : The gain in score rather than in labels.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.metrics import labels_saved
    >>> results = pd.DataFrame({
    ...     "data": "letter", "estimator": "logistic", "strategy": ["Random"] * 4 + ["Margin"] * 4,
    ...     "seed": [0, 0, 1, 1] * 2, "round": [0, 1] * 4, "n_labelled": [10, 20] * 4,
    ...     "accuracy": [0.5, 0.6, 0.4, 0.7, 0.5, 0.7, 0.4, 0.8],
    ... })
    >>> labels_saved(results)[["saved", "at", "labels"]].iloc[1].round(3)
    saved      0.167
    at         0.650
    labels    16.667
    Name: (letter, logistic, Margin), dtype: float64
    """
    records = []
    for experiment in experiments(results, score):
        check_strategy(experiment, against, "against")
        n_seeds = len(experiment.seeds)
        weights = resampled(n_seeds, n_resamples, random_state)
        reference = weights @ experiment.heights[against]
        for strategy, heights in experiment.heights.items():
            curves = weights @ heights
            target = np.minimum(curves.max(axis=1), reference.max(axis=1))
            labels = first_reached(experiment.labels, curves, target)
            saved = 1 - labels / first_reached(experiment.labels, reference, target)
            records.append(
                {
                    **experiment.names(strategy),
                    **bootstrap_interval(saved, confidence, "saved", n_seeds, most=1.0),
                    "at": target[0],
                    "labels": labels[0],
                }
            )
    return frame_of(records)


def first_reached(labels: np.ndarray, curves: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Where each curve (a row) first reaches its target; infinite where it never does."""
    reached = curves >= target[:, None]
    after = reached.argmax(axis=1)
    before = np.maximum(after - 1, 0)
    rows = np.arange(len(curves))
    low, high = curves[rows, before], curves[rows, after]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(after > before, (target - low) / (high - low), 0.0)
    at = labels[before] + share * (labels[after] - labels[before])
    return np.where(reached.any(axis=1), at, np.inf)
