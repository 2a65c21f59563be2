"""Recommendations from a comparison, with their confidence."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from skal.metrics import labels_saved, score_column
from skal.metrics.areas import areas_by_seed
from skal.metrics.frames import check_strategy, whole
from skal.metrics.intervals import mean_interval

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Advice:
    """Store the recommended strategy; print it for the recommendation in words.

    Parameters
    ----------
    strategy : str
        The strategy with the largest mean area under the learning curves.
    reliable : bool
        Whether it is significantly better than `against`.
    level_with : list of str
        Strategies that are not significantly worse: any of them may be as good.
    ahead : dict of str to dict
        `mean`, `low` and `high` of its lead in area over each other strategy, paired by seed, with
        intervals corrected for the number of strategies.
    text : str
        The recommendation in words.

    See Also
    --------
    recommend : Compute this recommendation.

    Examples
    --------
    >>> from skal.experiments import Advice
    >>> advice = Advice("Margin", True, [], {}, "Use Margin: +0.050 mean accuracy against Random.")
    >>> print(advice)
    Use Margin: +0.050 mean accuracy against Random.
    """

    strategy: str
    reliable: bool
    level_with: list[str]
    ahead: dict[str, dict]
    text: str

    def __str__(self) -> str:
        return self.text


def recommend(
    results: "pd.DataFrame",
    score: str | None = None,
    *,
    against: str = "Random",
    confidence: float = 0.95,
) -> Advice:
    """Recommend a strategy, with its confidence.

    Strategies are compared by the area under their learning curves, averaged over data sets and
    estimators and paired by seed: a lead is significant if its t interval lies above 0.  With many
    strategies, the best one looks good by chance, so each interval is corrected for the number of
    strategies (Bonferroni).

    Parameters
    ----------
    results : pandas.DataFrame
        The result of :func:`skal.experiments.compare`, with at least two seeds.
    score : str, default=None
        The column to use; None is the only score.
    against : str, default="Random"
        The name, in the results, of the baseline strategy.
    confidence : float, default=0.95
        The confidence level of the intervals.

    Returns
    -------
    advice : Advice
        The recommendation, as attributes and in words.

    See Also
    --------
    compare : Run the comparison.
    skal.metrics.labels_saved : Compute the labels saved by each strategy.
    skal.metrics.mean_ranks : Compute ranks over several data sets.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.experiments import recommend
    >>> results = pd.DataFrame({
    ...     "data": "letter", "estimator": "logistic", "strategy": ["Random"] * 4 + ["Margin"] * 4,
    ...     "seed": [0, 0, 1, 1] * 2, "round": [0, 1] * 4, "n_labelled": [10, 20] * 4,
    ...     "accuracy": [0.5, 0.6, 0.4, 0.7, 0.6, 0.7, 0.5, 0.8],
    ... })
    >>> print(recommend(results))
    Use Margin: +0.100 mean accuracy (95% interval +0.100 to +0.100, 2 seeds) against Random.
    """
    score = score_column(results, score)
    if "oracle_candidates" in results:  # it uses the labels, so it is no recommendation
        knows = results.loc[results["oracle_candidates"].notna(), "strategy"].unique()
        results = results[~results["strategy"].isin(knows)]
    every = whole(results, score)
    for experiment in every:
        check_strategy(experiment, against, "against")
    if min(len(experiment.seeds) for experiment in every) < 2:
        raise ValueError(
            "The results have one seed, which gives no confidence interval: compare with at least "
            "two seeds."
        )
    if len({tuple(experiment.seeds) for experiment in every}) > 1:
        raise ValueError(
            "Data sets were replayed with different seeds: call recommend for each data set "
            "separately."
        )
    by_seed = [areas_by_seed(experiment) for experiment in every]
    areas = {name: np.mean([areas[name] for areas in by_seed], axis=0) for name in by_seed[0]}
    best = max(areas, key=lambda name: areas[name].mean())
    sure = 1 - (1 - confidence) / max(1, len(areas) - 1)  # correct for the best of several
    ahead = {name: mean_interval(areas[best] - areas[name], sure) for name in areas if name != best}
    level_with = [name for name, lead in ahead.items() if lead["low"] <= 0]
    reliable = best != against and against not in level_with
    words = [_verdict(best, against, reliable, ahead, score, confidence, _size(every))]
    if reliable and len(every) == 1:
        words += _savings(results, score, best, against, confidence)
    if others := [name for name in level_with if name != against]:
        words.append(f"Not reliably behind it: {', '.join(others)}.")
    if not reliable and level_with:
        words.append("More seeds, or a larger budget, may give narrower intervals.")
    return Advice(best, reliable, level_with, ahead, " ".join(words))


def _size(every):
    """Return the numbers of data sets and of estimators in words; "" for one of each."""
    n_data, n_estimators = (len({getattr(e, of) for e in every}) for of in ("data", "estimator"))
    data = f", {n_data} data sets" if n_data > 1 else ""
    return data + (f", {n_estimators} estimators" if n_estimators > 1 else "")


def _verdict(best, against, reliable, ahead, score, confidence, size):
    def interval(lead):
        return (
            f"({confidence:.0%} interval {lead['low']:+.3f} to {lead['high']:+.3f}, "
            f"{lead['n_seeds']} seeds{size})"
        )

    if best == against:
        text = f"No strategy has a higher mean {score} than {against}."
        if not ahead:
            return text
        second = min(ahead, key=lambda name: ahead[name]["mean"])
        lead = ahead[second]
        return f"{text} Its lead over {second} is {lead['mean']:+.3f} {interval(lead)}."
    lead = ahead[against]
    figures = f"{lead['mean']:+.3f} mean {score} {interval(lead)}"
    if reliable:
        return f"Use {best}: {figures} against {against}."
    return f"No strategy is reliably ahead of {against}; {best} comes first with {figures}."


def _savings(
    results: "pd.DataFrame", score: str, best: str, against: str, confidence: float
) -> list[str]:
    """Return the labels that the strategy saves at equal score, if this is significant."""
    saved = labels_saved(results, score, against=against, confidence=confidence)
    row = saved.xs(best, level="strategy").iloc[0]
    if not row["low"] > 0:
        return []
    return [
        f"It reaches {score} {row['at']:.3f} with {row['labels']:.0f} labels, "
        f"{row['saved']:.0%} fewer than {against} ({row['low']:.0%} to {row['high']:.0%})."
    ]
