"""Classifiers that take no labels but 0, 1, …, k − 1, for labels of any kind."""

from collections.abc import Iterator
from functools import cache, wraps
from typing import Any

import numpy as np

TAKE_CODES = {"xgboost.sklearn.XGBClassifier"}  # by full name, so that nothing is imported for it


def take_any_labels(estimator: Any) -> None:
    """Let an estimator, and whatever it holds, be fitted on any labels.  It is changed in place.

    Each classifier inside that takes codes only turns into one that encodes its labels in `fit`
    and decodes its predictions.  So a pipeline, a search or a calibration around it sees labels,
    and a fold or a resample that lacks a class is no error.
    """
    for part in _parts(estimator):
        base: Any = type(part)
        names = {f"{kind.__module__}.{kind.__qualname__}" for kind in base.__mro__}
        if names & TAKE_CODES and not hasattr(base, "takes_any_labels"):
            # The class alone changes: parameters, metadata requests and callbacks stay.
            part.__class__ = with_coded_labels(base)


@cache
def with_coded_labels(base: Any) -> type:
    """The subclass of a classifier that encodes and decodes labels; it goes by the same name."""

    @wraps(base.fit)  # the signature says which metadata there is
    def fit(self, X, y, *args, **params):
        self.__dict__.pop("labels_", None)  # `classes_` are codes while it is fitted
        labels, codes = np.unique(y, return_inverse=True)
        if params.get("eval_set"):
            params["eval_set"] = [
                (X_eval, _codes(y_eval, labels)) for X_eval, y_eval in params["eval_set"]
            ]
        if len(labels) == 2 and str(self.objective).startswith("multi:"):
            # XGBoost turns a binary objective into one of more classes by itself, but not back.
            self.objective = "binary:logistic"
            getattr(self, "kwargs", {}).pop("num_class", None)
        base.fit(self, X, codes, *args, **params)
        self.labels_ = labels
        return self

    @wraps(base.predict)
    def predict(self, X, *args, **params):
        predicted = base.predict(self, X, *args, **params)
        # decision values, where they are asked for by `output_margin`, are no codes
        return self.labels_[predicted] if predicted.dtype.kind in "iu" else predicted

    def classes_(self):
        return self.labels_ if "labels_" in self.__dict__ else base.classes_.__get__(self)

    def __reduce__(self):
        return _restored, (base,), self.__getstate__()

    members = {
        "fit": fit,
        "predict": predict,
        "classes_": property(classes_),
        "takes_any_labels": True,
        "__reduce__": __reduce__,
        "__doc__": base.__doc__,
        "__module__": __name__,
    }
    return type(base.__name__, (base,), members)


def _codes(y: Any, labels: np.ndarray) -> np.ndarray:
    """Places of the labels of an evaluation set among those that a model is fitted on."""
    y = np.asarray(y)
    unknown = np.setdiff1d(y, labels)
    if len(unknown):
        raise ValueError(
            f"eval_set holds the label {unknown.tolist()[0]!r}, and the labels known so far are "
            f"{labels.tolist()}: evaluate on rows of these classes, or label a row of every class "
            "first."
        )
    return np.searchsorted(labels, y)


def _parts(value: Any) -> Iterator[Any]:
    """All estimators in a value: itself, its parameters, members of lists and of grids."""
    if hasattr(value, "get_params") and not isinstance(value, type):
        yield value
        value = value.get_params(deep=False)
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return
    for part in value:
        yield from _parts(part)


def _restored(base: Any) -> Any:
    """An empty estimator, for pickle to fill."""
    return base.__new__(with_coded_labels(base))


def __getattr__(name: str) -> type:
    """The classes by their names, for files that name a class by its module."""
    if name in ("XGBClassifier", "XGBRFClassifier"):
        import xgboost

        return with_coded_labels(getattr(xgboost, name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
