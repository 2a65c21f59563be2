"""Rows that a query drew at random, and the model's predictions for them before labelling."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skal._checks import has_scores
from skal.state import Rows, View
from skal.state.training_set import KNOWN, TrainingSet


@dataclass(frozen=True)
class Draw:
    """Store the rows that a query drew at random, and the predictions of the model at that time.

    Attributes
    ----------
    number, n_labelled : int
        The round, and the number of labels that the model was trained on.
    rows : ndarray of int64
        Their numbers in the pool.
    keys : tuple
        Keys that identify the rows, also by content.
    own : bool
        Whether they are rows of the X given to `fit`.
    predicted : ndarray
        Predictions for them.
    proba : ndarray or None
        Their class probabilities over `classes`, if the model has any.
    classes : ndarray or None
        Every class known at that time; None for a regression.
    watched : ndarray
        Predictions for the watched rows: indices into `classes`, or numbers.
    expected : float
        The mean probability of the predicted class over the reserve; NaN if there is none.
    """

    number: int
    n_labelled: int
    rows: np.ndarray
    keys: tuple
    own: bool
    predicted: np.ndarray
    proba: np.ndarray | None
    classes: np.ndarray | None
    watched: np.ndarray
    expected: float

    def part(self, positions: np.ndarray) -> "Draw":
        """Return the draw with some of its rows."""
        return replace(
            self,
            rows=self.rows[positions],
            keys=tuple(self.keys[i] for i in positions),
            predicted=self.predicted[positions],
            proba=None if self.proba is None else self.proba[positions],
        )

    def followed_by(self, other: "Draw") -> "Draw":
        """Return these rows followed by others, all drawn with one model."""
        proba = None
        if self.proba is not None and other.proba is not None:
            proba = np.concatenate([self.proba, other.proba])
        return replace(
            other,
            rows=np.append(self.rows, other.rows),
            keys=self.keys + other.keys,
            predicted=np.concatenate([self.predicted, other.predicted]),
            proba=proba,
        )

    def places(self, training: TrainingSet) -> np.ndarray:
        """Return the index of each row's label in `training.labelled_y`; −1 if it has none."""
        own = training.labelled_rows[: training.n_labelled - len(training.keys)]
        taught = {key: len(own) + place for place, key in enumerate(training.keys)}
        places = np.array([taught.get(key, -1) for key in self.keys], dtype=np.intp)
        if self.own and len(places):
            known = (training.status[self.rows] == KNOWN) & (places < 0)
            places[known] = np.searchsorted(own, self.rows[known])
        return places

    @property
    def confidence(self) -> np.ndarray:
        """Return the probability of the prediction; NaN if the model has none."""
        if self.proba is None:
            return np.full(len(self.rows), np.nan)
        return of_prediction(self.proba, codes(self.predicted, self.classes))


def said(
    model: Any, rows: Rows, classes: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return a model's predictions for rows, and its class probabilities if it has any."""
    if classes is None:
        return (View(rows, model).prediction if len(rows) else np.empty(0)), None
    tells = has_scores(model)
    if not len(rows):
        return classes[:0], np.empty((0, len(classes))) if tells else None
    view = View(rows, model, classes)
    return view.prediction, view.proba if tells else None


def codes(predicted: np.ndarray, classes: np.ndarray | None) -> np.ndarray:
    """Return predictions as indices into the classes; numbers are unchanged."""
    return predicted if classes is None else np.searchsorted(classes, predicted)


def of_prediction(proba: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the probability of the predicted class, one per row."""
    return proba[np.arange(len(places)), places]


def without_label(training: TrainingSet, rows: Rows) -> np.ndarray:
    """Return which of these rows no model was trained on."""
    if rows.container is not training.X:
        return np.ones(len(rows), dtype=bool)
    return training.status[rows.numbers] != KNOWN
