"""Label steps against a general minimiser, and far ones, in float64."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from skal.kernels.influence.newton_step import first_step, label_steps
from skal.kernels.softmax import contrasts
from tests.kernels.influence.reference import SHAPES, Case, dense_curvature


@SHAPES
def test_label_steps_minimise(n, d, k, intercept):
    """c̃ against a general minimiser of the same objective, and its fixed point."""
    case = Case(n, d, k, intercept)
    N, B = 5 * case.inverse.seen_by(case.Z), case.basis  # a far step too
    columns = np.tile(np.arange(k), (len(case.Z), 1))
    found = label_steps(case.logits, N, columns)
    for i in range(len(case.Z)):
        for y in range(k):
            c = found[i, y]
            eta = case.logits[i] - B @ N[i] @ c
            np.testing.assert_allclose(B @ c, softmax(eta) - np.eye(k)[y], atol=1e-9)

            def objective(c, i=i, y=y):
                eta = case.logits[i] - B @ (N[i] @ c)
                return c @ N[i] @ c / 2 + logsumexp(eta) - eta[y]

            best = minimize(objective, np.zeros(k - 1), method="BFGS").fun
            assert objective(c) <= best + 1e-9
            one = np.linalg.solve(
                np.eye(k - 1) + B.T @ dense_curvature(case.P[i]) @ B @ N[i],
                B.T @ (case.P[i] - np.eye(k)[y]),
            )
            np.testing.assert_allclose(first_step(case.logits, N, columns)[i, y], one, atol=1e-12)


def test_label_steps_that_are_far(monkeypatch):
    """Huge N and logits, saturated and equal ones: c̃ is the fixed point, to what rounding allows."""
    rng = np.random.default_rng(0)
    for size in (1e-12, 1.0, 1e3, 1e6):
        for k in (2, 3, 10):
            A = rng.normal(size=(40, k - 1, k - 1)) * np.sqrt(size)
            N = A @ A.swapaxes(1, 2)
            logits = rng.normal(size=(40, k)) * rng.choice([0, 1, 30, 1000], size=(40, 1))
            columns = np.tile(np.arange(k), (40, 1))
            c = label_steps(logits, N, columns)
            B = contrasts(k, logits)
            eta = logits[:, None, :] - (c @ N) @ B.T
            error = c @ B.T - (softmax(eta, axis=2) - np.eye(k)[None])
            assert np.abs(error).max() < (1e-9 if size < 1e6 else 2e-6)  # η is rounded by ε‖N‖
            assert (np.abs(c @ B.T) <= 1 + 1e-5).all()
    with pytest.raises(ArithmeticError, match="did not converge in 1 iterations"):
        label_steps(logits, N, columns, most_steps=1)
