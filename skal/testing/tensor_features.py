"""A model whose last layer consists of tensors, like that of a net."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils import Tags, get_tags
from sklearn.utils.metaestimators import available_if

from skal.models import LastLayer, last_layer


def _has(method: str) -> Callable:
    return available_if(lambda self: hasattr(self.estimator, method))


class TensorFeatures(MetaEstimatorMixin, BaseEstimator):
    """Wrap a model so that its features, weights and outputs are torch tensors.

    The numbers are the same, so a strategy must select the same rows.
    """

    def __init__(self, estimator: Any):
        self.estimator = estimator

    def fit(self, X: Any, y: Any) -> "TensorFeatures":
        """Fit the wrapped model."""
        self.estimator_ = clone(self.estimator).fit(X, y)
        if hasattr(self.estimator_, "classes_"):
            self.classes_ = self.estimator_.classes_
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Predict with the wrapped model."""
        return self.estimator_.predict(X)

    @_has("predict_proba")
    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probabilities of the wrapped model."""
        return self.estimator_.predict_proba(X)

    @_has("decision_function")
    def decision_function(self, X: Any) -> np.ndarray:
        """Return the decision values of the wrapped model."""
        return self.estimator_.decision_function(X)

    def __sklearn_tags__(self) -> Tags:
        return get_tags(self.estimator)


@last_layer.register(TensorFeatures, inside=lambda model: model.estimator)
def _of_tensors(model: TensorFeatures, X: Any) -> LastLayer:
    import torch

    layer = last_layer(model.estimator_, X)
    names = ("features", "weights", "proba", "prediction")
    arrays = {name: getattr(layer, name) for name in names}
    tensors: dict[str, Any] = {name: torch.tensor(a) for name, a in arrays.items() if a is not None}
    return replace(layer, **tensors)
