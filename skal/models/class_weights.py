"""The class weights of a fitted model, for each row or each class."""

from inspect import signature
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.class_weight import compute_class_weight


def class_weights(
    estimator: Any, y: np.ndarray, sample_weight: np.ndarray | None = None
) -> np.ndarray | None:
    """Compute the factor of each row's loss for its class (n); None without class weights.

    Parameters
    ----------
    estimator : estimator
        A fitted estimator, or a pipeline, a search or a calibration around one.
    y : ndarray of shape (n,)
        The labels of the fit.
    sample_weight : ndarray of shape (n,), default=None
        The sample weights of the fit: logistic regression balances their sums.
    """
    inner = _innermost(estimator)
    given = getattr(inner, "class_weight", None)
    if given is None:
        return None
    classes, codes = np.unique(y, return_inverse=True)
    params = {}
    # scikit-learn balances sample weights since 1.6
    if isinstance(inner, LogisticRegression) and _balances_weights():
        params["sample_weight"] = sample_weight
    return compute_class_weight(given, classes=classes, y=y, **params)[codes]


def recounted_class_weights(
    estimator: Any,
    y: np.ndarray,
    sample_weight: np.ndarray | None = None,
    new: np.ndarray | None = None,
) -> np.ndarray | None:
    """Compute the weights of all classes after a refit with new rows (L×k).

    None if the weights do not depend on the number of rows of each class.

    Parameters
    ----------
    estimator, y, sample_weight
        As for `class_weights`.
    new : ndarray of shape (L, k), default=None
        L ways to count the new rows of each class; None is one row of each class in turn (k×k).
    """
    inner = _innermost(estimator)
    if getattr(inner, "class_weight", None) != "balanced":
        return None
    classes, codes = np.unique(y, return_inverse=True)
    weighted = isinstance(inner, LogisticRegression) and _balances_weights()
    counts = np.bincount(codes, weights=sample_weight if weighted else None)
    after = counts + (np.eye(len(classes)) if new is None else new)
    return after.sum(axis=1, keepdims=True) / (len(classes) * after)


def _balances_weights():
    return "sample_weight" in signature(compute_class_weight).parameters


def _innermost(estimator):
    """The estimator that has the last layer."""
    while True:
        if isinstance(estimator, Pipeline):
            estimator = estimator.steps[-1][1]
        elif isinstance(estimator, BaseSearchCV):
            estimator = estimator.best_estimator_
        elif isinstance(estimator, CalibratedClassifierCV):
            estimator = estimator.calibrated_classifiers_[0].estimator
        else:
            return estimator
