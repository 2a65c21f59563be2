"""Utilities after a Newton step against a dense minimiser, in float64."""

from functools import cache

import numpy as np
import pytest
from scipy import sparse
from scipy.special import logsumexp, softmax

from skal.kernels.influence.label_rules import labels_tried
from skal.kernels.influence.newton import newton_utilities
from tests.kernels.influence.reference import SHAPES, Case, dense_curvature


@cache
def refitted(n, d, k, intercept):
    """The weights that minimise (old loss as its quadratic) + (new loss), by dense solves."""
    case = Case(n, d, k, intercept)
    wide = np.kron(np.eye(len(case.theta)), case.basis)
    H = case.H
    weights = np.empty((len(case.Z), k, *case.theta.shape))
    for i, z in enumerate(case.with_one(case.Z)):
        for y in range(k):
            target = np.kron(z, np.eye(k)[y])

            def objective(delta, z=z, y=y):
                eta = z @ (case.theta + (wide @ delta).reshape(case.theta.shape))
                return delta @ H @ delta / 2 + logsumexp(eta) - eta[y]

            delta = np.zeros(len(H))
            for _ in range(40):  # Newton on all weights, halved where it overshoots
                p = softmax(z @ (case.theta + (wide @ delta).reshape(case.theta.shape)))
                gradient = H @ delta + wide.T @ (np.kron(z, p) - target)
                curvature = H + wide.T @ np.kron(np.outer(z, z), dense_curvature(p)) @ wide
                step = np.linalg.solve(curvature, gradient)
                while objective(delta - step) > objective(delta) + 1e-12:
                    step /= 2
                delta = delta - step
            weights[i, y] = case.theta + (wide @ delta).reshape(case.theta.shape)
    return weights


@pytest.mark.parametrize("name", ["holdout", "entropy", "fisher"])
@SHAPES
def test_newton_utilities(name, n, d, k, intercept, monkeypatch):
    """The goal at the weights that dense solves find."""
    case = Case(n, d, k, intercept)
    now = case.goal(name, case.theta)
    expected = np.array(
        [[case.goal(name, theta) - now for theta in row] for row in refitted(n, d, k, intercept)]
    )
    columns = np.tile(np.arange(k), (len(case.Z), 1))
    args = (case.Z, case.logits, columns, case.inverse, case.rows(name))
    np.testing.assert_allclose(newton_utilities(*args), expected, rtol=1e-9, atol=1e-9)
    one = labels_tried(case.P, "predicted")
    found = newton_utilities(case.Z, case.logits, one, case.inverse, case.rows(name))
    np.testing.assert_allclose(found, np.take_along_axis(expected, one, 1), rtol=1e-9, atol=1e-9)
    monkeypatch.setattr("skal.kernels.influence.moves.BLOCK_NUMBERS", 1)
    monkeypatch.setattr("skal.kernels.influence.newton.CHUNK_NUMBERS", 600)
    np.testing.assert_allclose(newton_utilities(*args), expected, rtol=1e-9, atol=1e-9)
    if intercept:
        inverse, rows = (
            case.inverse_of(sparse.csr_matrix(case.labelled)),
            case.rows(name, sparse.csr_matrix(case.Z_v)),
        )
        found = newton_utilities(sparse.csr_matrix(case.Z), case.logits, columns, inverse, rows)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
