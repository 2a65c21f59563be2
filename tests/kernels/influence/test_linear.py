"""Utilities to first order against a dense solve and a loop, in float64."""

import numpy as np
import pytest
from scipy.special import softmax

from skal.kernels.influence import goals
from skal.kernels.influence.label_rules import labels_tried, settle
from skal.kernels.influence.linear import (
    direction,
    linear_utilities,
    settled_linear_utilities,
)
from tests.kernels.influence.reference import SHAPES, Case

RULES = ("mean", "min", "max", "predicted", "tempered", "expected", "oracle")


@pytest.mark.parametrize("name", ["holdout", "entropy", "fisher"])
@SHAPES
def test_linear_utilities(name, n, d, k, intercept):
    """vᵀ∇R by a dense solve and a loop; and every label rule of the blocked form."""
    case = Case(n, d, k, intercept)
    rows, B = case.rows(name), case.basis
    gradient = goals.weight_gradient(case.Z_v, rows.slope(softmax(rows.logits, axis=1)), intercept)
    wide = np.kron(np.eye(len(case.theta)), B)
    v = -wide @ np.linalg.solve(case.H, wide.T @ gradient.ravel())
    expected = np.array(
        [
            [v @ np.kron(z, p - np.eye(k)[y]) for y in range(k)]
            for z, p in zip(case.with_one(case.Z), case.P)
        ]
    )
    V = direction(case.inverse.times, gradient)
    found = linear_utilities(case.Z, case.P, V, intercept)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    # Remark 1: the expectation says nothing
    np.testing.assert_allclose((case.P * expected).sum(axis=1), 0, atol=1e-10)
    truth = case.rng.integers(k, size=len(case.Z))
    for rule in RULES:
        columns = labels_tried(case.P, rule, truth)
        settled = settle(
            np.take_along_axis(expected, columns, axis=1), case.P, rule, temperature=3.0
        )
        scores = settled_linear_utilities(case.Z, case.P, V, intercept, rule, 3.0, truth)
        np.testing.assert_allclose(scores, settled, rtol=1e-9, atol=1e-9)
