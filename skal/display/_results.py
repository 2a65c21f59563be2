"""The frame of a comparison: one row a round of a replay."""

from typing import NamedTuple

import numpy as np

from skal import metrics

WHAT_RAN = ("data", "estimator", "strategy", "seed", "round", "n_labelled")


class Curve(NamedTuple):
    """One strategy's values: a row a seed, a column for each number of labels."""

    n_labelled: np.ndarray  # (p,)
    values: np.ndarray  # (s, p)


def score_column(frame, score=None) -> str:
    """The column that holds the score: the one asked for, or the only one."""
    check_frame(frame)
    return value_column(frame, metrics.score_column(frame) if score is None else score)


def value_column(frame, name: str) -> str:
    """A column with numbers in it, if the frame has it."""
    check_frame(frame)
    numeric = [c for c in frame.select_dtypes("number").columns if c not in WHAT_RAN]
    if name not in numeric:
        raise ValueError(f"The frame has no column {name!r} of numbers; it has {numeric}.")
    return name


def check_frame(frame) -> None:
    """An error for what is not the frame of a comparison."""
    if not hasattr(frame, "select_dtypes"):
        raise TypeError(
            "The results of a comparison are a pandas DataFrame, one row a round; got "
            f"{type(frame).__name__}."
        )
    if missing := [name for name in WHAT_RAN if name not in frame.columns]:
        raise ValueError(f"The frame lacks {missing}: a comparison has {list(WHAT_RAN)}.")
    if not len(frame):
        raise ValueError("The frame has no rows: there is nothing to draw.")


def one_setting(frame, data=None, estimator=None):
    """The rows of one data set and one estimator, and a title if there are others."""
    title = []
    for column, wanted in {"data": data, "estimator": estimator}.items():
        there = frame[column].unique().tolist()
        if wanted is None and len(there) > 1:
            raise ValueError(
                f"One picture shows one {column}, and the frame has several: {column}= one of "
                f"{there}."
            )
        if wanted is not None and wanted not in there:
            raise ValueError(f"The frame has no {column}={wanted!r}; it has {there}.")
        if len(there) > 1:
            title.append(str(wanted))
            frame = frame[frame[column] == wanted]
    return frame, ", ".join(title) or None


def check_strategies(wanted, there, name: str) -> list[str]:
    """Names of strategies that are there; a single one may come as it is."""
    wanted = [wanted] if isinstance(wanted, str) else list(wanted)
    if unknown := [strategy for strategy in wanted if strategy not in there]:
        raise ValueError(f"{name}={unknown}: there are no such strategies, only {list(there)}.")
    return wanted


def curves(frame, column: str, strategies) -> dict[str, Curve]:
    """The values of each strategy over its numbers of labels."""
    return {name: _curve(frame[frame["strategy"] == name], column, name) for name in strategies}


def _curve(frame, column, name) -> Curve:
    """One strategy's curve, on the numbers of labels that all its seeds reach.

    Seeds that were measured at other numbers of labels are read off straight lines between
    their rounds, so that every mean is one over all seeds.
    """
    runs = []
    for seed, run in frame.dropna(subset=[column]).groupby("seed", sort=True):
        n, values = (run.sort_values("n_labelled")[c].to_numpy() for c in ("n_labelled", column))
        if (np.diff(n) == 0).any():
            raise ValueError(
                f"Strategy {name!r}, seed {seed} has several values of {column!r} for one number "
                "of labels: the frame must have one row a round."
            )
        runs.append((n, values.astype(float)))
    if not runs:
        raise ValueError(f"Strategy {name!r} has no value of {column!r} in any round.")
    first, last = max(n[0] for n, _ in runs), min(n[-1] for n, _ in runs)
    grid = np.unique(np.concatenate([n for n, _ in runs]))
    grid = grid[(grid >= first) & (grid <= last)]
    if not len(grid):
        raise ValueError(
            f"The seeds of strategy {name!r} have no number of labels in common: one ends at "
            f"{last}, another begins at {first}."
        )
    return Curve(grid, np.array([np.interp(grid, n, values) for n, values in runs]))
