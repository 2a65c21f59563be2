"""R of rows against Λ̃ = RRᵀ, also where a class is nearly certain."""

import numpy as np
import pytest

from skal._array import to_numpy
from skal.kernels.fisher.roots import LikeliestRoots, SoftmaxRoots, from_last
from skal.kernels.softmax import contrasts, curvature

ALL = slice(None)


def probabilities(k):
    rng = np.random.default_rng(k)
    P = rng.dirichlet(np.ones(k) * 0.3, 30)
    sure = np.eye(k)[rng.integers(k, size=20)]
    nearly = (sure + 1e-9 * rng.dirichlet(np.ones(k), 20)) / (1 + 1e-9)
    return np.vstack([P, sure, nearly, np.full((1, k), 1 / k), np.eye(k)[-1:]])


def squares(roots, k, n, dtype):
    """RRᵀ of each row, as a matrix over the classes' contrasts."""
    T = from_last(k, np.zeros(1))
    X = np.repeat(T[:, :, None], n, axis=2).astype(dtype)
    R = to_numpy(roots.times(X, ALL)).astype(np.float64)  # RᵀT: a column for each contrast
    return np.einsum("can,cbn->nab", R, R)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("k", [2, 3, 7])
def test_the_square_is_the_curvature(k, dtype):
    P = probabilities(k)
    expected = curvature(P)
    error = np.abs(squares(SoftmaxRoots(P, np.zeros(1, dtype)), k, len(P), dtype) - expected)
    size = np.abs(expected).max(axis=(1, 2), keepdims=True)
    assert (error <= (1e-12 if dtype == np.float64 else 1e-5) * size + 1e-30).all()


def test_so_it_is_with_tensors():
    torch = pytest.importorskip("torch")
    P = probabilities(4)
    roots = SoftmaxRoots(torch.as_tensor(P), torch.zeros(1, dtype=torch.float64))
    T = torch.as_tensor(np.repeat(from_last(4, np.zeros(1))[:, :, None], len(P), axis=2))
    R = roots.times(T, ALL).numpy()
    np.testing.assert_allclose(np.einsum("can,cbn->nab", R, R), curvature(P), atol=1e-12)


@pytest.mark.parametrize("r", [1, 2, 4])
def test_of_the_likeliest_classes_it_is_what_they_show(r):
    k, P, basis = 5, probabilities(5), contrasts(5, np.zeros(1))
    roots = LikeliestRoots(P, r, np.zeros(1))
    assert roots.height == r
    for p, square in zip(P, squares(roots, k, len(P), np.float64), strict=True):
        top = np.argsort(-p, kind="stable")[:r]
        columns = [np.sqrt(p[c] / p[top].sum()) * (np.eye(k)[c] - p) @ basis for c in top]
        np.testing.assert_allclose(square, sum(np.outer(v, v) for v in columns), atol=1e-12)
