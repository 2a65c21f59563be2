"""What one more row changes of the old rows' losses and of offsets, against loops and dense solves."""

from functools import cache

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from skal.kernels.influence.linear import direction
from skal.kernels.influence.moves import Candidates
from skal.kernels.influence.newton import newton_utilities
from skal.kernels.influence.newton_step import label_steps
from skal.kernels.influence.recount import Counted, constants, recount
from skal.kernels.influence.remainder import remainders
from skal.kernels.influence.second_step import OldRows, second_steps
from tests.kernels.influence.reference import SHAPES, Case, dense_curvature

GOALS = pytest.mark.parametrize("name", ["holdout", "entropy", "fisher"])


class Recounted:
    """A case whose weights of classes and offsets one more row changes."""

    def __init__(self, n, d, k, intercept):
        self.case = case = Case(n, d, k, intercept)
        rng = np.random.default_rng(1)
        self.columns = np.r_[np.arange(k), rng.integers(k, size=n - k)]
        self.ratios, self.shifts = rng.uniform(0.6, 1.5, (k, k)), rng.normal(size=(k, k)) / 3
        self.logits = case.with_one(case.labelled) @ case.theta
        self.old = Counted(
            case.labelled,
            self.logits,
            self.columns,
            case.weights,
            self.ratios,
            self.shifts,
            intercept,
        )
        self.wide = np.kron(np.eye(len(case.theta)), case.basis)
        self.losses = np.linspace(0.3, 4, 7 * k).reshape(7, k)

    def gradient(self, y):
        """Of the old losses under their new weights, where they were balanced: a loop."""
        total = np.zeros(self.wide.shape[1])
        rows = zip(
            self.case.with_one(self.case.labelled), self.logits, self.columns, self.case.weights
        )
        for z, eta, c, w in rows:
            slope = softmax(eta) - np.eye(self.case.k)[c]
            total += (self.ratios[y, c] - 1) * w * self.wide.T @ np.kron(z, slope)
        return total

    def minimised(self, z, y, weight):
        """The step among contrasts that minimises g_y·Δ + ½ΔHΔ + w·loss."""
        case, g = self.case, self.gradient(y)
        H, delta, target = case.H, np.zeros(self.wide.shape[1]), np.kron(z, np.eye(case.k)[y])

        def objective(delta):
            eta = z @ (case.theta + (self.wide @ delta).reshape(case.theta.shape))
            return g @ delta + delta @ H @ delta / 2 + weight * (logsumexp(eta) - eta[y])

        for _ in range(60):  # Newton on all weights, halved where it overshoots
            p = softmax(z @ (case.theta + (self.wide @ delta).reshape(case.theta.shape)))
            slope = g + H @ delta + weight * self.wide.T @ (np.kron(z, p) - target)
            own = self.wide.T @ np.kron(np.outer(z, z), dense_curvature(p)) @ self.wide
            step = np.linalg.solve(H + weight * own, slope)
            while objective(delta - step) > objective(delta) + 1e-12:
                step /= 2
            delta = delta - step
            if abs(step).max() < 1e-12:
                break
        return delta

    @property
    def steps(self):
        """Of all candidates and labels (n×k×dq)."""
        return _minimised(self)

    def goal(self, name, theta, shift):
        """The goal with weights θ, whose offsets have shifted."""
        moved, case = self.case.with_one(self.case.Z_v), self.case
        L = moved @ theta + shift
        L = L - logsumexp(L, axis=1)[:, None]
        if name == "holdout":
            return L[np.arange(len(L)), case.y_v].sum()
        if name == "entropy":
            return (np.exp(L) * L).sum()
        sizes = (moved**2).sum(axis=1)
        return -np.mean([np.trace(dense_curvature(np.exp(row))) * s for row, s in zip(L, sizes)])


@cache
def recounted(*shape):
    return Recounted(*shape)


@cache
def _minimised(problem):
    rows = problem.case.with_one(problem.case.Z)
    return np.array(
        [
            [problem.minimised(z, y, problem.losses[i, y]) for y in range(problem.case.k)]
            for i, z in enumerate(rows)
        ]
    )


@SHAPES
def test_gradients_moves_and_weights(n, d, k, intercept):
    problem = recounted(n, d, k, intercept)
    found = recount(problem.old, problem.case.inverse)
    for y in range(k):
        gradient = problem.gradient(y)
        np.testing.assert_allclose(found.gradients[y].ravel(), gradient, rtol=1e-9, atol=1e-9)
        move = -np.linalg.solve(problem.case.H, gradient)
        np.testing.assert_allclose(found.moves[y].ravel(), move, rtol=1e-9, atol=1e-9)
        after = problem.case.weights * problem.ratios[y, problem.columns]
        np.testing.assert_allclose(found.weights[y], after)
        change = problem.wide @ move
        expected = problem.case.with_one(problem.case.Z_v) @ change.reshape(-1, k)
        changes = found.changes(problem.case.Z_v, intercept)[y]
        np.testing.assert_allclose(changes, expected, rtol=1e-9, atol=1e-9)


@GOALS
@SHAPES
def test_to_first_order_it_is_a_constant_for_each_label(name, n, d, k, intercept):
    """By central differences of the goal along the move and the shift."""
    problem = recounted(n, d, k, intercept)
    case, rows = problem.case, problem.case.rows(name)
    slope = rows.slope(softmax(rows.logits, axis=1))
    V = direction(case.inverse.times, rows.gradient(softmax(rows.logits, axis=1)))
    found = constants(problem.old, V, slope)
    for y in range(k):
        move = problem.wide @ -np.linalg.solve(case.H, problem.gradient(y))
        move, shift = move.reshape(case.theta.shape), problem.shifts[y]
        ends = [problem.goal(name, case.theta + s * move, s * shift) for s in (1e-5, -1e-5)]
        np.testing.assert_allclose(found[y], (ends[0] - ends[1]) / 2e-5, rtol=1e-5, atol=1e-6)


@GOALS
@SHAPES
def test_newton_utilities_and_steps(name, n, d, k, intercept, monkeypatch):
    """The goal at the weights that a dense minimiser finds, and the share that is left of a step."""
    problem = recounted(n, d, k, intercept)
    case, again = problem.case, recount(problem.old, problem.case.inverse)
    now, columns = case.goal(name, case.theta), np.tile(np.arange(k), (7, 1))
    thetas = [
        [case.theta + (problem.wide @ step).reshape(case.theta.shape) for step in row]
        for row in problem.steps
    ]
    expected = np.array(
        [[problem.goal(name, t, s) - now for t, s in zip(row, problem.shifts)] for row in thetas]
    )
    how = case.inverse, case.rows(name)
    args = case.Z, case.logits, columns, *how, problem.losses, None, again
    np.testing.assert_allclose(newton_utilities(*args), expected, rtol=1e-8, atol=1e-8)
    one = np.arange(7)[:, None] % k
    losses = np.take_along_axis(problem.losses, one, axis=1)
    found = newton_utilities(case.Z, case.logits, one, *how, losses, None, again)
    np.testing.assert_allclose(found, np.take_along_axis(expected, one, 1), rtol=1e-8, atol=1e-8)
    for numbers in ("BLOCK_NUMBERS", "SEEN_NUMBERS", "CACHED_NUMBERS"):  # many blocks
        monkeypatch.setattr(f"skal.kernels.influence.moves.{numbers}", 1)
    np.testing.assert_allclose(newton_utilities(*args), expected, rtol=1e-8, atol=1e-8)
    if name == "holdout":
        check_remainders(problem, again)


def dense_remainder(problem, y, step):
    """The gradient of the old losses under their new weights at θ + step, but for its quadratic."""
    case, move = problem.case, (problem.wide @ step).reshape(problem.case.theta.shape)
    r = np.zeros(len(step))
    for z, c, w in zip(case.with_one(case.labelled), problem.columns, case.weights):
        p, new = softmax(z @ case.theta), softmax(z @ (case.theta + move))
        rest = problem.ratios[y, c] * w * (new - p) - w * dense_curvature(p) @ (z @ move)
        r += problem.wide.T @ np.kron(z, rest)
    return r


def check_remainders(problem, again):
    case, k, steps = problem.case, problem.case.k, problem.steps
    columns = np.tile(np.arange(k), (7, 1))
    some = Candidates.of(case.Z, case.logits, columns, case.inverse, again)
    c = label_steps(some.logits, some.N, columns, problem.losses)
    old = case.labelled, problem.logits, case.weights
    found = remainders(*old, case.inverse, case.Z, c, columns, again)
    for i in range(7):
        for y in range(k):
            r = np.linalg.solve(case.H, dense_remainder(problem, y, steps[i, y]))
            share = np.sqrt(r @ case.H @ r / (steps[i, y] @ case.H @ steps[i, y]))
            np.testing.assert_allclose(found[i, y], share, rtol=1e-6, atol=1e-8)


@SHAPES
def test_second_steps(n, d, k, intercept):
    problem = recounted(n, d, k, intercept)
    case, again = problem.case, recount(problem.old, problem.case.inverse)
    columns, rows = np.tile(np.arange(k), (7, 1)), problem.case.rows("entropy")
    V = direction(case.inverse.times, rows.gradient(softmax(rows.logits, axis=1)))
    old = OldRows(case.labelled, problem.logits, case.weights, V, intercept)
    some = Candidates.of(case.Z, case.logits, columns, case.inverse, again)
    steps = label_steps(some.logits, some.N, columns, problem.losses)
    found = second_steps(some, steps, case.inverse, old, problem.losses, again)
    along = problem.wide.T @ V.ravel()
    for i, z in enumerate(case.with_one(case.Z)):
        for y in range(k):
            step = problem.steps[i, y]
            p = softmax(z @ (case.theta + (problem.wide @ step).reshape(case.theta.shape)))
            own = problem.wide.T @ np.kron(np.outer(z, z), dense_curvature(p)) @ problem.wide
            r = dense_remainder(problem, y, step)
            second = -np.linalg.solve(case.H + problem.losses[i, y] * own, r)
            expected = -(case.H @ along) @ second  # ∇τ = −Hv
            np.testing.assert_allclose(found[i, y], expected, rtol=1e-6, atol=1e-8)
