"""Utilities of batches over the labels of all rows, against dense minimisers, in float64."""

from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy import sparse
from scipy.special import logsumexp, softmax

from skal.kernels.influence.joint import joint_steps, joint_utilities
from skal.kernels.influence.linear import direction
from skal.kernels.influence.newton import newton_utilities
from skal.kernels.influence.newton_step import label_steps
from skal.kernels.influence.recount import joint_recount
from skal.kernels.influence.second_step import OldRows
from tests.kernels.influence.reference import SHAPES, Case, dense_curvature
from tests.kernels.influence.test_recount import recounted
from tests.kernels.influence.test_second_step import slope_of_goal

B = 3
GOALS = pytest.mark.parametrize("name", ["holdout", "entropy", "fisher"])


def wide_of(case):
    return np.kron(np.eye(len(case.theta)), case.basis)


def minimised(case, labels, weights, start=0.0):
    """The step among contrasts that minimises gΔ + ½ΔHΔ + Σ w·loss, by Newton on all weights."""
    wide, H, Z = wide_of(case), case.H, case.with_one(case.Z[: len(labels)])

    def logits(delta):
        return Z @ (case.theta + (wide @ delta).reshape(case.theta.shape))

    def objective(delta):
        eta = logits(delta)
        losses = logsumexp(eta, axis=1) - eta[np.arange(len(labels)), labels]
        return np.sum(start * delta) + delta @ H @ delta / 2 + weights @ losses

    delta = np.zeros(len(H))
    for _ in range(60):
        slope, curved = start + H @ delta, H.copy()
        rows = Z, labels, weights, softmax(logits(delta), axis=1)
        for z, y, w, p in zip(*rows, strict=True):
            slope += w * wide.T @ np.kron(z, p - np.eye(case.k)[y])
            own = np.kron(np.outer(z, z), dense_curvature(p))
            curved += w * wide.T @ own @ wide
        step = np.linalg.solve(curved, slope)
        while objective(delta - step) > objective(delta) + 1e-12:
            step /= 2
        delta = delta - step
        if abs(step).max() < 1e-12:
            break
    return delta, curved


@cache
def every_labeling(*shape):
    """A case, its labelings, weights of classes, and for each labeling what a dense solver finds."""
    case = Case(*shape)
    labelings = np.array(list(product(range(case.k), repeat=B)))
    weights = np.linspace(0.5, 3, case.k)
    return case, labelings, weights, [minimised(case, some, weights[some]) for some in labelings]


def old_rows(case, name):
    rows = case.rows(name)
    V = direction(case.inverse.times, rows.gradient(softmax(rows.logits, axis=1)))
    logits = case.with_one(case.labelled) @ case.theta
    return OldRows(case.labelled, logits, case.weights, V, case.intercept)


@GOALS
@SHAPES
def test_joint_utilities(name, n, d, k, intercept, monkeypatch):
    """The goal at the weights that dense solves find, for every labeling of three rows."""
    case, labelings, weights, solutions = every_labeling(n, d, k, intercept)
    wide, now = wide_of(case), case.goal(name, case.theta)
    thetas = [case.theta + (wide @ step).reshape(case.theta.shape) for step, _ in solutions]
    expected = [case.goal(name, theta) - now for theta in thetas]
    args = case.logits[:B], labelings, case.inverse, case.rows(name), weights[labelings]
    found = joint_utilities(case.Z[:B], *args)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)
    for numbers in ("moves.BLOCK_NUMBERS", "moves.SEEN_NUMBERS", "joint.CACHED_NUMBERS"):
        monkeypatch.setattr(f"skal.kernels.influence.{numbers}", 1)
    monkeypatch.setattr("skal.kernels.influence.joint.SOLVED_NUMBERS", 1)
    np.testing.assert_allclose(joint_utilities(case.Z[:B], *args), found, rtol=1e-9, atol=1e-9)
    if intercept:
        rows = case.rows(name, sparse.csr_matrix(case.Z_v))
        inverse = case.inverse_of(sparse.csr_matrix(case.labelled))
        args = case.logits[:B], labelings, inverse, rows, weights[labelings]
        found = joint_utilities(sparse.csr_matrix(case.Z[:B]), *args)
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


@GOALS
@SHAPES
def test_the_second_step(name, n, d, k, intercept):
    """The remainder of all old rows, through the Hessian that the new rows have joined."""
    case, labelings, weights, solutions = every_labeling(n, d, k, intercept)
    wide, gradient, seconds = wide_of(case), slope_of_goal(case, name), []
    for step, curved in solutions:
        moved, r = (wide @ step).reshape(case.theta.shape), np.zeros(len(step))
        for z, w in zip(case.with_one(case.labelled), case.weights, strict=True):
            p = softmax(z @ case.theta)
            rest = softmax(z @ (case.theta + moved)) - p - dense_curvature(p) @ (z @ moved)
            r += w * wide.T @ np.kron(z, rest)
        seconds.append(gradient @ -np.linalg.solve(curved, r))
    how = case.inverse, case.rows(name), weights[labelings]
    args = case.Z[:B], case.logits[:B], labelings, *how
    first = joint_utilities(*args)
    found = joint_utilities(*args, old_rows(case, name)) - first
    expected = np.clip(seconds, -abs(first) / 2, abs(first) / 2)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@GOALS
@SHAPES
def test_one_row_has_its_own_utilities(name, n, d, k, intercept):
    case, weights, every = Case(n, d, k, intercept), np.linspace(0.5, 3, k), np.arange(k)
    how, old = (case.inverse, case.rows(name)), old_rows(case, name)
    for i in range(len(case.Z)):
        one = case.Z[[i]], case.logits[[i]]
        expected = newton_utilities(*one, every[None], *how, weights[None], old)[0]
        found = joint_utilities(*one, every[:, None], *how, weights[:, None], old)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@GOALS
@SHAPES
def test_class_weights_that_are_balanced_anew(name, n, d, k, intercept):
    """A gradient of the old losses under their new weights, and the remainder under these."""
    problem = recounted(n, d, k, intercept)
    case, rng = problem.case, np.random.default_rng(2)
    labelings = rng.integers(k, size=(6, B))
    ratios, losses = rng.uniform(0.6, 1.5, (6, k)), rng.uniform(0.3, 4, (6, B))
    wide, now, firsts, seconds = wide_of(case), case.goal(name, case.theta), [], []
    gradient = slope_of_goal(case, name)
    of_classes = [class_gradient(problem, c, wide) for c in range(k)]
    for labels, ratio, weights in zip(labelings, ratios, losses, strict=True):
        start = sum((r - 1) * G for r, G in zip(ratio, of_classes, strict=True))
        step, curved = minimised(case, labels, weights, start)
        moved = case.theta + (wide @ step).reshape(case.theta.shape)
        firsts.append(case.goal(name, moved) - now)
        r = np.zeros(len(step))
        old = case.with_one(case.labelled), problem.columns, case.weights
        for z, c, w in zip(*old, strict=True):
            p, change = softmax(z @ case.theta), z @ (moved - case.theta)
            rest = ratio[c] * w * (softmax(z @ moved) - p) - w * dense_curvature(p) @ change
            r += wide.T @ np.kron(z, rest)
        seconds.append(gradient @ -np.linalg.solve(curved, r))
    again = joint_recount(problem.old, case.inverse, ratios)
    args = case.Z[:B], case.logits[:B], labelings, case.inverse, case.rows(name), losses
    found = joint_utilities(*args, None, again)
    np.testing.assert_allclose(found, firsts, rtol=1e-8, atol=1e-8)
    second = joint_utilities(*args, old_rows(case, name), again) - found
    most = abs(found) / 2
    np.testing.assert_allclose(second, np.clip(seconds, -most, most), rtol=1e-5, atol=1e-6)


def class_gradient(problem, c, wide):
    """Of the losses of the old rows of a class: a loop."""
    case, total = problem.case, np.zeros(wide.shape[1])
    rows = case.with_one(case.labelled), problem.logits, problem.columns, case.weights
    for z, eta, label, w in zip(*rows, strict=True):
        if label == c:
            total += w * wide.T @ np.kron(z, softmax(eta) - np.eye(case.k)[c])
    return total


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3, 1e6])
@pytest.mark.parametrize("copies", [1, 10])
def test_hard_batches(scale, copies):
    """Copies of a row, and logits and steps of any size: c = w(softmax(η − Nc) − e) holds."""
    rng, k = np.random.default_rng(0), 3
    Z = np.tile(rng.normal(size=(4, 5)), (copies, 1))
    N = scale * np.kron(Z @ Z.T, np.eye(k - 1))
    logits = np.tile(rng.normal(size=(4, k)) * scale**0.5, (copies, 1))
    columns = rng.integers(k, size=(20, len(Z)))
    weights = rng.uniform(0.3, 4, size=columns.shape)
    basis = Case(9, 2, k, True).basis
    steps = joint_steps(logits, N, columns, weights)
    P = softmax(logits - (steps @ N).reshape(20, -1, k - 1) @ basis.T, axis=-1)
    expected = weights[..., None] * (P @ basis - basis[columns])
    rounding = 1e-15 * abs(steps @ N).max()
    atol = 1e-8 + 100 * rounding
    np.testing.assert_allclose(steps.reshape(expected.shape), expected, rtol=1e-7, atol=atol)


def test_rows_that_share_nothing_move_alone():
    """Of orthogonal rows the joint step is the steps of each."""
    rng, k, b = np.random.default_rng(1), 4, 5
    own = np.array([A @ A.T for A in rng.normal(size=(b, k - 1, k - 1))])
    N = np.zeros((b, k - 1, b, k - 1))
    N[np.arange(b), :, np.arange(b)] = own
    logits, columns = rng.normal(size=(b, k)), rng.integers(k, size=(6, b))
    weights = rng.uniform(0.3, 4, size=columns.shape)
    steps = joint_steps(logits, N.reshape(b * (k - 1), -1), columns, weights)
    alone = label_steps(logits, own, columns.T, weights.T)
    np.testing.assert_allclose(steps.reshape(6, b, k - 1), alone.swapaxes(0, 1), atol=1e-9)


def test_an_error_where_it_does_not_converge():
    case = Case(30, 5, 3, True)
    columns = np.zeros((1, 4), dtype=int)
    with pytest.raises(ArithmeticError, match="are the features scaled"):
        joint_steps(
            case.logits[:4], case.inverse.between(case.Z[:4]), columns, 1.0 + columns, most_steps=1
        )
