"""Rows and targets, and what a last layer must do with them."""

import warnings

import numpy as np
from sklearn.datasets import make_classification

from skal.models import last_layer

X, Y = make_classification(120, 6, n_informative=4, n_classes=3, random_state=0)
T = X @ np.arange(6.0) + np.sin(X[:, 0])
TIGHT = {"tol": 1e-10, "max_iter": 10_000}


def fitted(estimator, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence, and of what scikit-learn will rename
        return estimator.fit(X, y)


def gradient(layer, y):
    """Of the objective as the record states it."""
    Z = layer.features
    Z = np.column_stack([Z, np.ones(len(Z))]) if layer.intercept else Z
    if layer.task == "classification":
        residual = layer.proba - (y[:, None] == layer.classes)
    else:
        residual = layer.prediction - y.reshape(len(y), -1)
    return Z.T @ residual + layer.ridge[:, None] * layer.weights


def check_decision(estimator, n_classes):
    """The last layer of a linear decision reproduces it."""
    y = np.minimum(Y, n_classes - 1)
    fitted(estimator, y)
    layer = last_layer(estimator, X)
    F = estimator.decision_function(X)
    F = np.column_stack([-F / 2, F / 2]) if F.ndim == 1 else F
    np.testing.assert_allclose(layer.decision, F, atol=1e-10)
    np.testing.assert_array_equal(layer.classes, np.arange(n_classes))
    np.testing.assert_allclose(layer.proba.sum(axis=1), 1)
    assert layer.task == "classification"
    assert len(layer.weights) == layer.features.shape[1] + layer.intercept


def check_gradient(estimator, n_classes):
    """The gradient of the objective vanishes at the fitted weights."""
    y = np.minimum(Y, n_classes - 1)
    layer = last_layer(fitted(estimator, y), X)
    scale = np.abs(layer.features).sum(axis=0).max()
    assert np.abs(gradient(layer, y)).max() < 1e-5 * scale


def check_gradient_of_regression(estimator, outputs):
    """The gradient of the objective of a regression vanishes, and it predicts its decision."""
    y = T if outputs == 1 else np.column_stack([T, -(T**2)])
    layer = last_layer(fitted(estimator, y), X)
    assert layer.task == "regression"
    assert layer.prediction.shape == (120, outputs)
    np.testing.assert_allclose(layer.decision, layer.prediction, atol=1e-9)
    assert np.abs(gradient(layer, y)).max() < 1e-3


def check_regression_without_a_ridge(estimator):
    """The last layer of a linear regression with another objective reproduces its prediction."""
    layer = last_layer(fitted(estimator, T), X)
    assert layer.ridge is None
    np.testing.assert_allclose(layer.decision, estimator.predict(X)[:, None], atol=1e-9)
