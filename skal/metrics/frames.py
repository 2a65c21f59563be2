"""The frame of a comparison as learning curves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

WHAT_RAN = ("data", "estimator", "strategy", "seed", "round", "n_labelled")


@dataclass(frozen=True)
class Experiment:
    """The learning curves of all strategies on one data set with one estimator.

    `heights` has a matrix a strategy, one row a seed (the same ones in the same order) and one
    column for each of `labels`; `batch` is how many labels a query asked for.
    """

    data: str
    estimator: str
    seeds: list[int]
    labels: np.ndarray
    heights: dict[str, np.ndarray]
    batch: float

    def __str__(self):
        return f"{self.estimator} on {self.data}"

    def names(self, strategy: str) -> dict[str, str]:
        """What a row of a table on one of its strategies begins with."""
        return {"data": self.data, "estimator": self.estimator, "strategy": strategy}


def score_column(results: "pd.DataFrame", score: str | None = None) -> str:
    """Name the column to look at: `score`, or the only one there is.

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

    See Also
    --------
    area_under_curve : One of the functions that take `score` in this way.
    skal.experiments.compare : Where the frame comes from.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.metrics import score_column
    >>> results = pd.DataFrame({
    ...     "data": "letter", "estimator": "logistic", "strategy": "Margin", "seed": 0,
    ...     "round": [0, 1], "n_labelled": [10, 20], "accuracy": [0.5, 0.7],
    ...     "imbalance": [0.4, 0.3],
    ... })
    >>> score_column(results), score_column(results, "imbalance")
    ('accuracy', 'imbalance')
    """
    check_frame(results)
    if score is None:
        columns = list(results.columns)
        end = columns.index("imbalance") if "imbalance" in columns else len(columns)
        scores = columns[columns.index("n_labelled") + 1 : end]
        if len(scores) != 1:
            raise ValueError(f"Say which score is meant: score= one of {scores}.")
        score = scores[0]
    numbers = results.select_dtypes(["number", "bool"]).columns
    numbers = [name for name in numbers if name not in WHAT_RAN]
    if score not in numbers:
        raise ValueError(
            f"The frame has no column {score!r} of numbers: there are {', '.join(numbers)}."
        )
    return score


def check_frame(results: "pd.DataFrame") -> None:
    """An error for what is not the frame of a comparison."""
    if not hasattr(results, "select_dtypes"):
        raise TypeError(
            "The results of a comparison are a pandas frame, as skal.experiments.compare returns "
            f"it; got {type(results).__module__}.{type(results).__name__}."
        )
    if lacking := [name for name in WHAT_RAN if name not in results.columns]:
        raise ValueError(f"This is no frame of a comparison: it lacks {', '.join(lacking)}.")
    if not len(results):
        raise ValueError("The frame of a comparison has no rows.")


def experiments(results: "pd.DataFrame", score: str | None = None) -> Iterator[Experiment]:
    """The curves of each data set and estimator, in their order in the frame."""
    score = score_column(results, score)
    for (data, estimator), part in results.groupby(
        ["data", "estimator"], sort=False, observed=True
    ):
        curves = {
            key: _whole_curve(curve, score, f"{key[0]} with {estimator} on {data}, seed {key[1]}")
            for key, curve in part.groupby(["strategy", "seed"], sort=False, observed=True)
        }
        seeds = list(dict.fromkeys(int(seed) for _, seed in curves))
        labels, on_grid = on_one_grid(list(curves.values()), f"The curves of {estimator} on {data}")
        read, heights = dict(zip(curves, on_grid, strict=True)), {}
        for strategy in dict.fromkeys(name for name, _ in curves):
            if lacking := [seed for seed in seeds if (strategy, seed) not in curves]:
                raise ValueError(
                    f"{strategy} with {estimator} on {data} was not replayed with the seeds "
                    f"{lacking} that others were: strategies are compared seed by seed."
                )
            heights[strategy] = np.array([read[strategy, seed] for seed in seeds])
        steps = np.concatenate([np.diff(n) for n, _ in curves.values()])
        batch = float(np.median(steps)) if len(steps) else 0.0
        yield Experiment(data, estimator, seeds, labels, heights, batch)


def _whole_curve(rounds, score, whose):
    """A curve without gaps."""
    n, heights = one_curve(rounds, score, whose)
    if not np.isfinite(heights).all():
        at = int(n[~np.isfinite(heights)][0])
        raise ValueError(
            f"{whose}: {score} is {heights[~np.isfinite(heights)][0]} at {at} labels. The test "
            "rows may lack a class; choose another score, or leave this data set out."
        )
    return n, heights


def one_curve(rounds: "pd.DataFrame", column: str, whose: str) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of labels, in order, and a column's values there; one seed of one strategy."""
    rounds = rounds.sort_values("n_labelled")
    n, values = (rounds[name].to_numpy(dtype=float) for name in ("n_labelled", column))
    if (np.diff(n) == 0).any():
        raise ValueError(f"{whose}: there are two rounds with the same number of labels.")
    return n, values


def on_one_grid(
    curves: list[tuple[np.ndarray, np.ndarray]], whose: str
) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of labels that all curves reach, and every curve's values there.

    Curves that were measured at other numbers of labels are read off straight lines between
    their rounds.
    """
    first, last = max(n[0] for n, _ in curves), min(n[-1] for n, _ in curves)
    if first > last:
        raise ValueError(
            f"{whose} have no number of labels in common: one ends at {last:.0f}, another begins "
            f"at {first:.0f}."
        )
    grid = np.unique(np.concatenate([n for n, _ in curves]))
    grid = grid[(grid >= first) & (grid <= last)]
    return grid, np.array([np.interp(grid, *curve) for curve in curves])


def whole(results: "pd.DataFrame", score: str | None = None) -> list[Experiment]:
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
            f"{', '.join(map(str, experiment.heights))}. Replay {name!r} too, or pass {argument}= "
            "one of these."
        )


def frame_of(records: list[dict[str, Any]], *more: str) -> "pd.DataFrame":
    """Records as a frame with a row for each data set, estimator, strategy, and what is named."""
    import pandas as pd

    return pd.DataFrame.from_records(records).set_index([*WHAT_RAN[:3], *more])
