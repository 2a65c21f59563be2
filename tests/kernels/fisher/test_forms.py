"""Forms and sums over pairs of features against loops over rows."""

import numpy as np
import pytest
from scipy import sparse

from skal._array import to_numpy
from skal.kernels.fisher.forms import forms_of_rows, summed_information
from skal.kernels.fisher.roots import from_last
from skal.kernels.softmax import curvature

SIZES = [(1, 2), (3, 4), (40, 3)]  # d and k; of 40 features there are more pairs than go at once


def problem(d, k):
    rng = np.random.default_rng(d)
    A = rng.normal(size=(2, d * (k - 1), d * (k - 1)))
    return rng.normal(size=(70, d)), rng.dirichlet(np.ones(k), 70), A + A.swapaxes(1, 2)


def given(kind, *arrays):
    if kind == "torch":
        torch = pytest.importorskip("torch")
        return tuple(torch.as_tensor(array) for array in arrays)
    if kind == "sparse":
        return (sparse.csr_matrix(arrays[0]), *arrays[1:])
    return arrays


@pytest.mark.parametrize("kind", ["numpy", "sparse", "torch"])
@pytest.mark.parametrize(("d", "k"), SIZES)
@pytest.mark.parametrize("intercept", [False, True])
def test_forms_are_those_of_each_row(kind, d, k, intercept):
    Z, _, A = problem(d, k)
    scale = np.linspace(1, 2, d)
    z = Z * scale
    if intercept:
        z[:, -1], Z = scale[-1], Z[:, :-1]
    basis = from_last(k, scale)
    V = np.einsum("nf,ab->nafb", z, basis).reshape(len(z), k - 1, -1)  # (zᵀ⊗T) of each row
    expected = [V @ part @ V.swapaxes(1, 2) for part in A]
    Z, scale, basis, A = given(kind, Z, scale, basis, A)
    seen = np.empty((2, k - 1, k - 1, len(z)))
    for rows, values in forms_of_rows(Z, list(A), basis, intercept, scale):
        seen[..., rows] = to_numpy(values)
    np.testing.assert_allclose(np.moveaxis(seen, -1, 1), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", ["numpy", "sparse", "torch"])
@pytest.mark.parametrize(("d", "k"), SIZES)
def test_sums_are_those_of_each_row(kind, d, k):
    Z, P, _ = problem(d, k)
    scale = np.linspace(1, 2, d)
    expected = sum(np.kron(np.outer(z, z), C) for z, C in zip(Z * scale, curvature(P), strict=True))
    Z, P, scale = given(kind, Z, P, scale)
    total = to_numpy(summed_information(Z, P, False, scale))
    np.testing.assert_allclose(total, expected, rtol=1e-10, atol=1e-10)
    if kind == "numpy":
        few = summed_information(Z.astype(np.float32), P, False, scale)
        assert few.dtype == np.float64
        np.testing.assert_allclose(few, expected, atol=1e-5 * np.abs(expected).max())
