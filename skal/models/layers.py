"""The last layer of a model: what its final linear map sees, and that map."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy import sparse

from skal._array import Array, concatenate_rows


def _knows_ridge(kind):
    """A class whose constructor says what became of `penalty`."""
    construct = kind.__init__

    @wraps(construct)
    def __init__(self, *args, **kwargs):
        if "penalty" in kwargs:
            raise TypeError("LastLayer has no penalty=: the curvature is called ridge=")
        construct(self, *args, **kwargs)

    kind.__init__ = __init__
    return kind


@_knows_ridge
@dataclass(frozen=True)
class LastLayer:
    """What the final linear map of a model sees of some rows, and that map.

    Attributes
    ----------
    features : array of shape (n, d)
        What the final linear map sees, without the constant 1.
    weights : array of shape (d, k) or (d + 1, k)
        Θ: one column a class or output, the intercept's row last if there is one.  Two classes
        have one vector w, which stands as [−w/2, w/2].
    intercept : bool
        Whether the map has an intercept.
    ridge : array of shape (d,) or (d + 1,), or None
        The curvature that the training objective adds for each row of Θ, on contrasts of classes
        (an orthonormal basis of the vectors that sum to 0); 0 where a row is free.  The objective
        is the sum of log losses, or of half squared errors, over the training rows, each times its
        sample weight.  None where it is another one (class weights multiply the losses), is not
        smooth, or was not minimised.
    proba : array of shape (n, k) or None
        Class probabilities, a column for each of `classes`; None for a regression.
    prediction : array of shape (n, k) or None
        Predicted numbers, a column an output; None for a classification.
    classes : array of shape (k,) or None
        The classes that the model has seen; None for a regression.
    """

    features: Any
    weights: Any
    intercept: bool
    ridge: Any = None
    proba: Any = None
    prediction: Any = None
    classes: Any = None

    @property
    def penalty(self) -> Any:
        """The old name of `ridge`."""
        warnings.warn(
            "LastLayer.penalty is called ridge now: read layer.ridge.",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.ridge

    @property
    def task(self) -> str:
        """ "classification" or "regression"."""
        return "regression" if self.classes is None else "classification"

    @property
    def decision(self) -> Array:
        """features · weights (+ intercept)."""
        d = self.features.shape[1]
        return self.features @ self.weights[:d] + (self.weights[d] if self.intercept else 0)

    def part(self, positions: Any) -> "LastLayer":
        """The layer on some of its rows."""
        parts: dict[str, Any] = {
            name: None if (values := getattr(self, name)) is None else values[positions]
            for name in BY_ROW
        }
        return replace(self, **parts)


BY_ROW = ("features", "proba", "prediction")


def join_layers(layers: list[LastLayer]) -> LastLayer:
    """One layer of blocks of rows."""
    parts: dict[str, Any] = {}
    for name in BY_ROW:
        values = [getattr(layer, name) for layer in layers]
        parts[name] = None if values[0] is None else concatenate_rows(values)
    return replace(layers[0], **parts)


def as_features(X: Any) -> Array:
    """Rows of numbers as an array; sparse ones stay sparse."""
    if sparse.issparse(X):
        return X if X.dtype.kind == "f" else X.astype(np.float64)
    if type(X).__module__.startswith("torch"):
        X = X if X.is_floating_point() else X.float()
        return X if X.ndim == 2 else X.reshape(len(X), -1)
    try:
        features = X if isinstance(X, np.ndarray) else np.asarray(X)
        features = features if features.dtype.kind == "f" else features.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Rows of X are no numbers to measure distances by ({error}): choose a strategy that "
            "needs no features, such as Random(), until there is a model."
        ) from error
    return features if features.ndim == 2 else features.reshape(len(features), -1)


Reader = Callable[[Any, Any], LastLayer]  # (fitted estimator, X)
Inside = Callable[[Any], Any]  # an unfitted estimator ↦ the one that it wraps


class _Entry(NamedTuple):
    read: Reader
    inside: Inside | None


_ENTRIES: dict[str, _Entry] = {}  # by full name of a type, so that nothing is imported for it


def register(*types: type | str, inside: Inside | None = None) -> Callable[[Reader], Reader]:
    """Say how to read the last layer of these types (or full names of types).

    `inside` says which estimator such a one wraps, where it does.
    """

    def add(reader):
        for kind in types:
            _ENTRIES[kind if isinstance(kind, str) else _name(kind)] = _Entry(reader, inside)
        return reader

    return add


def knows(estimator: Any) -> bool:
    """Whether an estimator, and whatever it wraps, is known; fitted or not."""
    entry = _entry(estimator)
    if entry is None or entry.inside is None:
        return entry is not None
    inner = entry.inside(estimator)
    return inner is None or knows(inner)


class LastLayerFunction(Protocol):
    """The function `last_layer`, which others add types to."""

    register: Callable[..., Callable[[Reader], Reader]]
    knows: Callable[[Any], bool]

    def __call__(self, estimator: Any, X: Any) -> LastLayer:
        """Read the last layer of a fitted model on the rows X."""


def _with_register(function: Any) -> LastLayerFunction:
    function.register, function.knows = register, knows
    return function


@_with_register
def last_layer(estimator: Any, X: Any) -> LastLayer:
    """The last layer of a fitted model on the rows X.

    Known are linear and logistic models, ridge, stochastic gradients, discriminants, SVMs,
    perceptrons, skorch nets, and pipelines, searches, calibration, transformed targets and
    one-vs-rest around them.  ``@last_layer.register(Type)`` adds a type: a function
    ``(estimator, X) -> LastLayer``; the type may be given by its full name.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier or regressor.
    X : what the estimator predicts on
        Rows.

    Returns
    -------
    layer : LastLayer
        Features of the rows, the weights that they are multiplied with, and what comes out.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neural_network import MLPClassifier
    >>> from skal.models import last_layer
    >>> X, y = load_iris(return_X_y=True)
    >>> net = MLPClassifier((20, 8), max_iter=2000, random_state=0).fit(X, y)
    >>> layer = last_layer(net, X)
    >>> layer.features.shape, layer.weights.shape
    ((150, 8), (9, 3))
    """
    if entry := _entry(estimator):
        return entry.read(estimator, X)
    raise TypeError(
        f"The last layer of {type(estimator).__name__} is not known: it has none (a forest, "
        "boosting, nearest neighbours), or nobody said where it is. Set surrogate=, such as "
        "LogisticRegression() or Ridge(), to look at the pool through; or register a function "
        "(estimator, X) -> LastLayer with @last_layer.register."
    )


def _entry(estimator):
    names = map(_name, type(estimator).__mro__)
    return next((_ENTRIES[name] for name in names if name in _ENTRIES), None)


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def stack(coef: np.ndarray, intercept: Any, has_intercept: bool) -> np.ndarray:
    """Θ from scikit-learn's coef_ (k×d, or d) and intercept_ (k, or one number)."""
    coef = np.atleast_2d(coef)
    if not has_intercept:
        return coef.T
    return np.vstack([coef.T, np.broadcast_to(intercept, len(coef))])


def two_columns(weights: np.ndarray) -> np.ndarray:
    """[−w/2, w/2] for the single column of two classes."""
    return np.hstack([-weights / 2, weights / 2]) if weights.shape[1] == 1 else weights
