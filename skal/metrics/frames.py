"""The frame of a comparison as learning curves."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Experiment:
    """The learning curves of all strategies on one data set with one estimator.

    `heights` has a matrix a strategy, one row a seed (the same ones in the same order) and one
    column for each of `labels`; `batch` is how many labels a query asked for.
    """

    data: str
    estimator: str
    seeds: list
    labels: np.ndarray
    heights: dict
    batch: float

    def __str__(self):
        return f"{self.estimator} on {self.data}"

    def names(self, strategy) -> dict:
        """What a row of a table on one of its strategies begins with."""
        return {"data": self.data, "estimator": self.estimator, "strategy": strategy}


def score_column(results, score: str | None = None) -> str:
    """The column to look at: `score`, or the only one there is.

    Scores stand between `n_labelled` and `imbalance`.

    Parameters
    ----------
    results : pandas.DataFrame
        What :func:`skal.experiments.compare` returned.
    score : str, default=None
        A column; None is the score of a comparison that measured only one.

    Returns
    -------
    score : str
        The name of a column.
    """
    _check_frame(results)
    columns = list(results.columns)
    if score is not None:
        if score not in columns:
            raise ValueError(f"There is no column {score!r}: there are {', '.join(columns)}.")
        if results[score].dtype.kind not in "fiub":
            raise ValueError(f"Column {score!r} holds no numbers.")
        return score
    end = columns.index("imbalance") if "imbalance" in columns else len(columns)
    scores = columns[columns.index("n_labelled") + 1 : end]
    if len(scores) != 1:
        raise ValueError(f"Say which score is meant: score= one of {scores}.")
    return scores[0]


def _check_frame(results) -> None:
    """An error for what is not the frame of a comparison."""
    wanted = ("data", "estimator", "strategy", "seed", "round", "n_labelled")
    if not hasattr(results, "groupby"):
        raise TypeError(
            "The results of a comparison are a pandas frame, as skal.experiments.compare returns "
            f"it; got {type(results).__module__}.{type(results).__name__}."
        )
    if lacking := [name for name in wanted if name not in results.columns]:
        raise ValueError(f"This is no frame of a comparison: it lacks {', '.join(lacking)}.")
    if not len(results):
        raise ValueError("The frame has no rows: there is nothing to sum up.")


def experiments(results, score: str | None = None) -> Iterator[Experiment]:
    """The curves of each data set and estimator, in their order in the frame."""
    score = score_column(results, score)
    for (data, estimator), part in results.groupby(
        ["data", "estimator"], sort=False, observed=True
    ):
        curves = {
            key: _curve(curve, score, f"{key[0]} with {estimator} on {data}, seed {key[1]}")
            for key, curve in part.groupby(["strategy", "seed"], sort=False, observed=True)
        }
        seeds = list(dict.fromkeys(int(seed) for _, seed in curves))
        first = max(n[0] for n, _ in curves.values())
        last = min(n[-1] for n, _ in curves.values())
        if first > last:
            raise ValueError(
                f"The curves of {estimator} on {data} have no number of labels in common."
            )
        labels = np.unique(np.concatenate([n for n, _ in curves.values()]))
        labels = labels[(labels >= first) & (labels <= last)]
        heights = {}
        for strategy in dict.fromkeys(name for name, _ in curves):
            if lacking := [seed for seed in seeds if (strategy, seed) not in curves]:
                raise ValueError(
                    f"{strategy} with {estimator} on {data} was not replayed with the seeds "
                    f"{lacking} that others were: strategies are compared seed by seed."
                )
            own = [curves[strategy, seed] for seed in seeds]
            heights[strategy] = np.array([np.interp(labels, *curve) for curve in own])
        steps = np.concatenate([np.diff(n) for n, _ in curves.values()])
        batch = float(np.median(steps)) if len(steps) else 0.0
        yield Experiment(data, estimator, seeds, labels, heights, batch)


def _curve(rounds, score, whose):
    """Numbers of labels, in order, and the scores there."""
    rounds = rounds.sort_values("n_labelled")
    n, heights = (rounds[name].to_numpy(dtype=float) for name in ("n_labelled", score))
    if (np.diff(n) == 0).any():
        raise ValueError(f"{whose}: there are two rounds with the same number of labels.")
    if not np.isfinite(heights).all():
        at = int(n[~np.isfinite(heights)][0])
        raise ValueError(
            f"{whose}: {score} is {heights[~np.isfinite(heights)][0]} at {at} labels. The test "
            "rows may lack a class; choose another score, or leave this data set out."
        )
    return n, heights


def whole(results, score: str | None = None) -> list[Experiment]:
    """All experiments; an error unless each has the same strategies."""
    every = list(experiments(results, score))
    if len({frozenset(experiment.heights) for experiment in every}) > 1:
        raise ValueError(
            "Strategies are compared on the same data sets and estimators, and some were not "
            "replayed on every data set with every estimator."
        )
    return every


def check_strategy(experiment: Experiment, name: str, argument: str) -> None:
    """An error where a strategy to compare with is not there."""
    if name not in experiment.heights:
        raise ValueError(
            f"{argument}={name!r} was not replayed with {experiment}: there are "
            f"{', '.join(map(str, experiment.heights))}."
        )


def frame_of(records: list[dict]):
    """Records as a frame with a row for each data set, estimator and strategy."""
    import pandas as pd

    return pd.DataFrame.from_records(records).set_index(["data", "estimator", "strategy"])
