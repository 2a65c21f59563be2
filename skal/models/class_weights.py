"""What class weights make of the rows that a model was fitted on."""

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
    """What the loss of each row is multiplied by for its class; None where all count alike.

    Parameters
    ----------
    estimator : estimator
        A fitted one, or a pipeline, a search or a calibration around it.
    y : ndarray of shape (n,)
        The labels that it was fitted on.
    sample_weight : ndarray of shape (n,), default=None
        The weights that it was fitted with: logistic regression balances these.
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
    estimator: Any, y: np.ndarray, sample_weight: np.ndarray | None = None
) -> np.ndarray | None:
    """The weights of classes (k) once a row of each class has joined (k×k, that class's row).

    None where they do not depend on how many rows of each class there are.

    Parameters
    ----------
    estimator : estimator
        A fitted one, or a pipeline, a search or a calibration around it.
    y : ndarray of shape (n,)
        The labels that it was fitted on.
    sample_weight : ndarray of shape (n,), default=None
        The weights that it was fitted with.
    """
    inner = _innermost(estimator)
    if getattr(inner, "class_weight", None) != "balanced":
        return None
    classes, codes = np.unique(y, return_inverse=True)
    weighted = isinstance(inner, LogisticRegression) and _balances_weights()
    counts = np.bincount(codes, weights=sample_weight if weighted else None)
    after = counts + np.eye(len(classes))
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
