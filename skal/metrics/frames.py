"""The frame of a comparison as learning curves."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Experiment:
    """The learning curves of all strategies on one data set with one estimator.

    `heights` has a matrix a strategy, one row a seed (the same ones in the same order) and one
    column for each of `labels`.
    """

    data: str
    estimator: str
    seeds: list
    labels: np.ndarray
    heights: dict

    @property
    def name(self) -> tuple[str, str]:
        return self.data, self.estimator


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
    columns = list(results.columns)
    if score is not None:
        if score not in columns:
            raise ValueError(f"There is no column {score!r}: there are {', '.join(columns)}.")
        return score
    end = columns.index("imbalance") if "imbalance" in columns else len(columns)
    scores = columns[columns.index("n_labelled") + 1 : end]
    if len(scores) != 1:
        raise ValueError(f"Say which score is meant: score= one of {scores}.")
    return scores[0]


def experiments(results, score: str | None = None) -> Iterator[Experiment]:
    """The curves of each data set and estimator, in their order in the frame."""
    score = score_column(results, score)
    for (data, estimator), part in results.groupby(["data", "estimator"], sort=False):
        seeds = part["seed"].unique().tolist()
        labels = np.unique(part["n_labelled"])
        first = part.groupby(["strategy", "seed"])["n_labelled"].min().max()
        last = part.groupby(["strategy", "seed"])["n_labelled"].max().min()
        labels = labels[(labels >= first) & (labels <= last)].astype(float)
        heights = {}
        for strategy, curves in part.groupby("strategy", sort=False):
            by_seed = dict(list(curves.groupby("seed")))
            if lacking := sorted(set(seeds) - by_seed.keys()):
                raise ValueError(
                    f"{strategy} with {estimator} on {data} was not replayed with the seeds "
                    f"{lacking} that others were: strategies are compared seed by seed."
                )
            heights[strategy] = np.array(
                [np.interp(labels, by_seed[s]["n_labelled"], by_seed[s][score]) for s in seeds]
            )
        yield Experiment(data, estimator, seeds, labels, heights)


def check_strategy(experiment: Experiment, name: str, argument: str) -> None:
    """An error where a strategy to compare with is not there."""
    if name not in experiment.heights:
        raise ValueError(
            f"{argument}={name!r} was not replayed with {experiment.estimator} on "
            f"{experiment.data}: there are {', '.join(map(str, experiment.heights))}."
        )


def frame_of(records: list[dict]):
    """Records as a frame with a row for each data set, estimator and strategy."""
    import pandas as pd

    return pd.DataFrame.from_records(records).set_index(["data", "estimator", "strategy"])
