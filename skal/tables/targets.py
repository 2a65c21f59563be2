"""Detection of the task from the labels: classification or regression."""

import warnings
from typing import Any

import numpy as np
from sklearn.utils.multiclass import type_of_target

from skal._labels import is_missing, label_array

MANY = 20  # number of whole numbers, most of them unique, above which y is hardly classes


def task_of(known: np.ndarray) -> str:
    """Return "regression" for fractions, "unclear" for many mostly unique whole numbers.

    Otherwise return "classification".
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        kind = type_of_target(known)
    if kind == "continuous":
        return "regression"
    if np.asarray(known).dtype.kind in "iuf":
        _, times = np.unique(known, return_counts=True)
        if len(times) > MANY and (times == 1).mean() > 0.5:
            return "unclear"
    return "classification"


def known_labels(y: Any, missing_label: Any = np.nan) -> np.ndarray:
    """Return the labels of y that are not missing, as numbers if they are numeric."""
    y = label_array(y)
    known = y[~is_missing(y, missing_label)]
    return np.array(known.tolist()) if known.dtype.kind == "O" else known


def asked_of(y: Any, missing_label: Any = np.nan) -> str:
    """Return the task, "classification" or "regression"; raise an error if it is unclear."""
    known = known_labels(y, missing_label)
    if not len(known):
        raise ValueError(
            "y has no label yet, so the task is unknown: pass an estimator, such as "
            "LogisticRegression() or Ridge()."
        )
    task = task_of(known)
    if task == "unclear":
        raise ValueError(
            f"y has {len(np.unique(known))} different whole numbers, most of them only once: pass "
            "an estimator, Ridge() if they are numbers, LogisticRegression() if they are classes."
        )
    return task
