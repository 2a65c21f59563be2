"""Random rows of a file, predicted by models that did not know their labels.

The column ``skal_drawn`` says in which round each label came.  So the model that a round was asked
with can be fitted again: on all labels but those of this round's random rows and of later rounds.
No prediction has to be kept, none is shown to who labels, and any estimator can be judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import KFold

from skal._audits import Audits
from skal._seeds import seeded_clone
from skal.cli.draws import Draws
from skal.cli.reserve import SHARE

MOST_WATCHED = 1000  # rows without a label of which each model's predictions are compared
MOST_MODELS = 40  # of the latest rounds
FOLDS = 5


@dataclass(frozen=True)
class _Said:
    """Predictions of one model, for the random rows of its round and for the watched rows."""

    predicted: np.ndarray
    confidence: np.ndarray
    watched: np.ndarray
    expected: float
    watched_proba: np.ndarray | None


def replayed(
    estimator: Any,
    X: np.ndarray,
    y: np.ndarray,
    known: np.ndarray,
    draws: Draws,
    placed: np.ndarray,
) -> Audits:
    """Fit the models of earlier rounds, and let each predict the random rows of its round.

    Parameters
    ----------
    estimator : estimator
        A classifier or regressor that is not fitted.
    X, y : ndarray
        All rows, and their labels, which mean nothing where `known` is false.
    known : ndarray of bool
        Which rows have a label.
    draws : Draws
        How the rows were chosen.
    placed : ndarray
        Their places, by which they are in the reserve.
    """
    classes = np.unique(y[known]) if is_classifier(estimator) else None
    closed = draws.by_strategy.any()  # otherwise random rows come from the whole file
    watched = np.flatnonzero(~known & ((placed < SHARE) | (not closed)))
    watched = watched[np.argsort(placed[watched], kind="stable")][:MOST_WATCHED]
    groups = list(_groups(np.flatnonzero(known), y, draws, classes))
    said = [
        _said(_fitted(estimator, X[past], y[past]), X[rows], X[watched], classes)
        for past, rows in groups
    ]
    today = _said(_fitted(estimator, X[known], y[known]), X[:0], X[watched], classes)
    sizes = [len(rows) for _, rows in groups]
    rows = np.concatenate([np.zeros(0, np.int64), *(rows for _, rows in groups)])
    return Audits(
        rows=rows,
        y=y[rows],
        predicted=np.concatenate([y[:0], *(one.predicted for one in said)]),
        confidence=np.concatenate([[], *(one.confidence for one in said)]),
        expected=np.repeat([one.expected for one in said], sizes),
        n_labelled=np.repeat(np.array([len(past) for past, _ in groups], np.int64), sizes),
        round=np.repeat(np.arange(len(groups)), sizes),
        watched=np.stack([one.watched for one in (*said, today)]),
        watched_proba=today.watched_proba,
        classes=classes,
        n_known=int(known.sum()),
    )


def _groups(
    labelled: np.ndarray, y: np.ndarray, draws: Draws, classes: np.ndarray | None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the rows that a model learns from and the random rows that it predicts.

    Rows that a strategy chose in the same round are learned from: nobody knew a label of the round
    when they were chosen.  Where nothing else was known, random rows are predicted in turns.
    """
    number, random = draws.round[labelled], draws.random[labelled]
    rounds = np.unique(number[random])[-MOST_MODELS:]
    for now in rounds:
        rows = labelled[random & (number == now)]
        past = labelled[(number <= now) & ~(random & (number == now))]
        if _can_fit(y[past], classes):
            yield past, rows
        elif len(rows) >= 2 * FOLDS:
            for others, part in KFold(FOLDS, shuffle=True, random_state=0).split(rows):
                more = np.sort(np.concatenate([past, rows[others]]))
                if _can_fit(y[more], classes):
                    yield more, rows[part]


def _can_fit(y, classes):
    """Tell whether there are two classes, or numbers of two rows."""
    return len(np.unique(y)) > 1 if classes is not None else len(y) > 1


def _fitted(estimator, X, y):
    return seeded_clone(estimator, 0).fit(X, y)


def _said(model, rows, watched, classes):
    """Predict two sets of rows, either of which may be empty."""
    tells = classes is not None and hasattr(model, "predict_proba")
    nothing = np.zeros(0) if classes is None else classes[:0]
    predicted = model.predict(rows) if len(rows) else nothing
    seen = model.predict(watched) if len(watched) else nothing
    confidence = np.full(len(rows), np.nan)
    if not tells:
        return _Said(predicted, confidence, seen, np.nan, None)
    if len(rows):
        confidence = model.predict_proba(rows).max(axis=1)
    proba = np.zeros((len(watched), len(classes)))
    if len(watched):
        proba[:, np.searchsorted(classes, model.classes_)] = model.predict_proba(watched)
    expected = float(proba.max(axis=1).mean()) if len(watched) else np.nan
    return _Said(predicted, confidence, seen, expected, proba)
