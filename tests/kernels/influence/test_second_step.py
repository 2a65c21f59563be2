"""The second Newton step against the whole Hessian and dense solves, in float64."""

import numpy as np
import pytest
from scipy.special import softmax

from skal.kernels.influence.linear import direction
from skal.kernels.influence.moves import Candidates
from skal.kernels.influence.newton import newton_utilities
from skal.kernels.influence.newton_step import label_steps
from skal.kernels.influence.second_step import OldRows, second_steps
from tests.kernels.influence.reference import SHAPES, Case, dense_curvature


def parts(case, name, weights=None):
    """What the kernel is called with."""
    rows, inverse, columns = case.rows(name), case.inverse, np.tile(range(case.k), (7, 1))
    V = direction(inverse.times, rows.gradient(softmax(rows.logits, axis=1)))
    logits = case.with_one(case.labelled) @ case.theta
    old = OldRows(case.labelled, logits, case.weights, V, case.intercept)
    some = Candidates.of(case.Z, case.logits, columns, inverse)
    steps = label_steps(case.logits, some.N, columns, weights)
    return some, steps, inverse, old, columns, rows


def slope_of_goal(case, name):
    """∇τ among contrasts, by central differences."""
    wide = np.kron(np.eye(len(case.theta)), case.basis)
    found = np.empty(wide.shape[1])
    for a in range(len(found)):
        step = 1e-5 * wide[:, a].reshape(case.theta.shape)
        found[a] = (case.goal(name, case.theta + step) - case.goal(name, case.theta - step)) / 2e-5
    return found


def dense_second(case, z, c, gradient, weight):
    """∇τᵀ·step for one candidate: the remainder of all old rows, through the Hessian as it is."""
    wide = np.kron(np.eye(len(case.theta)), case.basis)
    first = -np.linalg.solve(case.H, np.kron(z, c))
    moved = case.theta + (wide @ first).reshape(case.theta.shape)
    r = np.zeros(len(first))
    for old, w in zip(case.with_one(case.labelled), case.weights, strict=True):
        p, change = softmax(old @ case.theta), old @ (moved - case.theta)
        rest = softmax(old @ moved) - p - dense_curvature(p) @ change
        r += w * wide.T @ np.kron(old, rest)
    own = np.kron(np.outer(z, z), dense_curvature(softmax(z @ moved)))
    return gradient @ -np.linalg.solve(case.H + weight * wide.T @ own @ wide, r)


@pytest.mark.parametrize("name", ["holdout", "entropy", "fisher"])
@pytest.mark.parametrize("weighted", [False, True])
@SHAPES
def test_second_steps(name, weighted, n, d, k, intercept, monkeypatch):
    case = Case(n, d, k, intercept)
    weights = np.linspace(0.3, 4, 7 * k).reshape(7, k) if weighted else None
    some, steps, inverse, old, _, _ = parts(case, name, weights)
    gradient = slope_of_goal(case, name)
    expected = [
        [
            dense_second(case, z, c, gradient, weights[i, y] if weighted else 1)
            for y, c in enumerate(steps[i])
        ]
        for i, z in enumerate(case.with_one(case.Z))
    ]
    found = second_steps(some, steps, inverse, old, weights)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)
    for numbers in ("BLOCK_NUMBERS", "SEEN_NUMBERS", "CACHED_NUMBERS"):  # many blocks
        monkeypatch.setattr(f"skal.kernels.influence.moves.{numbers}", 1)
    found = second_steps(some, steps, inverse, old, weights)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def test_old_rows_without_weights_weigh_one():
    case = Case(30, 5, 3, True)
    case.weights[:] = 1
    some, steps, inverse, old, _, _ = parts(case, "entropy")
    found = second_steps(some, steps, inverse, old, None)
    same = second_steps(some, steps, inverse, old._replace(weights=None), None)
    np.testing.assert_allclose(same, found, rtol=1e-12)


def test_utilities_take_half_of_the_first_step_at_most():
    """A second step as long as the first is not to be trusted."""
    case = Case(30, 5, 3, True)
    case.ridge[:] = 1e-3  # weak: the quadratic of the old losses says little
    some, steps, inverse, old, columns, rows = parts(case, "entropy")
    first = newton_utilities(case.Z, case.logits, columns, inverse, rows)
    both = newton_utilities(case.Z, case.logits, columns, inverse, rows, None, old)
    second = second_steps(some, steps, inverse, old, None)
    assert np.any(abs(second) > abs(first) / 2)
    assert np.any(abs(second) < abs(first) / 2)
    limited = np.clip(second, -abs(first) / 2, abs(first) / 2)
    np.testing.assert_allclose(both - first, limited, rtol=1e-9, atol=1e-9)
