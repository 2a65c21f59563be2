"""How much better the model of today is than earlier ones, as far as it can tell itself."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from skal._audits import Audits


def lags_of_classes(audits: "Audits", classes: np.ndarray, scoring: str) -> np.ndarray:
    """By how much the share of each earlier model is expected to be below today's.

    That is what today's predictions for the watched rows are expected to score, less what the
    earlier ones are, where each class counts by the probability that today's model gives it.  A
    model without probabilities is taken to be right on every second row where they differ.  The
    result has a column per class for balanced accuracy; for F1 it is the lag of the share q that
    F1 = 2q / (1 + q) is computed from.
    """
    then, today = audits.watched[:-1], audits.watched[-1]
    shape = (len(then), len(classes)) if scoring == "balanced_accuracy" else (len(then),)
    if not len(today):  # unknown, not 0: `performance.of_latest` takes the latest rows only
        return np.zeros(shape)
    P = audits.watched_proba
    if P is None or _are_certain(P):
        differ = np.mean(then != today, axis=1)
        half = (differ if P is None else _beyond_churn(differ)) / 2
        return np.broadcast_to(half[:, np.newaxis], shape) if len(shape) > 1 else half
    P = P.astype(np.float64)
    places = np.searchsorted(classes, audits.watched)
    expected = np.array([_expected(P, one, scoring) for one in places])
    return np.maximum(expected[-1] - expected[:-1], 0.0)


def _are_certain(P: np.ndarray) -> bool:
    """Return whether all probabilities are 0 or 1, as those of a tree with pure leaves.

    Such a model would expect to be right on every row where it differs from an earlier one.
    """
    return bool(np.isin(P, (0, 1)).all())


def _beyond_churn(differ: np.ndarray) -> np.ndarray:
    """Return by how much models differ from today's beyond what the latest one does.

    Trees of almost the same labels differ on many rows and are equally good: only a difference that
    grows with the age of the model is a sign of progress.
    """
    return np.maximum(differ - differ[-1:], 0.0)


def lags_of_numbers(audits: "Audits") -> np.ndarray:
    """By how much the mean squared error of each earlier model is expected to be above today's:
    the mean square of how far the predictions have moved, if today's errors know nothing of it."""
    then, today = audits.watched[:-1], audits.watched[-1]
    return np.mean((then - today) ** 2, axis=1) if len(today) else np.zeros(len(then))


def _expected(P: np.ndarray, places: np.ndarray, scoring: str) -> np.ndarray | np.floating:
    """The share that is right, to be expected of predictions if P holds."""
    k = P.shape[1]
    hit = P[np.arange(len(P)), places]
    if scoring == "accuracy":
        return hit.mean()
    right = np.bincount(places, hit, minlength=k)  # the diagonal of the expected confusion
    of_class, predicted = P.sum(axis=0), np.bincount(places, minlength=k)
    if scoring == "balanced_accuracy":
        return right / np.maximum(of_class, 1e-12)
    denominator = {
        "f1": of_class + predicted - right,
        "recall": of_class,
        "precision": predicted,
    }[scoring]
    return right[1] / max(denominator[1], 1e-12)
