"""(I + ΛN)⁻¹r of many rows, against dense solves."""

import numpy as np
import pytest

from skal.kernels.influence import curved_solve as module
from skal.kernels.influence.curved_solve import curved_solve, for_labels, times
from skal.kernels.softmax import contrasts


@pytest.mark.parametrize("few", [0, 24], ids=["LAPACK", "all at once"])
@pytest.mark.parametrize("size", [1e-6, 1.0, 1e4])
@pytest.mark.parametrize("k", [2, 3, 10])
def test_solves(k, size, few, monkeypatch):
    """Rows with certain classes (probabilities of 0 and 1) among them."""
    monkeypatch.setattr(module, "FEW_CLASSES", few)
    rng = np.random.default_rng(0)
    A = rng.normal(size=(20, k, k - 1)) * np.sqrt(size)
    N, P = A @ A.swapaxes(1, 2), rng.dirichlet(np.ones(k), size=20)
    P[3], P[4] = np.eye(k)[0], np.r_[0.5, 0.5, np.zeros(k - 2)]
    right = rng.normal(size=(20, k))
    right -= right.mean(axis=1, keepdims=True)
    found = curved_solve(P.T.copy(), N.transpose(1, 2, 0).copy(), right.T.copy())
    for i in range(20):
        curved = np.diag(P[i]) - np.outer(P[i], P[i])
        expected = np.linalg.solve(np.eye(k) + curved @ N[i], right[i])
        np.testing.assert_allclose(found[:, i], expected, rtol=1e-8, atol=1e-13 * max(size, 1))


def test_N_of_each_label():
    rng = np.random.default_rng(0)
    N, w = rng.normal(size=(5, 2, 2)), rng.random(size=(5, 3))
    B = contrasts(3, N)
    found, alike = for_labels(N, 3, w), for_labels(N, 3, None)
    for i in range(5):
        for y in range(3):
            np.testing.assert_allclose(alike[:, :, 3 * i + y], B @ N[i] @ B.T, atol=1e-14)
            np.testing.assert_allclose(found[:, :, 3 * i + y], w[i, y] * (B @ N[i] @ B.T))
    c = rng.normal(size=(3, 15))
    expected = np.stack([found[:, :, i] @ c[:, i] for i in range(15)], axis=1)
    np.testing.assert_allclose(times(found, c), expected)
