"""Probabilities and decisions of any classifier, one column for every class that is known."""

from typing import Any

import numpy as np
from scipy.special import softmax
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC, NuSVC
from sklearn.utils.multiclass import _ovr_decision_function

from skal._array import Array
from skal._columns import align


def class_proba(estimator: Any, X: Any, classes: np.ndarray) -> np.ndarray:
    """P (n×k) over `classes`: 0 where the estimator has not seen the class.

    `predict_proba` where there is one, else the softmax of the decision function.  (For two
    classes its order of margins is the order of |f|; for more it need not be.)
    """
    if hasattr(estimator, "predict_proba"):
        P = align_proba(estimator, estimator.predict_proba(X), classes)
    elif hasattr(estimator, "decision_function"):
        F = _decision_columns(estimator, X)
        P = align_proba(estimator, softmax(F, axis=1), classes)
    else:
        raise AttributeError(
            f"{type(estimator).__name__} has neither predict_proba nor decision_function, so there "
            "are no probabilities to look at. Give the learner a surrogate=, such as "
            "LogisticRegression(), to look at the pool through."
        )
    wrong = np.count_nonzero((np.isnan(P) | (P < 0)).any(axis=1))
    if wrong:
        hint = (
            " A net that ends in a log-softmax wants criterion=CrossEntropyLoss: skorch takes what "
            "goes into NLLLoss for probabilities."
        )
        raise ValueError(
            f"{type(estimator).__name__} gave {wrong} of {len(P)} rows probabilities that are NaN "
            f"or negative: look at those rows, or at how it was fitted.{hint * is_net(estimator)}"
        )
    return P


def class_decision(estimator: Any, X: Any, classes: np.ndarray) -> np.ndarray:
    """Decision values (n×k) over `classes`; of an unseen class the row's minimum − 1.

    Two classes have one decision value f, which stands as [−f/2, f/2].
    """
    F = _decision_columns(estimator, X)
    return align(F, column_classes(estimator, F), classes, F.min(axis=1, keepdims=True) - 1)


def class_prediction(estimator: Any, X: Any, classes: np.ndarray) -> np.ndarray:
    """What the estimator predicts, always one of `classes`."""
    y = estimator.predict(X)
    if y.ndim == 2 and y.shape[1] == 1:  # CatBoost's, of more than two classes
        y = y[:, 0]
    if y.dtype.kind in "iu" and not np.isin(y, classes).all():  # a spare output of a net
        return classes[class_proba(estimator, X, classes).argmax(axis=1)]
    return y


def is_net(estimator: Any) -> bool:
    """Whether this is a net under skorch."""
    return any(kind.__module__.startswith("skorch.") for kind in type(estimator).__mro__)


def wraps_net(estimator: Any) -> bool:
    """Whether this is a net under skorch, or a pipeline or a search around one."""
    while not is_net(estimator):
        if isinstance(estimator, Pipeline):
            estimator = estimator.steps[-1][1]
        elif isinstance(estimator, BaseSearchCV):
            estimator = estimator.estimator
        else:
            return False
    return True


def align_proba(estimator: Any, P: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Probabilities of an estimator at the places of their classes; spare outputs are left out."""
    columns = column_classes(estimator, P)
    aligned = align(P, columns, classes, 0)
    if len(np.setdiff1d(columns, classes)):
        aligned = aligned / aligned.sum(axis=1, keepdims=True)
    return aligned


def align_log_proba(estimator: Any, log_P: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Logarithms of probabilities at the places of their classes."""
    columns = column_classes(estimator, log_P)
    if len(np.setdiff1d(columns, classes)):
        with np.errstate(divide="ignore"):
            return np.log(align_proba(estimator, np.exp(log_P), classes))
    return align(log_P, columns, classes, -np.inf)


def column_classes(estimator: Any, values: Array) -> np.ndarray:
    """The class that each column stands for.

    A net may have more outputs than classes were seen: output j then is class j.
    """
    seen, width = np.asarray(estimator.classes_), values.shape[1]
    if width == len(seen):
        return seen
    if width > len(seen) and seen.dtype.kind in "iu" and seen.min() >= 0 and seen.max() < width:
        return np.arange(width)
    raise ValueError(
        f"{type(estimator).__name__} gave {width} columns for its {len(seen)} classes "
        f"{seen.tolist()}: give it as many outputs as classes, with the labels 0, 1, …; or for an "
        'SVM decision_function_shape="ovr".'
    )


def _decision_columns(estimator, X):
    """Decision values with one column a class."""
    F = np.asarray(estimator.decision_function(X))
    if F.ndim == 1:
        return np.column_stack([-F / 2, F / 2])
    n_classes = len(estimator.classes_)
    if _votes_one_vs_one(estimator) and F.shape[1] == n_classes * (n_classes - 1) // 2:
        # a vote of the pair i < j is for i where it is positive
        return _ovr_decision_function(F < 0, -F, n_classes)
    return F


def _votes_one_vs_one(estimator: Any) -> bool:
    """Whether decision columns are pairs of classes: those of an SVC with the shape "ovo"."""
    while True:
        if isinstance(estimator, Pipeline):
            estimator = estimator.steps[-1][1]
        elif hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        else:
            return isinstance(estimator, SVC | NuSVC) and estimator.decision_function_shape == "ovo"
