"""scikit-learn's multi-layer perceptrons: the features are the last hidden activations."""

from typing import Any

from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.neural_network._base import ACTIVATIONS
from sklearn.utils.extmath import safe_sparse_dot

from skal.models.layers import LastLayer, as_features, stack, two_columns
from skal.models.outputs import class_proba
from skal.models.readers import last_layer


@last_layer.register(MLPClassifier)
def perceptron_classifier(estimator: Any, X: Any) -> LastLayer:
    """Last hidden activations; what lies below them was fitted too, so there is no ridge."""
    return LastLayer(
        **_top(estimator, X, two_columns),
        proba=class_proba(estimator, X, estimator.classes_),
        classes=estimator.classes_,
    )


@last_layer.register(MLPRegressor)
def perceptron_regressor(estimator: Any, X: Any) -> LastLayer:
    """Last hidden activations."""
    prediction = estimator.predict(X)
    return LastLayer(
        **_top(estimator, X, lambda weights: weights),
        prediction=prediction.reshape(len(prediction), -1),
    )


def _top(estimator, X, columns):
    activate = ACTIVATIONS[estimator.activation]
    hidden = as_features(X)
    for weights, bias in zip(estimator.coefs_[:-1], estimator.intercepts_[:-1]):
        hidden = safe_sparse_dot(hidden, weights) + bias
        activate(hidden)  # in place
    weights = stack(estimator.coefs_[-1].T, estimator.intercepts_[-1], True)
    return {"features": hidden, "weights": columns(weights), "intercept": True}
