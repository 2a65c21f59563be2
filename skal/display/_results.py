"""The data frame of a comparison, with one row per round of a replay."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from skal.metrics.frames import on_one_grid, one_curve

if TYPE_CHECKING:
    import pandas as pd

ONE = {"data": "data set", "estimator": "estimator"}
OF_CLASSES = ("imbalance", "mistakes", "base_error")


class Curve(NamedTuple):
    """Store one strategy's values: one row per seed, one column per number of labels."""

    n_labelled: np.ndarray  # (p,)
    values: np.ndarray  # (s, p)


def one_setting(
    frame: "pd.DataFrame", data: str | None = None, estimator: str | None = None
) -> tuple["pd.DataFrame", str | None]:
    """Return the rows of one data set and one estimator, and a title if there are others."""
    title = []
    for column, wanted in {"data": data, "estimator": estimator}.items():
        there = frame[column].unique().tolist()
        if wanted is None and len(there) > 1:
            raise ValueError(
                f"A plot shows one {ONE[column]}, and the data frame has several: set {column}= to "
                f"one of {there}."
            )
        if wanted is not None and wanted not in there:
            raise ValueError(f"The data frame has no {column}={wanted!r}; it has {there}.")
        if len(there) > 1:
            title.append(str(wanted))
            frame = frame[frame[column] == wanted]
    return frame, ", ".join(title) or None


def check_strategies(wanted: str | Iterable[str], there: Iterable[str], name: str) -> list[str]:
    """Return names of existing strategies as a list; a single name may be a string."""
    wanted = [wanted] if isinstance(wanted, str) else list(wanted)
    if unknown := [strategy for strategy in wanted if strategy not in there]:
        raise ValueError(
            f"{name}={unknown}: there are no such strategies; choose from {list(there)}."
        )
    return wanted


def curves(frame: "pd.DataFrame", column: str, strategies: Iterable[str]) -> dict[str, Curve]:
    """Return the values of each strategy over its numbers of labels."""
    return {name: _curve(frame[frame["strategy"] == name], column, name) for name in strategies}


def _curve(frame: "pd.DataFrame", column: str, name: str) -> Curve:
    """Return one strategy's curve, on the numbers of labels that all its seeds reach.

    Rounds without a value are left out; every mean is over all seeds.
    """
    by_seed = frame.dropna(subset=[column]).groupby("seed", sort=True)
    runs = [one_curve(run, column, f"{name}, seed {seed}") for seed, run in by_seed]
    if not runs:
        why = ", because it is defined for classes only" if column in OF_CLASSES else ""
        raise ValueError(f"Strategy {name!r} has no value of {column!r} in any round{why}.")
    return Curve(*on_one_grid(runs, f"The seeds of strategy {name!r}"))
