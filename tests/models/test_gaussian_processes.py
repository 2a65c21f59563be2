"""The covariance and the last layer of a Gaussian process, against scikit-learn's predictions."""

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, DotProduct, WhiteKernel
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal.models import is_gaussian_process, last_layer, posterior

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 3)), RNG.normal(size=40)
KERNELS = [RBF(1.5), 2.0 * RBF(0.7) + WhiteKernel(0.3), DotProduct() + WhiteKernel(0.1)]


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_the_covariance_is_that_of_predict(kernel):
    process = GaussianProcessRegressor(kernel, optimizer=None, alpha=0.05).fit(X[:12], Y[:12])
    _, covariance = process.predict(X, return_cov=True)
    found = posterior(process, X)
    np.testing.assert_allclose(found.variance, np.diag(covariance), atol=1e-8)
    off = ~np.eye(40, dtype=bool)  # where the noise is not in it
    columns = np.column_stack([found.column(j) for j in range(40)])
    np.testing.assert_allclose(columns[off], covariance[off], atol=1e-8)
    assert found.noise == 0.05


def test_it_is_found_inside():
    process = GaussianProcessRegressor(RBF(), optimizer=None)
    pipeline = make_pipeline(StandardScaler(), process)
    search = GridSearchCV(pipeline, {"gaussianprocessregressor__alpha": [0.1]}, cv=2)
    target = TransformedTargetRegressor(search, transformer=StandardScaler())
    assert all(map(is_gaussian_process, (process, pipeline, search, target)))
    assert not is_gaussian_process(make_pipeline(StandardScaler(), Ridge()))
    scaler = StandardScaler().fit(X[:12])
    process.set_params(alpha=0.1).fit(scaler.transform(X[:12]), Y[:12])
    expected = posterior(process, scaler.transform(X)).variance
    np.testing.assert_allclose(posterior(target.fit(X[:12], Y[:12]), X).variance, expected)


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_the_last_layer_predicts_what_the_process_does(normalize, n_outputs):
    targets = 5 + np.column_stack([Y, 3 * Y])[:12, :n_outputs].squeeze()
    kernel = RBF() + WhiteKernel(0.1)
    process = GaussianProcessRegressor(kernel, normalize_y=normalize, optimizer=None)
    layer = last_layer(process.fit(X[:12], targets), X)
    assert layer.features.shape == (40, 12)
    expected = process.predict(X).reshape(40, -1)
    np.testing.assert_allclose(layer.decision, expected, atol=1e-8)
    np.testing.assert_array_equal(layer.prediction, expected)
