"""Areas under learning curves: means, ranks, and the share of an oracle's gain."""

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from skal.metrics.curves import mean_height
from skal.metrics.frames import Experiment, check_strategy, experiments, frame_of, whole
from skal.metrics.intervals import bootstrap_interval, mean_interval, resampled

if TYPE_CHECKING:
    import pandas as pd


def area_under_curve(
    results: "pd.DataFrame", score: str | None = None, confidence: float = 0.95
) -> "pd.DataFrame":
    """Average the heights of the learning curves, with a confidence interval over the seeds.

    Parameters
    ----------
    results : pandas.DataFrame
        What :func:`skal.experiments.compare` returned.
    score : str, default=None
        The column to look at; None is the only score.
    confidence : float, default=0.95
        That of the t interval.

    Returns
    -------
    areas : pandas.DataFrame
        Indexed by data, estimator and strategy: `mean`, `low`, `high`, `n_seeds`.  The area is
        divided by the width of the curve, so that it is a mean score.

    See Also
    --------
    mean_ranks : Ranks of the strategies by these areas.
    labels_saved : The same gain in labels rather than in score.
    skal.experiments.recommend : What the areas say to use.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.metrics import area_under_curve
    >>> results = pd.DataFrame({
    ...     "data": "letter", "estimator": "logistic", "strategy": ["Random"] * 4 + ["Margin"] * 4,
    ...     "seed": [0, 0, 1, 1] * 2, "round": [0, 1] * 4, "n_labelled": [10, 20] * 4,
    ...     "accuracy": [0.5, 0.6, 0.4, 0.7, 0.5, 0.7, 0.4, 0.8],
    ... })
    >>> area_under_curve(results)["mean"].round(2).to_dict()
    {('letter', 'logistic', 'Random'): 0.55, ('letter', 'logistic', 'Margin'): 0.6}
    """
    return frame_of(
        [
            {
                **experiment.names(strategy),
                **mean_interval(areas, confidence),
            }
            for experiment in experiments(results, score)
            for strategy, areas in areas_by_seed(experiment).items()
        ]
    )


def mean_ranks(results: "pd.DataFrame", score: str | None = None) -> "pd.DataFrame":
    """Rank each strategy over data sets and estimators: 1 is the best everywhere.

    Ranked by the mean area under the learning curves; ties share their ranks.

    Parameters
    ----------
    results : pandas.DataFrame
        What :func:`skal.experiments.compare` returned.
    score : str, default=None
        The column to look at; None is the only score.

    Returns
    -------
    ranks : pandas.DataFrame
        Indexed by strategy, the best first: `mean_rank`, and `n_experiments` that it is a mean
        of.

    See Also
    --------
    area_under_curve : The areas that are ranked.
    pairwise_penalty : How often one strategy is ahead of another.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.metrics import mean_ranks
    >>> results = pd.DataFrame({
    ...     "data": "letter", "estimator": "logistic", "strategy": ["Random"] * 4 + ["Margin"] * 4,
    ...     "seed": [0, 0, 1, 1] * 2, "round": [0, 1] * 4, "n_labelled": [10, 20] * 4,
    ...     "accuracy": [0.5, 0.6, 0.4, 0.7, 0.5, 0.7, 0.4, 0.8],
    ... })
    >>> mean_ranks(results)
              mean_rank  n_experiments
    strategy
    Margin          1.0              1
    Random          2.0              1
    """
    import pandas as pd

    ranks: dict[str, list[float]] = {}
    for experiment in whole(results, score):
        means = [areas.mean() for areas in areas_by_seed(experiment).values()]
        for strategy, rank in zip(experiment.heights, stats.rankdata(np.negative(means))):
            ranks.setdefault(strategy, []).append(rank)
    table = pd.DataFrame(
        {
            "mean_rank": {name: np.mean(values) for name, values in ranks.items()},
            "n_experiments": {name: len(values) for name, values in ranks.items()},
        }
    )
    return table.rename_axis("strategy").sort_values("mean_rank", kind="stable")


def gap_closed(
    results: "pd.DataFrame",
    score: str | None = None,
    *,
    oracle: str = "Oracle",
    against: str = "Random",
    confidence: float = 0.95,
    n_resamples: int = 999,
    random_state: int = 0,
) -> "pd.DataFrame":
    """Compute the share of the gap between random and an oracle that a strategy closes, in area.

    0 is as good as `against`, 1 as good as the oracle.

    Parameters
    ----------
    results : pandas.DataFrame
        What :func:`skal.experiments.compare` returned, an oracle's replays among it.
    score : str, default=None
        The column to look at; None is the only score.
    oracle, against : str
        The names that these strategies have in the results.
    confidence : float, default=0.95
        That of the bootstrap interval over seeds.
    n_resamples : int, default=999
        How many bootstrap samples.
    random_state : int, default=0
        Seed of the bootstrap.

    Returns
    -------
    gaps : pandas.DataFrame
        Indexed by data, estimator and strategy: `share`, `low`, `high`, the `gap` in area that it
        is a share of, and what the oracle looked at: `oracle_candidates`, `oracle_holdout`.  NaN
        where the oracle was not ahead of `against`.

    See Also
    --------
    area_under_curve : The areas that are compared.
    skal.strategies.Oracle : The strategy that knows the labels.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.metrics import gap_closed
    >>> strategies = ["Random", "Margin", "Oracle"]
    >>> results = pd.DataFrame({
    ...     "data": "letter", "estimator": "logistic", "strategy": strategies * 2,
    ...     "seed": [0] * 3 + [1] * 3, "round": 0, "n_labelled": 20,
    ...     "accuracy": [0.5, 0.6, 0.9, 0.6, 0.7, 1.0], "imbalance": 0.0,
    ...     "oracle_candidates": [None, None, 30] * 2, "oracle_holdout": [None, None, 100] * 2,
    ... })
    >>> gap_closed(results)["share"].round(2).tolist()
    [0.0, 0.25, 1.0]
    """
    records = []
    for experiment in experiments(results, score):
        check_strategy(experiment, oracle, "oracle")
        check_strategy(experiment, against, "against")
        weights = resampled(len(experiment.seeds), n_resamples, random_state)
        means = {name: weights @ areas for name, areas in areas_by_seed(experiment).items()}
        looked = _looked_at(results, experiment, oracle)
        gap = means[oracle] - means[against]
        gap = np.where(gap > 0, gap, np.nan)
        for strategy, mean in means.items():
            share = (mean - means[against]) / gap
            records.append(
                {
                    **experiment.names(strategy),
                    **bootstrap_interval(share, confidence, "share", len(experiment.seeds)),
                    "gap": gap[0],
                    **looked,
                }
            )
    return frame_of(records)


def areas_by_seed(experiment: Experiment) -> dict[str, np.ndarray]:
    """The area under each curve, one a seed."""
    return {
        strategy: np.array([mean_height(experiment.labels, height) for height in heights])
        for strategy, heights in experiment.heights.items()
    }


def _looked_at(results, experiment, oracle):
    """How many candidates and holdout rows the oracle chose by."""
    own = (results["data"] == experiment.data) & (results["estimator"] == experiment.estimator)
    rounds = results[own & (results["strategy"] == oracle)]
    names = ("oracle_candidates", "oracle_holdout")
    if lacking := [name for name in names if name not in rounds]:
        raise ValueError(
            f"{oracle} recorded no {' and no '.join(lacking)}, and a gap means nothing without: "
            "replay skal.strategies.Oracle, or a strategy that records them."
        )
    return {name: int(rounds[name].max()) for name in names}
