"""How uncertain a regression is, against an inverse."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import DotProduct

from skal.kernels.deviation import predictive_deviation


@pytest.mark.parametrize("kind", ["dense", "sparse", "torch"])
@pytest.mark.parametrize(("n_known", "d"), [(30, 4), (5, 12)])
def test_deviation(kind, n_known, d):
    rng = np.random.default_rng(0)
    Z, known, scale = (
        rng.normal(size=(40, d)),
        rng.normal(size=(n_known, d)),
        rng.uniform(0.5, 2, d + 1),
    )

    def full(X):
        return np.c_[X, np.ones(len(X))] * scale

    M = np.eye(d + 1) + full(known).T @ full(known)
    expected = [np.sqrt(z @ np.linalg.inv(M) @ z) for z in full(Z)]
    if kind == "torch":
        torch = pytest.importorskip("torch")
        Z, known, scale = (torch.tensor(array) for array in (Z, known, scale))
    elif kind == "sparse":
        Z, known = sparse.csr_matrix(Z), sparse.csr_matrix(known)
    np.testing.assert_allclose(predictive_deviation(Z, known, True, scale), expected)


def test_it_is_the_deviation_of_a_gaussian_process():
    rng = np.random.default_rng(0)
    Z, known = rng.normal(size=(20, 3)), rng.normal(size=(6, 3))
    process = GaussianProcessRegressor(DotProduct(0, "fixed"), alpha=1.0, optimizer=None)
    _, expected = process.fit(known, np.zeros(6)).predict(Z, return_std=True)
    np.testing.assert_allclose(predictive_deviation(Z, known, False, np.ones(3)), expected)
