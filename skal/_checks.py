"""Validation of users' input, and its error messages."""

import contextlib
from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy import sparse
from sklearn import get_config
from sklearn.base import is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import assert_all_finite, get_tags

from skal._array import dtype_name, is_torch, to_numpy
from skal._rows import is_masked_dask

NO_LAST_LAYER = "a last layer, and that of {estimator} is not known: set surrogate={surrogate}"
# Check the task first: advice on probabilities is useless for a regressor.
HOW_TO_GIVE = {
    "classifier": "a classifier, and {estimator} is a regressor: choose a strategy for regression, "
    "such as Random()",
    "regressor": "a regressor, and {estimator} is a classifier: choose a strategy for "
    "classification, such as Margin()",
    "model": "a model, and there is none before the first labels: choose a strategy that needs "
    "no model, such as Random()",
    "modules": "a net under skorch whose modules have names, and {estimator} is not one: leave "
    "layers=None, for the last layer of any model",
    "last_layer": NO_LAST_LAYER,
    "features": NO_LAST_LAYER,
    "proba": "class probabilities, and {estimator} has neither predict_proba nor "
    "decision_function: wrap another classifier, or set surrogate={surrogate}",
    "draws": "several predictions of a model, and {estimator} has one: use a net with dropout, an "
    "ensemble such as a forest, or use QueryByCommittee(committee=10)",
    "std": "a standard deviation of each prediction, and {estimator} has none: use a regressor "
    "whose predict takes return_std (a Gaussian process, BayesianRidge) or an ensemble such as a "
    "forest, or use QueryByCommittee(committee=10)",
    "holdout": "a trusted holdout: pass X_val= and y_val= to fit, or set validation_fraction=",
    "holdout_rows": "a holdout whose predictions can be judged: pass X_val= to fit",
}
RETURNED_NONE = "returned None: is a return missing?"
HOW_TO_UNMASK = (
    "For a mask of the pool, return np.flatnonzero(mask); for a mask of the candidates, "
    "state.candidates[mask]."
)


def check_estimator_kind(estimator: Any, role: str = "estimator") -> bool:
    """Return whether an estimator is a classifier; raise an error if skal does not support it."""
    name = type(estimator).__name__
    if isinstance(estimator, type) or not hasattr(estimator, "fit"):
        raise TypeError(
            f"{role}={estimator!r} is not an estimator: pass an instance with a fit method, such "
            "as LogisticRegression()."
        )
    tags = get_tags(estimator)
    if tags.estimator_type not in ("classifier", "regressor"):
        raise TypeError(
            f"ActiveLearner supports classifiers and regressors, and {role}={estimator!r} is "
            f"{'a ' + tags.estimator_type if tags.estimator_type else 'neither'}."
        )
    values = estimator.get_params(deep=True).values() if hasattr(estimator, "get_params") else ()
    if any(isinstance(value, str) and value == "precomputed" for value in values):
        raise ValueError(
            f"{name} uses a precomputed kernel or distances, which are not supported: a pool has "
            "rows of features. Use the name of the kernel instead."
        )
    return tags.estimator_type == "classifier"


def check_strategy(
    strategy: Any,
    role: str,
    *,
    estimator: Any,
    classify: bool,
    has_holdout: bool,
    has_holdout_rows: bool,
    has_last_layer: bool,
    has_modules: bool,
) -> None:
    """Raise an error that says what a strategy lacks and how to provide it."""
    if isinstance(strategy, type) or not hasattr(strategy, "check"):
        raise TypeError(
            f"{role}={strategy!r} is not a strategy: pass an instance of a class in "
            "skal.strategies, such as Margin(), or of your own subclass of Strategy."
        )
    strategy.check()
    if not isinstance(strategy.needs, set | frozenset):
        raise TypeError(f"needs={strategy.needs!r} of {strategy!r} must be a set of strings.")
    has = {
        "model": role != "initial",
        "holdout": has_holdout,
        "holdout_rows": has_holdout_rows,
        "last_layer": has_last_layer,
        "modules": has_modules,
        "draws": role != "initial",  # known only after the fit
        "std": role != "initial",  # the same
        "features": has_last_layer or role == "initial",  # before there is a model, X itself
        "classifier": classify,
        "regressor": not classify,
        # check the class too, because some estimators have their methods only after the fit
        "proba": has_scores(estimator) or has_scores(type(estimator)),
    }
    if unknown := sorted(strategy.needs - has.keys()):
        raise ValueError(f"{strategy!r} needs {unknown}, which are unknown: use {sorted(has)}.")
    for need in HOW_TO_GIVE:
        if need in strategy.needs and not has[need]:
            raise ValueError(f"{role}={strategy!r} needs {_how_to_give(need, estimator)}.")


def has_scores(estimator: Any) -> bool:
    """Return whether an estimator, or its class, has probabilities or decision values."""
    return hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function")


def check_fitted(strategy: Any, model: Any, abilities: dict[str, Callable[[Any], bool]]) -> None:
    """Raise an error if a strategy needs something that a fitted model does not have."""
    for need, able in abilities.items():
        if need in strategy.needs and not able(model):
            raise ValueError(f"strategy={strategy!r} needs {_how_to_give(need, model)}.")


def _how_to_give(need: str, estimator: Any) -> str:
    """Return what is needed, with advice for this estimator (for a pipeline, its last step)."""
    surrogate = "LogisticRegression()" if is_classifier(estimator) else "Ridge()"
    if isinstance(estimator, Pipeline):
        estimator = estimator[-1]
        surrogate = f"make_pipeline(..., {surrogate}) (the same steps before it)"
    return HOW_TO_GIVE[need].format(estimator=type(estimator).__name__, surrogate=surrogate)


def check_picks(picks: Any, candidates: np.ndarray, n: int, strategy: Any) -> np.ndarray:
    """Validate the rows that a strategy selected: n different candidates."""
    expected = f"{strategy!r} must select {n} different positions out of state.candidates; it"
    if picks is None:
        raise ValueError(f"{expected} {RETURNED_NONE}")
    picks = np.asarray(picks)
    if picks.dtype.kind == "b":
        raise ValueError(f"{expected} returned a boolean mask. {HOW_TO_UNMASK}")
    if (
        picks.shape != (n,)
        or picks.dtype.kind not in "iu"
        or len(np.unique(picks)) < n
        or not np.isin(picks, candidates).all()
    ):
        raise ValueError(f"{expected} returned {picks!r}.")
    return picks


def check_count(value: object, name: str) -> None:
    """Raise an error unless the value is a whole number of at least 1."""
    if not isinstance(value, Integral) or isinstance(value, bool | np.bool_) or value < 1:
        raise ValueError(f"{name}={value!r} must be a whole number of at least 1.")


def check_fraction(value: float | None, name: str) -> None:
    """Raise an error unless the value is strictly between 0 and 1, or None."""
    if value is not None and not (isinstance(value, Real) and 0 < value < 1):
        raise ValueError(f"{name}={value!r} must be strictly between 0 and 1, or None.")


def check_rows(
    rows: Any, n: int, name: str = "rows", *, once: bool = True, hint: str = ""
) -> np.ndarray:
    """Return row numbers as int64, after a check; `hint` ends the error about unknown rows."""
    rows = np.atleast_1d(np.asarray(list(rows) if isinstance(rows, set) else rows))
    if rows.size == 0:
        return np.empty(0, dtype=np.int64)
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must be row numbers, counted from 0; got an array of type {rows.dtype} and "
            f"shape {rows.shape}. For a mask, pass np.flatnonzero(mask); for pandas labels, "
            "index.get_indexer(labels)."
        )
    wrong = rows[(rows < 0) | (rows >= n)]
    if len(wrong):
        there = f"X has the rows 0 to {n - 1}.{hint}"
        raise ValueError(f"{name} contains unknown row {wrong[0]}: {there}")
    unique, counts = np.unique(rows, return_counts=True)
    if once and len(unique) < len(rows):
        raise ValueError(f"{name} contains the row {unique[counts > 1][0]} twice.")
    return rows.astype(np.int64)


def check_same_length(n: int, m: int, what: str, other: str) -> None:
    """Raise an error if two arguments that belong together differ in length."""
    if n != m:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: {what} has {n}, "
            f"{other} has {m}."
        )


def check_container(X: Any, n: int) -> None:
    """Raise an error if X has no rows, or is a container that skal does not support."""
    if n == 0:
        raise ValueError(
            f"Found array with 0 sample(s) (shape={getattr(X, 'shape', (0,))}) while a minimum of "
            "1 is required by ActiveLearner."
        )
    if (
        type(X).__module__.startswith("dask")
        and hasattr(X, "npartitions")
        and hasattr(X, "columns")
    ):
        raise TypeError(
            "X is a dask data frame, which cannot be indexed by row number: pass X.compute(), or "
            "X.to_dask_array(lengths=True)."
        )
    foreign = hasattr(X, "__array_namespace__") or type(X).__module__.startswith("torch")
    if foreign and not isinstance(X, np.ndarray) and get_config()["array_api_dispatch"]:
        raise TypeError(
            "ActiveLearner does not support array-API inputs yet: turn array_api_dispatch off or "
            f"pass NumPy arrays; got {type(X).__name__}."
        )


def check_unmasked(X: Any) -> None:
    """Raise an error if an entry of X is masked, because estimators read the data under a mask."""
    if isinstance(X, dict):
        for value in X.values():
            check_unmasked(value)
    elif isinstance(X, np.ma.MaskedArray) and np.ma.is_masked(X):
        raise ValueError(
            f"X is a masked array with {np.ma.count_masked(X)} masked entries, and estimators "
            "would read the values under the mask: pass X.filled(np.nan) to an estimator that "
            "accepts NaN, or fill in values."
        )
    elif is_masked_dask(X):
        raise ValueError(
            "X is a dask array of masked arrays, and estimators would read the values under the "
            "masks: pass dask.array.ma.filled(X, numpy.nan), or fill in values."
        )


def check_finite(X: Any, estimator: Any) -> None:
    """Raise an error for NaN or infinity in X, also in unlabelled rows, unless supported."""
    first = _reads_first(estimator)
    if is_torch(X) and dtype_name(X) == "bfloat16" and type(first).__module__[:8] == "sklearn.":
        raise TypeError(
            f"X is a bfloat16 tensor, a type that NumPy does not have, and {type(first).__name__} "
            "requires NumPy arrays: pass X.float()."
        )
    if isinstance(first, ColumnTransformer | FeatureUnion):
        return
    tags = get_tags(first)
    if tags.no_validation or not tags.input_tags.two_d_array:
        return
    for part in _float_parts(X, objects=tags.estimator_type is not None):
        try:
            assert_all_finite(part, allow_nan=tags.input_tags.allow_nan, input_name="X")
        except ValueError as error:
            message = str(error).partition("\n")[0]
            raise ValueError(
                f"{message} {type(first).__name__} does not accept it, in unlabelled rows either: "
                "fill or drop it, or use a pipeline that imputes or an estimator that accepts NaN."
            ) from error


def _reads_first(estimator):
    """Return the estimator that receives X first: wrappers and pipelines pass it on."""
    while True:
        if isinstance(estimator, Pipeline):
            steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
            estimator = steps[0]
            continue
        inner = getattr(estimator, "estimator", getattr(estimator, "regressor", None))
        if not hasattr(inner, "fit"):
            return estimator
        estimator = inner


def _float_parts(X, *, objects):
    """Yield the floating-point arrays of X, including objects that are numbers."""
    if isinstance(X, dict):
        return [part for value in X.values() for part in _float_parts(value, objects=objects)]
    if is_torch(X) and X.is_floating_point():
        return [to_numpy(X)]
    if sparse.issparse(X):
        X = X.data
    columns: Iterable[np.ndarray]
    if isinstance(X, np.ndarray):
        columns = [X]
    elif hasattr(X, "columns") and hasattr(X, "dtypes"):  # pandas or polars
        columns = (np.asarray(X[name]) for name in X.columns)
    else:
        return []
    columns = (_as_floats(column) if objects else column for column in columns)
    return (column for column in columns if column.dtype.kind == "f")


def _as_floats(column):
    """Return objects as numbers."""
    if column.dtype.kind == "O":
        # strings may be categories; other objects that are not numbers are no features
        with contextlib.suppress(ValueError):
            return column.astype(float)
    return column
