"""scikit-learn's multi-layer perceptrons: last hidden activations, and the map on them."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skal.models import last_layer
from tests.models.problems import X, Y, check_regression_without_a_ridge, fitted


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_perceptrons(activation, n_classes):
    y = np.minimum(Y, n_classes - 1)
    net = fitted(MLPClassifier((7, 5), activation=activation, max_iter=20, random_state=0), y)
    layer = last_layer(net, X)
    assert layer.features.shape == (120, 5)
    e = np.exp(layer.decision)
    np.testing.assert_allclose(e / e.sum(axis=1, keepdims=True), net.predict_proba(X), atol=1e-12)


def test_no_ridge_on_the_last_map_alone():
    assert last_layer(fitted(MLPClassifier(max_iter=5), Y), X).ridge is None


def test_regressions():
    check_regression_without_a_ridge(MLPRegressor(max_iter=5))


def test_a_perceptron_without_hidden_layers_on_sparse_rows():
    S = sparse.csr_matrix(X)
    net = fitted(MLPClassifier((), max_iter=5), Y)
    assert last_layer(net, S).features.shape == (120, 6)
