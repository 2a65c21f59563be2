"""What an estimator gives for probabilities and decision values, checked: an error names it."""

from typing import Any

import numpy as np

from skal._array import Array, is_sparse, is_torch, to_numpy
from skal.models.kinds import is_net

# How far a row's probabilities may sum from 1: bfloat16, the coarsest type, rounds by 1 / 256.
TOLERANCE = 0.01
LOOK = "Look at those rows, or at how it was fitted."
LOG_SOFTMAX = (
    " A net that ends in a log-softmax wants criterion=CrossEntropyLoss: skorch takes what goes "
    "into NLLLoss for probabilities."
)


def checked_proba(estimator: Any, P: Any, n: int) -> np.ndarray:
    """P (n × columns) in float32 or float64; an error unless each row is a distribution."""
    P = _floats(estimator, P, n, "predict_proba")
    column_classes(estimator, P)
    if P.size and P.min() >= 0 and _sum_to_one(P).all():
        return P
    sums = P.sum(axis=1)
    for wrong, what in (
        (~np.isfinite(P).all(axis=1), "are NaN or infinite"),
        ((P < 0).any(axis=1), "are negative"),
        (~(np.abs(sums - 1) <= TOLERANCE), "do not sum to 1"),
    ):
        if wrong.any():
            row = np.flatnonzero(wrong)[0]
            hint = LOG_SOFTMAX * (what == "are negative" and is_net(estimator))
            raise ValueError(
                f"{type(estimator).__name__} gave {np.count_nonzero(wrong)} of {n} rows "
                f"probabilities that {what}, such as {_shown(P[row])}. {LOOK}{hint}"
            )
    return P


def _sum_to_one(P):
    """Whether each row sums to 1: a product is faster than a sum over the few numbers of a row."""
    with np.errstate(invalid="ignore", over="ignore"):  # of infinities
        return np.abs(P @ np.ones(P.shape[1], P.dtype) - 1) <= TOLERANCE


def checked_decision(estimator: Any, F: Any, n: int) -> np.ndarray:
    """Decision values (n, or n × columns); an error where they are not that, NaN or infinite."""
    F = _floats(estimator, F, n, "decision_function")
    if F.ndim > 2:
        raise _shape_error(estimator, F.shape, n, "decision_function")
    wrong = ~(np.inf > F)  # −inf is a class that is impossible
    wrong = wrong.any(axis=1) if F.ndim == 2 else wrong
    if wrong.any():
        raise ValueError(
            f"{type(estimator).__name__} gave {np.count_nonzero(wrong)} of {n} rows decision "
            f"values that are NaN or infinite, such as {_shown(np.ravel(F[wrong][0]))}. {LOOK}"
        )
    return F


def column_classes(estimator: Any, values: Array) -> np.ndarray:
    """The class that each column stands for.

    A net may have more outputs than classes were seen: output j then is class j.
    """
    seen, shape = np.asarray(estimator.classes_), np.shape(values)
    if len(shape) != 2:
        raise ValueError(
            f"{type(estimator).__name__} gave an array of shape {shape} for its {len(seen)} "
            "classes: expected a row for each row of X, and a column a class."
        )
    width = shape[1]
    if width == len(seen):
        return seen
    if width > len(seen) and seen.dtype.kind in "iu" and seen.min() >= 0 and seen.max() < width:
        return np.arange(width)
    raise ValueError(
        f"{type(estimator).__name__} gave {width} columns for its {len(seen)} classes "
        f"{seen.tolist()}: give it as many outputs as classes, with the labels 0, 1, …; or for an "
        'SVM decision_function_shape="ovr".'
    )


def _floats(estimator, values, n, method):
    """An array of floats with n rows, from whatever the method returned."""
    name = type(estimator).__name__
    if values is None:
        raise ValueError(f"{method} of {name} returned None: is a return missing?")
    if is_sparse(values):
        values = values.toarray()
    try:
        if isinstance(values, np.ma.MaskedArray):
            values = np.ma.filled(values.astype(np.float64), np.nan)
        values = to_numpy(values) if is_torch(values) else np.asarray(values)
        if values.dtype.kind in "USc":
            what = "complex" if values.dtype.kind == "c" else "words"
            raise TypeError(f"these are {what}")
        if values.dtype not in (np.float32, np.float64):
            values = values.astype(np.float32 if values.dtype == np.float16 else np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{method} of {name} must return numbers: {error}.") from error
    if values.ndim == 0 or len(values) != n:
        raise _shape_error(estimator, values.shape, n, method)
    return values


def _shape_error(estimator, shape, n, method):
    return ValueError(
        f"{method} of {type(estimator).__name__} returned an array of shape {shape} for {n} rows: "
        f"expected {n} rows, and a column for each of its classes."
    )


def _shown(row):
    """The first numbers of a row."""
    numbers = ", ".join(f"{value:.3g}" for value in row[:4])
    return f"[{numbers}{', …' * (len(row) > 4)}]"
