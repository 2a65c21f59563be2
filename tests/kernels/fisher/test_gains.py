"""Gains and losses of all rows at once against one inverse a row."""

import numpy as np
import pytest

from skal._array import to_numpy
from skal.kernels.fisher.gains import determinant_gain, trace_gain, trace_loss


def problem(q, size=1.0, n=20):
    """N positive semi-definite, D any matrix of which the symmetric part is one."""
    rng = np.random.default_rng(q)
    A, B, C = rng.normal(size=(3, n, q, q))
    return size * A @ A.swapaxes(1, 2), B @ B.swapaxes(1, 2) + C - C.swapaxes(1, 2)


def last(*arrays):
    return tuple(np.moveaxis(array, 0, -1) for array in arrays)


@pytest.mark.parametrize("kind", ["numpy", "torch"])
@pytest.mark.parametrize("size", [1.0, 1e6])
@pytest.mark.parametrize("q", [1, 2, 9])
def test_gains_are_those_of_each_row(kind, q, size):
    N, D = problem(q, size)
    unit, rows_last = np.eye(q), last(N, D)
    if kind == "torch":
        torch = pytest.importorskip("torch")
        rows_last = tuple(map(torch.as_tensor, rows_last))
    expected = np.trace(np.linalg.solve(unit + N, D), axis1=1, axis2=2)
    np.testing.assert_allclose(to_numpy(trace_gain(*rows_last)), expected, rtol=1e-8)
    expected = np.linalg.slogdet(unit + N)[1]
    np.testing.assert_allclose(to_numpy(determinant_gain(rows_last[0])), expected, rtol=1e-10)


def test_rounding_that_made_n_negative_makes_no_nan():
    N, D = problem(3, 0.0)
    N = N - 1.5 * np.eye(3)
    assert np.isfinite(trace_gain(*last(N, D))).all()
    assert np.isfinite(determinant_gain(*last(N))).all()


def test_losses_are_those_of_each_row_and_infinite_where_m_needs_it():
    N, D = problem(4)
    N = N / np.linalg.eigvalsh(N)[:, -1:, None] * np.linspace(0.1, 1.2, len(N))[:, None, None]
    loss = trace_loss(*last(N, D))
    fine = np.linspace(0.1, 1.2, len(N)) < 1
    assert np.isinf(loss[~fine]).all()
    expected = np.trace(np.linalg.solve(np.eye(4) - N, D), axis1=1, axis2=2)
    np.testing.assert_allclose(loss[fine], expected[fine], rtol=1e-8)
