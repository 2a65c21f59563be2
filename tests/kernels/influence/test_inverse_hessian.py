"""H, its inverse and conjugate gradients against autograd and dense solves, in float64."""

import numpy as np
import pytest
from scipy import sparse

from skal.kernels.influence.conjugate_gradients import conjugate_gradients
from tests.kernels.influence.reference import SHAPES, Case, dense_curvature


@SHAPES
def test_the_hessian_is_that_of_autograd(n, d, k, intercept):
    torch = pytest.importorskip("torch")
    case = Case(n, d, k, intercept)
    Z = torch.tensor(case.with_one(case.labelled))
    y = torch.tensor(case.rng.integers(k, size=n))
    B = torch.tensor(case.basis)

    def objective(free):  # among contrasts
        theta = torch.tensor(case.theta) + free.reshape(-1, k - 1) @ B.T
        L = torch.log_softmax(Z @ theta, 1)[torch.arange(n), y]
        ridge = (torch.tensor(case.ridge)[:, None] * theta**2).sum() / 2
        return -(torch.tensor(case.weights) * L).sum() + ridge

    zero = torch.zeros((d + intercept) * (k - 1), dtype=torch.float64)
    H = torch.autograd.functional.hessian(objective, zero).numpy()
    np.testing.assert_allclose(case.H, H, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
@SHAPES
def test_the_inverse_hessian(kind, n, d, k, intercept):
    case = Case(n, d, k, intercept)
    q = k - 1
    inverse = case.inverse_of(kind(case.labelled))
    assert (inverse.basis is None) == (n >= d)
    assert inverse.damping == 0

    def seen(H, z):
        wide = np.kron(z[:, None], np.eye(q))
        return wide.T @ np.linalg.solve(H, wide)

    H, Z = case.H, case.with_one(case.Z)
    expected = [seen(H, z) for z in Z]
    np.testing.assert_allclose(inverse.seen_by(kind(case.Z)), expected, rtol=1e-9, atol=1e-9)
    traces = inverse.traces(kind(case.Z), inverse.coordinates(kind(case.Z)))
    np.testing.assert_allclose(traces, np.trace(expected, axis1=1, axis2=2), rtol=1e-9)
    G = case.rng.normal(size=(Z.shape[1], q))
    V = np.linalg.solve(H, G.ravel()).reshape(G.shape)
    np.testing.assert_allclose(inverse.times(G), V, rtol=1e-9, atol=1e-9)
    P = case.P_labelled
    args = (kind(case.labelled), P, case.ridge, intercept, G, case.weights)
    solution = conjugate_gradients(*args, tolerance=1e-12)
    assert solution.residual < 1e-11
    np.testing.assert_allclose(solution.V, V, rtol=1e-8, atol=1e-9)
    assert conjugate_gradients(*args, most_steps=1).residual > 1e-3
    for j in range(3):  # rows that join
        curvature = case.basis.T @ dense_curvature(case.P[j]) @ case.basis
        inverse = inverse.with_row(kind(case.Z)[[j]], curvature)
        H = H + np.kron(np.outer(Z[j], Z[j]), curvature)
    expected = [seen(H, z) for z in Z]
    np.testing.assert_allclose(inverse.seen_by(kind(case.Z)), expected, rtol=1e-8, atol=1e-9)
    V = np.linalg.solve(H, G.ravel()).reshape(G.shape)
    np.testing.assert_allclose(inverse.times(G), V, rtol=1e-8, atol=1e-9)


def test_a_singular_hessian_is_damped():
    case = Case(30, 5, 3, True)
    case.ridge[:] = 0
    case.labelled[:, 2] = case.labelled[:, 1]  # the same feature twice
    inverse = case.inverse
    assert inverse.damping > 0
    assert np.isfinite(inverse.matrix).all()
    case.labelled[:, 2] = 0
    assert np.isfinite(case.inverse.matrix).all()
