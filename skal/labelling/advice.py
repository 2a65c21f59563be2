"""Whether more labels are worth their time, in words."""

import sqlite3

import numpy as np

from skal.labelling import audits, settings, watching
from skal.metrics.outlook import outlook
from skal.metrics.random_rows import ENOUGH
from skal.stopping import Plateau

EARLIER = 2 / 3  # of the labels: what the model of then said is compared with today's
FEW_LABELS, FEW_ROWS = 50, 100
AHEAD = 100  # labels to look ahead
SMALL = 0.02  # share of rows whose prediction changed, or that of the spread of numbers


def advice(connection: sqlite3.Connection) -> str:
    """Whether to go on: by the accuracy on random rows, or by how far the model still changes.

    The rule is `Plateau` where enough random rows are labelled.
    """
    if not watching.read(connection):
        return "Not known yet: no model has learned."
    found = audits.read(connection)
    if len(found) < ENOUGH:
        return by_changes(connection)
    return f"{Plateau().advise(found)} {outlook(found, AHEAD)}"


def by_changes(connection: sqlite3.Connection) -> str:
    """Whether to go on, from how far the last third of the labels has changed the model.

    Where two models differ on a share of the rows, their accuracies differ by that share at most.
    The watched rows are random and have no label, so that their share is an honest one.
    """
    watches = watching.read(connection)
    today = watches[-1]
    before = [watch for watch in watches if watch.n_labels <= EARLIER * today.n_labels]
    if today.n_labels < FEW_LABELS:
        return f"Not known yet: the model has learned from only {today.n_labels} labels."
    if not before:
        return "Not known yet: there is no earlier model to compare this one with."
    then, now = watching.compared(connection, [before[-1], today])
    n = today.n_labels - before[-1].n_labels
    if len(now) < FEW_ROWS:
        return f"Judge by the accuracy: only {len(now)} rows are left to compare models by."
    if settings.is_classification(connection):
        return _of_classes(then, now, n)
    return _of_numbers(then.astype(float), now.astype(float), n)


def _of_classes(then: np.ndarray, now: np.ndarray, n: int) -> str:
    """Advice by the share of rows whose class changed."""
    if len(np.unique(now)) < 2:
        return f"Go on: the model takes every row for {now[0]}."
    changed = float(np.mean(then != now))
    told = f"the last {n} labels changed its prediction for {changed:.0%} of the rows"
    if changed > SMALL:
        return f"Go on: the model still changes; {told}."
    return (
        f"You may stop if the accuracy is enough: {told}, so they moved its accuracy by about "
        "that much at most."
    )


def _of_numbers(then: np.ndarray, now: np.ndarray, n: int) -> str:
    """Advice by how far the predicted numbers moved, as a share of their spread."""
    spread = float(np.std(now))
    if not spread:
        return "Go on: the model predicts the same number for every row."
    moved = float(np.sqrt(np.mean((then - now) ** 2))) / spread
    told = f"the last {n} labels moved its numbers by {moved:.0%} of their spread"
    if moved > 5 * SMALL:
        return f"Go on: the model still changes; {told}."
    return f"You may stop if R² is enough: {told}."
