"""The last layer of a model: what its final linear map sees, and that map."""

import warnings
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

import numpy as np
from scipy import sparse

from skal._array import (
    Array,
    as_computable,
    concatenate_rows,
    dtype_name,
    is_sparse,
    is_torch,
    largest_size,
    namespace,
    short_indices,
    to_numpy,
)


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

    Parameters
    ----------
    features : array of shape (n, d)
        What the final linear map sees, without the constant 1; NumPy's, torch's, or a sparse
        matrix, as the model had it.
    weights : array of shape (d, k) or (d + 1, k)
        Θ: one column a class or output, the intercept's row last if there is one.  Two classes
        have one vector w, which stands as [−w/2, w/2].
    intercept : bool
        Whether the map has an intercept.
    ridge : array of shape (d,) or (d + 1,), default=None
        The curvature that the training objective adds for each row of Θ, on contrasts of classes
        (an orthonormal basis of the vectors that sum to 0); 0 where a row is free.  The objective
        is the sum of log losses, or of half squared errors, over the training rows, each times its
        sample weight and its class weight.  None where it is another one, is not smooth, or was
        not minimised.
    proba : array of shape (n, k), default=None
        Class probabilities, a column for each of `classes`; None for a regression.
    prediction : array of shape (n, k), default=None
        Predicted numbers, a column an output; None for a classification.
    classes : ndarray of shape (k,), default=None
        The classes that the model has seen; None for a regression.
    offsets : array of shape (k,), default=None
        What the intercepts have that training did not give them, such as −log π of priors that are
        divided out: losses are those of the decision values without it.  None is nothing.
    recounted : array of shape (k, k), default=None
        What a refit with one more row of a class adds to the offsets, such as those of priors that
        are counted in y: a row for each class of the new row.  None is nothing.

    Attributes
    ----------
    task : str
        "classification" or "regression".
    decision : array of shape (n, k)
        Decision values: features · weights, plus the intercepts.
    fitted_decision : array of shape (n, k)
        Those of the training objective: without the offsets.

    See Also
    --------
    last_layer : Reads it from a fitted model.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.models import LastLayer
    >>> layer = LastLayer(np.eye(2), np.array([[3.0], [4.0], [0.5]]), intercept=True)
    >>> layer.task
    'regression'
    >>> layer.decision
    array([[3.5],
           [4.5]])
    """

    features: Array
    weights: Array
    intercept: bool
    ridge: Any = None
    proba: Any = None
    prediction: Any = None
    classes: Any = None
    offsets: Any = None
    recounted: Any = None

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
        d = self.features.shape[-1]
        return self.features @ self.weights[:d] + (self.weights[d] if self.intercept else 0)

    @property
    def fitted_decision(self) -> Array:
        """`decision` without the offsets."""
        return self.decision if self.offsets is None else self.decision - self.offsets

    def part(self, positions: Any) -> "LastLayer":
        """Return the layer on some of its rows.

        Parameters
        ----------
        positions : array of int, or slice
            The rows to keep.

        Returns
        -------
        layer : LastLayer
            Features, probabilities and predictions of these rows, and the same map.

        See Also
        --------
        last_layer : Reads the last layer of a fitted model.

        Examples
        --------
        >>> import numpy as np
        >>> from skal.models import LastLayer
        >>> layer = LastLayer(np.eye(3), np.ones((3, 1)), intercept=False)
        >>> layer.part([2, 0]).features
        array([[0., 0., 1.],
               [1., 0., 0.]])
        """
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
    if is_torch(X):
        if X.device.type == "cpu":  # NumPy's, without a copy, as what reads these rows has it
            return as_features(to_numpy(X))
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


def computable(features: Array) -> Array:
    """Features that strategies can compute with, in float32 or float64; an error if too large.

    Squares of float32 must not overflow; of float64, fourth powers, which Fisher information takes.
    """
    features = as_computable(short_indices(features) if is_sparse(features) else features)
    xp, d = namespace(features), max(1, features.shape[1])
    most = float(xp.finfo(features.dtype).max)
    most = (most / (4 * d)) ** (0.5 if dtype_name(features) == "float32" else 0.25)
    if (size := largest_size(features)) > most:
        raise ValueError(
            f"The features that the strategy looks at reach {size:.3g}, and products of such "
            f"numbers overflow {dtype_name(features)}: scale X, say with StandardScaler() in a "
            "pipeline."
        )
    return features


def stack(coef: np.ndarray, intercept: Any, has_intercept: bool) -> np.ndarray:
    """Θ from scikit-learn's coef_ (k×d, or d) and intercept_ (k, or one number)."""
    coef = np.atleast_2d(coef)
    if not has_intercept:
        return coef.T
    return np.vstack([coef.T, np.broadcast_to(intercept, len(coef))])


def two_columns(weights: np.ndarray) -> np.ndarray:
    """[−w/2, w/2] for the single column of two classes."""
    return np.hstack([-weights / 2, weights / 2]) if weights.shape[1] == 1 else weights
