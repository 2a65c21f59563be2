"""The model's performance, from random rows that were predicted before they were labelled."""

import json
import sqlite3
from typing import Any, NamedTuple

import numpy as np

from skal._audits import Audits
from skal.labelling import settings, watching
from skal.labelling.frames import decided

AUDITED = (
    "SELECT current.item, current.value, event.id, event.round, event.predicted, event.proba "
    "FROM current JOIN event ON event.id = current.event "
    "JOIN batch ON batch.id = event.batch JOIN watch ON watch.round = event.round "
    "WHERE current.kind = 'label' AND batch.kind = 'audit' AND event.predicted IS NOT NULL "
    "ORDER BY event.id"
)
KNOWN = "SELECT count(DISTINCT item) FROM current WHERE value IS NOT NULL"


class Audited(NamedTuple):
    """A random row with its label and the earlier prediction."""

    item: int
    label: str | float
    round: int
    predicted: str
    proba: dict[str, float] | None


def state(connection: sqlite3.Connection) -> tuple[int, tuple[int, ...], int]:
    """Return the state that an estimate depends on: the same state gives the same estimate."""
    events = tuple(row["id"] for row in connection.execute(AUDITED))
    known = connection.execute(KNOWN).fetchone()[0]
    return watching.last_round(connection), events, known


def read(connection: sqlite3.Connection) -> Audits:
    """Return the audit rows of a store as `skal.metrics` expects them.

    A row that several people answered counts once, by what they say together.
    """
    is_classes = settings.is_classification(connection)
    rows = _rows(connection, is_classes)
    watches = watching.read(connection)
    n_known = connection.execute(KNOWN).fetchone()[0]
    if not watches:
        return _none(is_classes, n_known)
    answered = [row[0] for row in connection.execute("SELECT DISTINCT item FROM current")]
    used = sorted({row.round for row in rows})
    by_round = {watch.round: watch for watch in watches}
    models = [*(by_round[round] for round in used), watches[-1]]
    items = watching.common(models, answered)
    watched = np.stack([one.predicted[watching.places(one, items)] for one in models])
    of_round = np.array([used.index(row.round) for row in rows], dtype=np.int64)
    classes, proba = None, None
    if is_classes:
        classes = np.unique([*watched.ravel(), *(row.predicted for row in rows),
                             *(str(row.label) for row in rows)])  # fmt: skip
        proba, classes = _proba(watches[-1], items, classes)
    kind: type = str if is_classes else float
    return Audits(
        rows=np.array([row.item for row in rows], dtype=np.int64),
        y=np.array([row.label for row in rows], dtype=kind),
        predicted=np.array([row.predicted for row in rows], dtype=kind),
        confidence=np.array([_confidence(row) for row in rows], dtype=float),
        expected=np.array([models[i].expected for i in of_round], dtype=float),
        n_labelled=np.array([models[i].n_labels for i in of_round], dtype=np.int64),
        round=of_round,
        watched=watched if is_classes else watched.astype(float),
        watched_proba=proba,
        classes=classes,
        n_known=n_known,
    )


def _rows(connection: sqlite3.Connection, is_classes: bool) -> list[Audited]:
    """Return the audit rows whose annotators agree on a label."""
    found: dict[int, list[Any]] = {}
    for row in connection.execute(AUDITED).fetchall():
        found.setdefault(row["item"], []).append(row)
    audited = []
    for item, rows in found.items():
        label = decided([row["value"] for row in rows], is_classes)
        if label is not None:
            first = rows[0]
            proba = first["proba"] and json.loads(first["proba"])
            audited.append(Audited(item, label, first["round"], first["predicted"], proba))
    return audited


def _confidence(row: Audited) -> float:
    """Return the probability of the prediction; NaN for a model without probabilities."""
    return np.nan if row.proba is None else row.proba.get(row.predicted, np.nan)


def _proba(
    today: watching.Watched, items: np.ndarray, classes: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray]:
    """Return the probabilities of the watched rows, one column per class, and the classes."""
    if today.proba is None:
        return None, classes
    rows = [today.proba[place] for place in watching.places(today, items)]
    classes = np.unique([*classes, *(name for row in rows for name in row)])
    column = {name: i for i, name in enumerate(classes.tolist())}
    table = np.zeros((len(rows), len(classes)))
    for i, row in enumerate(rows):
        for name, p in row.items():
            table[i, column[name]] = p
    return table, classes


def _none(is_classes: bool, n_known: int) -> Audits:
    """Return no audit rows, since no model has been fitted yet."""
    numbers, labels = np.empty(0), np.empty(0, dtype=str if is_classes else float)
    rows = np.empty(0, dtype=np.int64)
    return Audits(
        rows, labels, labels, numbers, numbers, rows, rows, np.empty((1, 0), labels.dtype), None,
        labels if is_classes else None, n_known,
    )  # fmt: skip
