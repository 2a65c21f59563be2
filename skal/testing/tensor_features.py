"""A model whose last layer consists of tensors, as that of a net does."""

from dataclasses import replace

from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if

from skal.models import last_layer


def _has(method):
    return available_if(lambda self: hasattr(self.estimator, method))


class TensorFeatures(MetaEstimatorMixin, BaseEstimator):
    """A model that shows the features, weights and outputs of another one as torch tensors.

    The numbers are the same, so that a strategy must choose the same rows.
    """

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, y):
        """Fit the other model."""
        self.estimator_ = clone(self.estimator).fit(X, y)
        if hasattr(self.estimator_, "classes_"):
            self.classes_ = self.estimator_.classes_
        return self

    def predict(self, X):
        """Predict as the other model does."""
        return self.estimator_.predict(X)

    @_has("predict_proba")
    def predict_proba(self, X):
        """Give the probabilities of the other model."""
        return self.estimator_.predict_proba(X)

    @_has("decision_function")
    def decision_function(self, X):
        """Give the decision values of the other model."""
        return self.estimator_.decision_function(X)

    def __sklearn_tags__(self):
        return get_tags(self.estimator)


@last_layer.register(TensorFeatures, inside=lambda model: model.estimator)
def _of_tensors(model, X):
    import torch

    layer = last_layer(model.estimator_, X)
    arrays = {name: getattr(layer, name) for name in ("features", "weights", "proba", "prediction")}
    return replace(layer, **{name: torch.tensor(a) for name, a in arrays.items() if a is not None})
