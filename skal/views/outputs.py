"""Probabilities and decisions of any classifier, one column for every class that is known."""

import numpy as np
from scipy.special import softmax
from sklearn.utils.multiclass import _ovr_decision_function


def class_proba(estimator, X, classes) -> np.ndarray:
    """P (n×k) over `classes`: 0 where the estimator has not seen the class.

    `predict_proba` where there is one, else the softmax of the decision function.  (For two
    classes its order of margins is the order of |f|; for more it need not be.)
    """
    if hasattr(estimator, "predict_proba"):
        P = estimator.predict_proba(X)
    elif hasattr(estimator, "decision_function"):
        P = softmax(_seen_decision(estimator, X), axis=1)
    else:
        raise AttributeError(
            f"{type(estimator).__name__} has neither predict_proba nor decision_function, so there "
            "are no probabilities to look at. Give the learner a surrogate=, such as "
            "LogisticRegression(), to look at the pool through."
        )
    return pad_classes(P, estimator.classes_, classes, 0)


def class_decision(estimator, X, classes) -> np.ndarray:
    """Decision values (n×k) over `classes`; of an unseen class the row's minimum − 1.

    Two classes have one decision value f, which stands as [−f/2, f/2].
    """
    F = _seen_decision(estimator, X)
    return pad_classes(F, estimator.classes_, classes, F.min(axis=1, keepdims=True) - 1)


def pad_classes(columns, seen, classes, fill) -> np.ndarray:
    """Columns of the classes an estimator has seen, at their place among all `classes`."""
    if len(seen) == len(classes):
        return columns
    padded = np.empty((len(columns), len(classes)), dtype=columns.dtype)
    padded[:] = fill
    padded[:, np.searchsorted(classes, seen)] = columns
    return padded


def _seen_decision(estimator, X):
    """Decision values with one column a class, for the classes that the estimator has seen."""
    F = np.asarray(estimator.decision_function(X))
    if F.ndim == 1:
        return np.column_stack([-F / 2, F / 2])
    if _votes_one_vs_one(estimator):
        # a vote of the pair i < j is for i where it is positive
        return _ovr_decision_function(F < 0, -F, len(estimator.classes_))
    return F


def _votes_one_vs_one(estimator) -> bool:
    """Whether decision columns are pairs of classes (an SVC with shape "ovo")."""
    return any(
        value == "ovo"
        for name, value in estimator.get_params(deep=True).items()
        if name.rpartition("__")[2] == "decision_function_shape"
    )
