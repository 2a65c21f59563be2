"""Utilities after a Newton step against a dense minimiser, in float64."""

import numpy as np
import pytest
from scipy import sparse
from scipy.special import logsumexp, softmax

from skal.kernels.influence.label_rules import labels_tried
from skal.kernels.influence.newton import newton_utilities
from tests.kernels.influence.reference import SHAPES, Case, dense_curvature


@pytest.mark.parametrize("name", ["holdout", "entropy", "fisher"])
@SHAPES
def test_newton_utilities(name, n, d, k, intercept, monkeypatch):
    """The goal at the minimiser of (old loss as its quadratic) + (new loss), by a dense solve."""
    case = Case(n, d, k, intercept)
    wide = np.kron(np.eye(len(case.theta)), case.basis)
    H = case.H
    expected = np.empty((len(case.Z), k))
    for i, z in enumerate(case.with_one(case.Z)):
        for y in range(k):
            target = np.kron(z, np.eye(k)[y])

            def objective(delta, z=z, y=y):
                eta = z @ (case.theta + (wide @ delta).reshape(case.theta.shape))
                return delta @ H @ delta / 2 + logsumexp(eta) - eta[y]

            delta = np.zeros(len(H))
            for _ in range(80):  # Newton on all weights, halved where it overshoots
                p = softmax(z @ (case.theta + (wide @ delta).reshape(case.theta.shape)))
                gradient = H @ delta + wide.T @ (np.kron(z, p) - target)
                curvature = H + wide.T @ np.kron(np.outer(z, z), dense_curvature(p)) @ wide
                step = np.linalg.solve(curvature, gradient)
                while objective(delta - step) > objective(delta) + 1e-12:
                    step /= 2
                delta = delta - step
            theta = case.theta + (wide @ delta).reshape(case.theta.shape)
            expected[i, y] = case.goal(name, theta) - case.goal(name, case.theta)
    columns = np.tile(np.arange(k), (len(case.Z), 1))
    args = (case.Z, case.logits, columns, case.inverse, case.rows(name))
    np.testing.assert_allclose(newton_utilities(*args), expected, rtol=1e-9, atol=1e-9)
    one = labels_tried(case.P, "predicted")
    found = newton_utilities(case.Z, case.logits, one, case.inverse, case.rows(name))
    np.testing.assert_allclose(found, np.take_along_axis(expected, one, 1), rtol=1e-9, atol=1e-9)
    monkeypatch.setattr("skal.kernels.influence.newton.BLOCK_NUMBERS", 1)
    monkeypatch.setattr("skal.kernels.influence.newton.CHUNK_NUMBERS", 600)
    np.testing.assert_allclose(newton_utilities(*args), expected, rtol=1e-9, atol=1e-9)
    if intercept:
        inverse, rows = (
            case.inverse_of(sparse.csr_matrix(case.labelled)),
            case.rows(name, sparse.csr_matrix(case.Z_v)),
        )
        found = newton_utilities(sparse.csr_matrix(case.Z), case.logits, columns, inverse, rows)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
