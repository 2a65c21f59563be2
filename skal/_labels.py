"""Labels with missing values: NaN, None, pandas.NA or the user's own marker."""

import sys
from typing import Any

import numpy as np
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from skal._array import is_torch, to_numpy
from skal._words import MISSING_WORDS


def read_labels(
    y: Any, *, classify: bool, missing_label: Any = np.nan, name: str = "y"
) -> tuple[np.ndarray, np.ndarray]:
    """Return labels in their natural type, and which of them are known.

    Labels of a regression may have several columns; a column (n×1) is kept.

    Whole numbers as floats or objects among missing ones become integers, so that classes are 0 and
    1 instead of 0.0 and 1.0. Values at missing labels are undefined.
    """
    y = label_array(y, name)
    if y.ndim > 2 and classify:
        raise ValueError(
            f"{name} has shape {y.shape}, a label at every position of a row, and the estimator "
            "predicts one label per row: use a NeuralNetClassifier of skorch whose module returns "
            "the scores of each class on axis 1, as CrossEntropyLoss expects them."
        )
    if y.ndim != 1 and classify:
        if y.ndim == 2 and y.shape[1] > 1:
            raise ValueError(
                f"{name} should be a 1d array, got an array of shape {y.shape} instead: "
                "multi-label and multi-output classification are not supported."
            )
        y = column_or_1d(y, warn=True)
    missing = is_missing(y, missing_label, name)
    if missing.ndim == 2:
        if (missing.any(axis=1) != missing.all(axis=1)).any():
            row = int(np.flatnonzero(missing.any(axis=1) != missing.all(axis=1))[0])
            raise ValueError(
                f"Row {row} of {name} has some of its outputs missing: pass all of them, or none."
            )
        missing = np.logical_and.reduce(missing, axis=1)
    known = ~missing
    values = _class_labels(y[known], missing.any(), name) if classify else _numbers(y[known], name)
    if known.all():
        return values.copy(), known
    filled = np.zeros((len(y), *values.shape[1:]), dtype=values.dtype)
    filled[known] = values
    return filled, known


def label_array(y: Any, name: str = "y") -> np.ndarray:
    """Return y as a NumPy array."""
    if y is None:
        raise ValueError(
            f"ActiveLearner requires {name} to be passed, but the target {name} is None: "
            "pass one entry per row, NaN or None if the label is unknown."
        )
    if isinstance(y, set | frozenset):
        y = sorted(y)
    y = _as_array(y)
    if y.ndim == 0:
        raise ValueError(f"{name} should be a 1d array, got an array of shape () instead: {y!r}.")
    return y


def _as_array(y):
    """Return y as an array; nullable columns as objects: floats would round integers."""
    if isinstance(y, np.ma.MaskedArray):
        if not np.ma.is_masked(y):
            return y.data
        values = y.data.astype(object)
        values[np.ma.getmaskarray(y)] = None
        return values
    if is_torch(y):
        return to_numpy(y)
    library = type(y).__module__.partition(".")[0]
    if library == "polars" and hasattr(y, "null_count") and hasattr(y, "to_list"):
        return np.array(y.to_list(), dtype=object) if y.null_count() else y.to_numpy()
    if library == "pandas" and not isinstance(getattr(y, "dtype", np.dtype("O")), np.dtype):
        return np.asarray(y, dtype=object) if y.isna().any() else np.asarray(y)
    array = np.asarray(y)
    words = array.dtype.kind == "U" and array.ndim == 1 and isinstance(y, list | tuple)
    if words and not all(isinstance(label, str) for label in y):  # NaN became the string "nan"
        return np.array(y, dtype=object)
    return array


def is_missing(y: np.ndarray, missing_label: Any = np.nan, name: str = "y") -> np.ndarray:
    """Return where y contains NaN, None, pandas.NA or `missing_label`."""
    if np.ndim(missing_label) > 0:
        raise ValueError(f"missing_label={missing_label!r} must be a single value.")
    missing = is_null(y)
    if is_null(np.array([missing_label], dtype=object))[0]:
        if y.dtype.kind in "UO" and (words := MISSING_WORDS & set(y[~missing].tolist())):
            raise ValueError(
                f"{name} contains the string {min(words)!r}, which NumPy makes of missing labels "
                "among strings. Pass missing labels as None in an array of dtype object; or set "
                "missing_label= to your marker."
            )
        return missing
    if (y.dtype.kind in "US") == (not isinstance(missing_label, str)) and y.dtype.kind != "O":
        return missing  # a number is never equal to a string
    missing[~missing] = (y[~missing] == missing_label).astype(bool)
    return missing


def hidden_labels(y: np.ndarray, who: str) -> np.ndarray:
    """Return true labels; raise an error if one is missing, because only replays know them all.

    `who` uses them: the name of a strategy, or a parameter with its value.
    """
    missing = is_null(y)
    if missing.any():
        n = int(missing.reshape(len(y), -1).any(axis=1).sum())
        raise ValueError(
            f"{who} uses true labels before the rows are queried, and {n} of {len(y)} are not "
            "known: use it only in replays of known labels (replay_budget=)."
        )
    return y


def is_null(y: np.ndarray) -> np.ndarray:
    """Return where y contains NaN, None or pandas.NA."""
    if y.dtype.kind == "f":
        return np.isnan(y)
    if y.dtype.kind != "O":
        return np.zeros(y.shape, dtype=bool)
    if "pandas" in sys.modules:
        return np.asarray(sys.modules["pandas"].isna(y))
    return (y != y) | np.equal(y, np.array(None)).astype(bool)  # only NaN differs from itself


def _class_labels(values, some_missing, name):
    """Return class labels: strings, booleans, integers, or floats if the user chose them."""
    if values.dtype.kind == "O":
        types = set(map(type, values.tolist()))
        strings = {kind for kind in types if issubclass(kind, str)}
        if strings and strings != types:
            found = ", ".join(sorted(kind.__name__ for kind in types))
            raise ValueError(f"{name} mixes labels of different types ({found}): use one type.")
        if not strings:
            values, some_missing = np.array(values.tolist()), True
    if not len(values):
        return values
    check_classification_targets(values)
    if some_missing and values.dtype.kind == "f":  # check_… has rejected all except whole numbers
        values = values.astype(np.int64)
    return values


def _numbers(values, name):
    """Return the targets of a regression."""
    if values.dtype.kind != "f":
        try:
            values = values.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name} of a regression must be numbers: {error}.") from error
    assert_all_finite(values, input_name=name)
    return values


def join_types(old: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both sets of labels in one lossless type, or raise an error if there is none."""
    if old.dtype == new.dtype:
        return old, new
    if not len(new):
        return old, new.astype(old.dtype)
    if not len(old):
        return old.astype(new.dtype), new
    if "b" in old.dtype.kind + new.dtype.kind and np.isin(new, [0, 1]).all():
        return old, new.astype(old.dtype)
    if old.dtype.kind in "iu" and new.dtype.kind == "f" and (new == np.floor(new)).all():
        new = new.astype(np.int64)
    kinds = old.dtype.kind + new.dtype.kind
    if all(kind in "iuf" for kind in kinds) or all(kind in "UO" for kind in kinds):
        common = np.result_type(old.dtype, new.dtype)
        return old.astype(common), new.astype(common)
    raise ValueError(
        f"Labels known so far are like {old[:1].tolist()[0]!r}; new ones, such as "
        f"{new[:1].tolist()[0]!r}, must be of the same type."
    )
