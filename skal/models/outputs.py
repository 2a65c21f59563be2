"""Probabilities and decisions of any classifier, one column for every class that is known."""

from typing import Any

import numpy as np
from scipy.special import softmax
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC, NuSVC
from sklearn.utils.multiclass import _ovr_decision_function

from skal._columns import align
from skal._rows import n_rows, singles
from skal.models.kinds import wraps_net
from skal.models.maps import as_maps, as_rows, makes_maps
from skal.models.multinomial import multinomial_proba
from skal.models.probabilities import checked_decision, checked_proba, column_classes


def class_proba(estimator: Any, X: Any, classes: np.ndarray) -> np.ndarray:
    """P (n×k; of maps n×k×…) over `classes`: 0 where the estimator has not seen the class.

    `predict_proba` where there is one, which `multinomial_proba` computes faster where it can; else
    the softmax of the decision function.  (For two classes its order of margins is the order of
    |f|; for more it need not be.)
    """
    if hasattr(estimator, "predict_proba"):
        try:
            P = multinomial_proba(estimator, X)
            P = estimator.predict_proba(_readable(estimator, X)) if P is None else P
        except TypeError as error:
            if "BFloat16" not in str(error):
                raise
            raise TypeError(
                f"{type(estimator).__name__} gives bfloat16, a type that NumPy does not have: end "
                "the forward of its module with .float()."
            ) from error
        if makes_maps(estimator):
            positions = as_rows(P)
            checked_proba(estimator, positions, len(positions))
        else:
            P = checked_proba(estimator, P, n_rows(X))
    elif hasattr(estimator, "decision_function"):
        P = softmax(_decision_columns(estimator, X), axis=1)
    else:
        raise AttributeError(
            f"{type(estimator).__name__} has neither predict_proba nor decision_function, so there "
            "are no probabilities to look at. Give the learner a surrogate=, such as "
            "LogisticRegression(), to look at the pool through."
        )
    return align_proba(estimator, P, classes)


def class_decision(estimator: Any, X: Any, classes: np.ndarray) -> np.ndarray:
    """Decision values (n×k) over `classes`; of an unseen class the row's minimum − 1.

    Two classes have one decision value f, which stands as [−f/2, f/2].
    """
    F = _decision_columns(estimator, X)
    return align(F, column_classes(estimator, F), classes, F.min(axis=1, keepdims=True) - 1)


def class_prediction(estimator: Any, X: Any, classes: np.ndarray) -> np.ndarray:
    """What the estimator predicts, always one of `classes`."""
    y = estimator.predict(_readable(estimator, X))
    if y.ndim == 2 and y.shape[1] == 1:  # CatBoost's, of more than two classes
        y = y[:, 0]
    if y.dtype.kind in "iu" and not np.isin(y, classes).all():  # a spare output of a net
        return classes[class_proba(estimator, X, classes).argmax(axis=1)]
    return y


def align_proba(estimator: Any, P: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Probabilities of an estimator at the places of their classes; spare outputs are left out."""
    if P.ndim > 2 and makes_maps(estimator):
        return as_maps(align_proba(estimator, as_rows(P), classes), P)
    columns = column_classes(estimator, P)
    aligned = align(P, columns, classes, 0)
    if len(np.setdiff1d(columns, classes)):
        sums = aligned.sum(axis=1, keepdims=True)
        if not sums.all():
            raise ValueError(
                f"{type(estimator).__name__} gave {np.count_nonzero(sums == 0)} of {len(P)} rows "
                f"the probability 0 for every class known: all of it is on outputs beside "
                f"{classes.tolist()}."
            )
        aligned = aligned / sums
    return aligned


def align_log_proba(estimator: Any, log_P: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Logarithms of probabilities at the places of their classes."""
    columns = column_classes(estimator, log_P)
    if len(np.setdiff1d(columns, classes)):
        with np.errstate(divide="ignore"):
            return np.log(align_proba(estimator, np.exp(log_P), classes))
    return align(log_P, columns, classes, -np.inf)


def _decision_columns(estimator, X):
    """Decision values with one column a class."""
    F = estimator.decision_function(_readable(estimator, X))
    F = checked_decision(estimator, F, n_rows(X))
    if F.ndim == 1:
        return np.column_stack([-F / 2, F / 2])
    n_classes = len(estimator.classes_)
    if _votes_one_vs_one(estimator) and F.shape[1] == n_classes * (n_classes - 1) // 2:
        # a vote of the pair i < j is for i where it is positive
        return _ovr_decision_function(F < 0, -F, n_classes)
    return F


def _readable(estimator, X):
    """X as an estimator computes with it quickly: half precision only for nets."""
    return X if wraps_net(estimator) else singles(X)


def _votes_one_vs_one(estimator: Any) -> bool:
    """Whether decision columns are pairs of classes: those of an SVC with the shape "ovo"."""
    while True:
        if isinstance(estimator, Pipeline):
            estimator = estimator.steps[-1][1]
        elif hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        else:
            return isinstance(estimator, SVC | NuSVC) and estimator.decision_function_shape == "ovo"
