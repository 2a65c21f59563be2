"""What a comparison says to do, and how sure that is."""

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
    """The strategy to use; printed, it is the recommendation in words.

    Parameters
    ----------
    strategy : str
        The strategy of the largest mean area under the learning curves.
    reliable : bool
        Whether it is reliably ahead of `against`.
    level_with : list of str
        Strategies that are not reliably behind it: any of them may be as good.
    ahead : dict of str to dict
        `mean`, `low` and `high` of its lead in area over each other strategy, seed by seed, the
        intervals widened for the number of strategies.
    text : str
        All of this in words.

    See Also
    --------
    recommend : The function that gives this advice.

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
    """Say what to use, and how sure that is.

    Strategies are compared by the area under their learning curves, averaged over data sets and
    estimators, seed by seed: a lead counts where its t interval lies above 0.  The more strategies
    there are, the better the best of them looks by chance alone, so that each interval is widened
    for their number (Bonferroni).

    Parameters
    ----------
    results : pandas.DataFrame
        What :func:`skal.experiments.compare` returned, with two seeds at least.
    score : str, default=None
        The column to look at; None is the only score.
    against : str, default="Random"
        The name, in the results, of the strategy that a better one must beat.
    confidence : float, default=0.95
        That of the intervals.

    Returns
    -------
    advice : Advice
        What to use, in parts and in words.

    See Also
    --------
    compare : The comparison that this is about.
    skal.metrics.labels_saved : Labels saved by each strategy.
    skal.metrics.mean_ranks : Ranks over several data sets.

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
    if "oracle_candidates" in results:  # knows the labels: no advice for people who do not
        knows = results.loc[results["oracle_candidates"].notna(), "strategy"].unique()
        results = results[~results["strategy"].isin(knows)]
    every = whole(results, score)
    for experiment in every:
        check_strategy(experiment, against, "against")
    if min(len(experiment.seeds) for experiment in every) < 2:
        raise ValueError("One seed says nothing of chance: compare with two seeds at least.")
    if len({tuple(experiment.seeds) for experiment in every}) > 1:
        raise ValueError("Data sets were replayed with different seeds: recommend each by itself.")
    by_seed = [areas_by_seed(experiment) for experiment in every]
    areas = {name: np.mean([areas[name] for areas in by_seed], axis=0) for name in by_seed[0]}
    best = max(areas, key=lambda name: areas[name].mean())
    sure = 1 - (1 - confidence) / max(1, len(areas) - 1)  # the best of several is best by chance
    ahead = {name: mean_interval(areas[best] - areas[name], sure) for name in areas if name != best}
    level_with = [name for name, lead in ahead.items() if lead["low"] <= 0]
    reliable = best != against and against not in level_with
    words = [_verdict(best, against, reliable, ahead, score, confidence)]
    if reliable and len(every) == 1:
        words += _savings(results, score, best, against, confidence)
    if others := [name for name in level_with if name != against]:
        words.append(f"Not reliably behind it: {', '.join(others)}.")
    if not reliable:
        words.append("More seeds, or a larger budget, may tell more.")
    return Advice(best, reliable, level_with, ahead, " ".join(words))


def _verdict(best, against, reliable, ahead, score, confidence):
    if best == against:
        return f"{against} is as good as any: none of the others is ahead of it."
    lead = ahead[against]
    figures = (
        f"{lead['mean']:+.3f} mean {score} ({confidence:.0%} interval {lead['low']:+.3f} to "
        f"{lead['high']:+.3f}, {lead['n_seeds']} seeds)"
    )
    if reliable:
        return f"Use {best}: {figures} against {against}."
    return f"No strategy is reliably ahead of {against}; {best} comes first with {figures}."


def _savings(
    results: "pd.DataFrame", score: str, best: str, against: str, confidence: float
) -> list[str]:
    """The labels that it saves at equal score, if that is sure."""
    saved = labels_saved(results, score, against=against, confidence=confidence)
    row = saved.xs(best, level="strategy").iloc[0]
    if not row["low"] > 0:
        return []
    return [
        f"It reaches {score} {row['at']:.3f} with {row['labels']:.0f} labels, "
        f"{row['saved']:.0%} fewer than {against} ({row['low']:.0%} to {row['high']:.0%})."
    ]
