"""Fitting one estimator on few labels."""

import copy
from typing import Any

import numpy as np
from sklearn.ensemble import (
    BaseEnsemble,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.model_selection import KFold

from skal._maps import seen_classes
from skal._seeds import seeded_clone, torch_seeded
from skal.models import is_net, make_maps, take_any_labels

ADD_MEMBERS = (BaseEnsemble, HistGradientBoostingClassifier, HistGradientBoostingRegressor)

# Words in the errors of estimators that split the labels and have too few of them.
SPLIT_WORDS = ("fold", "split", "members", "least populated", "test_size", "train set", "examples")


def fit_clone(
    estimator: Any,
    X: Any,
    y: np.ndarray,
    params: dict[str, Any],
    seed: int,
    *,
    classify: bool,
    before: Any = None,
) -> Any:
    """Fit a clone of the estimator; the result is the same for the same data and seed.

    With `warm_start`, continue the training of a copy of the model `before` instead, if its classes
    are the same.
    """
    if any(kind.__name__ == "NeuralNetBinaryClassifier" for kind in type(estimator).__mro__):
        y = y.astype(np.float32)  # the type that its loss requires
    if before is not None and _goes_on(estimator, before) and _same_classes(before, y, classify):
        model = copy.deepcopy(before)
    else:
        model = seeded_clone(estimator, seed)
        take_any_labels(model)
        if classify and y.ndim > 2:
            make_maps(model)
    with torch_seeded(seed):
        try:
            return model.fit(X, y, **params)
        except ValueError as error:
            about_a_split = any(word in str(error) for word in SPLIT_WORDS)
            if about_a_split and (reason := _wants_more_labels(model, y, classify)):
                raise ValueError(
                    f"{type(model).__name__} could not be fitted on the {len(y)} labels known so "
                    f"far: {reason} Start with more labels, or a larger initial_size=. ({error})"
                ) from error
            raise


def _goes_on(estimator: Any, before: Any) -> bool:
    """Return whether the estimator, or a part of it, continues its training with `warm_start`.

    Ensembles do not: with `warm_start` they keep their members and add none.  Nor does an estimator
    whose parameters have changed.
    """
    parts = [estimator, *estimator.get_params(deep=True).values()]
    if not any(
        getattr(part, "warm_start", False) and not isinstance(part, ADD_MEMBERS)
        for part in parts
        if hasattr(part, "get_params")
    ):
        return False
    return isinstance(before, type(estimator)) and _plain_params(estimator) == _plain_params(before)


def _plain_params(estimator: Any) -> dict[str, Any]:
    """Return the parameters that can be compared, except seeds."""
    return {
        name: value
        for name, value in estimator.get_params(deep=True).items()
        if isinstance(value, int | float | str) and not name.endswith("random_state")
    }


def _same_classes(model: Any, y: np.ndarray, classify: bool) -> bool:
    """Return whether the model's classes are those of y; the outputs of a net may be more."""
    if not classify:
        return True
    seen, classes = np.asarray(model.classes_), seen_classes(y)
    if is_net(model):
        return bool(np.isin(classes, seen).all())
    return np.array_equal(classes, seen)


def resample(y: np.ndarray, rng: np.random.Generator, *, classify: bool) -> np.ndarray:
    """Return positions drawn with replacement, as many as y has; every class occurs.

    For maps, positions are drawn regardless of classes, because each map may contain many.
    """
    rows = rng.integers(len(y), size=len(y))
    if not classify or y.ndim > 2:
        return rows
    order = rng.permutation(len(y))
    one_each = order[np.unique(y[order], return_index=True)[1]]
    return np.concatenate([one_each, rows[len(one_each) :]])


def _wants_more_labels(estimator: Any, y: np.ndarray, classify: bool) -> str | None:
    """Return which inner split has too few labels, and how many it requires."""
    by_class = classify and y.ndim == 1
    counts = np.unique(y, return_counts=True)[1] if by_class else np.array([len(y)])
    fewest, unit = counts.min(), "labels of every class" if by_class else "labels"
    parts = {"": estimator}
    for name, value in estimator.get_params(deep=True).items():
        if hasattr(value, "get_params"):
            parts[name] = value
    for path, part in parts.items():
        name = type(part).__name__ + (f" ({path})" if path else "")
        params = part.get_params(deep=False)
        for key in ("cv", "train_split"):
            folds = _n_folds(params[key]) if key in params else 0
            plain = isinstance(params.get(key), KFold)  # counts rows, regardless of their class
            n, of = (len(y), "labels") if plain else (fewest, unit)
            if n < folds:
                return (
                    f"the {key} of {name} splits them {folds} ways and requires at least {folds} "
                    f"{of}; now the smallest number is {n}."
                )
        share = params.get("validation_fraction")
        early = params.get("early_stopping", params.get("n_iter_no_change") is not None) is True
        if share and early and share * len(y) < len(counts):
            return (
                f"the early stopping of {name} sets {share:.0%} of them aside and requires at "
                f"least {int(np.ceil(len(counts) / share))} labels."
            )
    return None


def _n_folds(cv: Any) -> int:
    """Return the number of folds of a `cv`; 0 if it is not a number."""
    if cv is None:
        return 5  # scikit-learn's default
    if hasattr(cv, "test_size"):  # draws test sets of any size
        return 0
    folds = getattr(cv, "n_splits", getattr(cv, "cv", cv))  # a splitter, or skorch's ValidSplit
    return int(folds) if isinstance(folds, int | np.integer) else 0
