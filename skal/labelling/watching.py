"""Predictions of each round's model for the same random rows, to compare models."""

import json
import math
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skal.labelling import settings

MOST = 500  # rows
WATCHED = 4  # beside KINDS of draws, in the seed of the choice


@dataclass(frozen=True)
class Watch:
    """A model's predictions for the watched items, with probabilities by class if it has them.

    `expected` is the mean probability of the prediction over the watched items without a label.
    """

    items: Sequence[int]
    predicted: Sequence[str]
    proba: Sequence[Mapping[str, float]] | None = None
    expected: float | None = None


@dataclass(frozen=True)
class Watched:
    """A stored watch, with its round and the number of labels of its model."""

    round: int
    n_labels: int
    items: np.ndarray
    predicted: np.ndarray
    expected: float
    proba: list[dict[str, float]] | None


def chosen(connection: sqlite3.Connection, reserve: np.ndarray) -> np.ndarray:
    """Select the items to watch: a fixed part of the reserve."""
    seed = settings.read(connection)["seed"]
    number = np.random.default_rng([seed, WATCHED]).random(reserve.max(initial=0) + 1)
    return np.sort(reserve[np.argsort(number[reserve], kind="stable")[:MOST]])


def keep(connection: sqlite3.Connection, round: int, watch: Watch) -> None:
    """Store the predictions of a round's model, and delete the probabilities of earlier models."""
    connection.execute("UPDATE watch SET proba = NULL WHERE proba IS NOT NULL")
    proba = None if watch.proba is None else [dict(row) for row in watch.proba]
    expected = watch.expected
    connection.execute(
        "INSERT INTO watch (round, items, predicted, expected, proba) VALUES (?, ?, ?, ?, ?)",
        (
            round,
            json.dumps([int(item) for item in watch.items]),
            json.dumps(list(watch.predicted), ensure_ascii=False),
            None if expected is None or not math.isfinite(expected) else expected,
            None if proba is None else json.dumps(proba, ensure_ascii=False),
        ),
    )


def last_round(connection: sqlite3.Connection) -> int:
    """Return the last round with a watch; 0 if there is none."""
    return connection.execute("SELECT coalesce(max(round), 0) FROM watch").fetchone()[0]


def read(connection: sqlite3.Connection) -> list[Watched]:
    """Return the predictions of each model, oldest first."""
    rows = connection.execute(
        "SELECT watch.*, n_labels FROM watch JOIN round ON round.id = watch.round "
        "ORDER BY watch.round"
    )
    return [
        Watched(
            row["round"],
            row["n_labels"],
            np.array(json.loads(row["items"]), dtype=np.int64),
            np.array(json.loads(row["predicted"]), dtype=str),
            np.nan if row["expected"] is None else row["expected"],
            row["proba"] and json.loads(row["proba"]),
        )
        for row in rows
    ]


def compared(connection: sqlite3.Connection, watches: Sequence[Watched]) -> np.ndarray:
    """Return predictions for the unlabelled items that all watches share, one row per watch."""
    answered = [row[0] for row in connection.execute("SELECT DISTINCT item FROM current")]
    items = common(watches, answered)
    return np.stack([one.predicted[places(one, items)] for one in watches])


def common(watches: Sequence[Watched], answered: Sequence[int]) -> np.ndarray:
    """Return the items that all watches share, without answered ones."""
    items = watches[-1].items
    for watch in watches:
        items = items[np.isin(items, watch.items)]
    return items[~np.isin(items, answered)]


def places(watch: Watched, items: np.ndarray) -> np.ndarray:
    """Return the positions of these items in a watch."""
    order = np.argsort(watch.items, kind="stable")
    return order[np.searchsorted(watch.items, items, sorter=order)]
