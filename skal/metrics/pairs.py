"""How often one strategy is reliably ahead of another: section 6.2 of the BAIT paper."""

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from skal.metrics.frames import Experiment, check_strategy, experiments

if TYPE_CHECKING:
    import pandas as pd


def pairwise_penalty(
    results: "pd.DataFrame",
    score: str | None = None,
    *,
    against: str = "Random",
    level: float = 0.05,
) -> "pd.DataFrame":
    """Count how often each strategy beats each other one by a paired t-test.

    An experiment is a data set with an estimator.  It is looked at while labels are few: at
    M₀ + 2ᵏB labels (M₀ the first batch, B a batch, k = 0, 1, …), up to the round in which
    `against` first comes within 1%, of its value, of its final score.  Entry (i, j) grows by 1/z
    for each of these z checkpoints at which i is ahead of j; an experiment where `against` is that
    good within one batch has none, and adds nothing.

    Parameters
    ----------
    results : pandas.DataFrame
        What :func:`skal.experiments.compare` returned, with two seeds at least.
    score : str, default=None
        The column to look at; None is the only score.
    against : str, default="Random"
        The name, in the results, of the strategy that says where labels are no longer few.
    level : float, default=0.05
        Level of the two-sided test.

    Returns
    -------
    penalty : pandas.DataFrame
        Square, a row and a column for each strategy: how often the row's is ahead of the
        column's, at most the number of experiments.  Low column means are good.

    See Also
    --------
    mean_ranks : Ranks, where a test says too little.
    skal.display.PairwiseDisplay : The matrix as a picture.

    References
    ----------
    Ash, Goel, Krishnamurthy and Kakade, "Gone Fishing: Neural Active Learning with Fisher
    Embeddings", NeurIPS 2021, section 6.2.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.metrics import pairwise_penalty
    >>> results = pd.DataFrame({
    ...     "data": "letter", "estimator": "logistic", "strategy": ["Random"] * 4 + ["Margin"] * 4,
    ...     "seed": [0, 0, 1, 1] * 2, "round": [0, 1] * 4, "n_labelled": [10, 20] * 4,
    ...     "accuracy": [0.4, 0.6, 0.4, 0.7, 0.4, 0.8, 0.4, 0.9],
    ... })
    >>> pairwise_penalty(results)
            Random  Margin
    Random     0.0     0.0
    Margin     1.0     0.0
    """
    import pandas as pd

    if not 0 < level < 1:
        raise ValueError(f"level={level!r} must lie between 0 and 1.")
    every = list(experiments(results, score))
    names = list(results["strategy"].unique())
    penalty = pd.DataFrame(0.0, index=names, columns=names)
    for experiment in every:
        check_strategy(experiment, against, "against")
        if len(experiment.seeds) < 2:
            raise ValueError("A paired test needs results of two seeds at least.")
        columns = checkpoints(experiment, against)
        for i, ours in experiment.heights.items():
            for j, theirs in experiment.heights.items():
                if i != j and len(columns):
                    ahead = _is_ahead((ours - theirs)[:, columns], level)
                    penalty.loc[i, j] += ahead.mean()
    return penalty


def checkpoints(experiment: Experiment, against: str) -> np.ndarray:
    """Positions in `labels` of the rounds to look at."""
    labels, curve = experiment.labels, experiment.heights[against].mean(axis=0)
    if len(labels) < 2:
        return np.array([], dtype=int)
    last = labels[(curve >= curve[-1] - 0.01 * abs(curve[-1])).argmax()]
    wanted = labels[0] + experiment.batch * 2.0 ** np.arange(64)
    return np.unique(np.searchsorted(labels, wanted[wanted <= last]))


def _is_ahead(difference: np.ndarray, level: float) -> np.ndarray:
    """Where the mean over seeds (rows) lies above 0 by a two-sided t-test."""
    n = len(difference)
    mean, deviation = difference.mean(axis=0), difference.std(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.sqrt(n) * mean / deviation
    return np.nan_to_num(t, nan=0.0) > stats.t.ppf(1 - level / 2, n - 1)
