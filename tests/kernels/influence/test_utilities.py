"""Goals, Hessians and influences against autograd and loops, in float64."""

from functools import cache

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp, softmax

from skal.kernels.influence import goals
from skal.kernels.influence.conjugate_gradients import conjugate_gradients
from skal.kernels.influence.inverse_hessian import inverse_hessian
from skal.kernels.influence.label_rules import labels_tried, settle
from skal.kernels.influence.newton_step import first_step, label_steps
from skal.kernels.influence.utilities import (
    GoalRows,
    direction,
    linear_scores,
    linear_utilities,
    newton_utilities,
)
from skal.kernels.softmax import contrasts

RULES = ("mean", "min", "max", "predicted", "tempered", "expected", "oracle")
SHAPES = pytest.mark.parametrize(
    ("n", "d", "k", "intercept"),
    [(30, 5, 3, True), (30, 5, 2, False), (30, 1, 4, True), (6, 9, 3, True), (6, 9, 2, False)],
)


class Case:
    """Labelled rows, candidates and goal rows of one layer."""

    def __init__(self, n, d, k, intercept, seed=0, m=8, n_candidates=7):
        rng = np.random.default_rng(seed)
        self.k, self.intercept, self.rng = k, intercept, rng
        self.labelled, self.Z, self.Z_v = (rng.normal(size=(c, d)) for c in (n, n_candidates, m))
        self.theta = rng.normal(size=(d + intercept, k))
        self.y_v = rng.integers(k, size=m)
        self.penalty = rng.random(d + intercept) + 0.5
        if intercept:
            self.penalty[-1] = 0
        self.weights = rng.random(n) + 0.5
        self.P_labelled = softmax(self.with_one(self.labelled) @ self.theta, axis=1)
        self.logits = self.with_one(self.Z) @ self.theta
        self.P = softmax(self.logits, axis=1)

    def with_one(self, Z):
        return np.c_[Z, np.ones(len(Z))] if self.intercept else Z

    def rows(self, name, Z_v=None):
        logits = self.with_one(self.Z_v) @ self.theta
        Z_v = self.Z_v if Z_v is None else Z_v
        return GoalRows(name, Z_v, logits, self.intercept, self.y_v if name == "holdout" else None)

    def goal(self, name, theta):
        Z = self.with_one(self.Z_v)
        L = log_softmax(Z @ theta, axis=1)
        if name == "holdout":
            return sum(L[i, y] for i, y in enumerate(self.y_v))
        if name == "entropy":
            return (np.exp(L) * L).sum()
        return -np.mean([np.trace(hessian(np.exp(row))) * z @ z for row, z in zip(L, Z)])

    @property
    def basis(self):
        return contrasts(self.k, self.P)

    @property
    def H(self):
        """Among contrasts, feature by feature."""
        Z = self.with_one(self.labelled)
        B = self.basis
        terms = (
            w * np.kron(np.outer(z, z), B.T @ hessian(p) @ B)
            for z, p, w in zip(Z, self.P_labelled, self.weights)
        )
        return sum(terms) + np.diag(np.repeat(self.penalty, self.k - 1))

    @property
    def inverse(self):
        return self.inverse_of(self.labelled)

    def inverse_of(self, labelled):
        return inverse_hessian(
            labelled, self.P_labelled, self.penalty, self.intercept, self.weights
        )


def hessian(p):
    return np.diag(p) - np.outer(p, p)


@pytest.mark.parametrize("name", ["holdout", "entropy", "fisher"])
@SHAPES
def test_gradients_are_those_of_autograd(name, n, d, k, intercept):
    torch = pytest.importorskip("torch")
    case = Case(n, d, k, intercept)
    theta = torch.tensor(case.theta, requires_grad=True)
    Z = torch.tensor(case.with_one(case.Z_v))
    L = torch.log_softmax(Z @ theta, 1)
    value = {
        "holdout": lambda: L[torch.arange(len(Z)), torch.tensor(case.y_v)].sum(),
        "entropy": lambda: (L.exp() * L).sum(),
        "fisher": lambda: -((1 - (2 * L).exp().sum(1)) * (Z**2).sum(1)).mean(),
    }[name]()
    value.backward()
    rows = case.rows(name)
    assert rows.value(rows.logits) == pytest.approx(float(value.detach()))
    assert case.goal(name, case.theta) == pytest.approx(float(value.detach()))
    slope = rows.slope(softmax(rows.logits, axis=1))
    found = goals.weight_gradient(case.Z_v, slope, intercept)
    np.testing.assert_allclose(found, theta.grad.numpy(), rtol=1e-10, atol=1e-12)


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
        ridge = (torch.tensor(case.penalty)[:, None] * theta**2).sum() / 2
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
    G = case.rng.normal(size=(Z.shape[1], q))
    V = np.linalg.solve(H, G.ravel()).reshape(G.shape)
    np.testing.assert_allclose(inverse.times(G), V, rtol=1e-9, atol=1e-9)
    P = case.P_labelled
    args = (kind(case.labelled), P, case.penalty, intercept, G, case.weights)
    solution = conjugate_gradients(*args, tolerance=1e-12)
    assert solution.residual < 1e-11
    np.testing.assert_allclose(solution.V, V, rtol=1e-8, atol=1e-9)
    assert conjugate_gradients(*args, most_steps=1).residual > 1e-3
    for j in range(3):  # rows that join
        curvature = case.basis.T @ hessian(case.P[j]) @ case.basis
        inverse = inverse.with_row(kind(case.Z)[[j]], curvature)
        H = H + np.kron(np.outer(Z[j], Z[j]), curvature)
    expected = [seen(H, z) for z in Z]
    np.testing.assert_allclose(inverse.seen_by(kind(case.Z)), expected, rtol=1e-8, atol=1e-9)
    V = np.linalg.solve(H, G.ravel()).reshape(G.shape)
    np.testing.assert_allclose(inverse.times(G), V, rtol=1e-8, atol=1e-9)


def test_a_singular_hessian_is_damped():
    case = Case(30, 5, 3, True)
    case.penalty[:] = 0
    case.labelled[:, 2] = case.labelled[:, 1]  # the same feature twice
    inverse = case.inverse
    assert inverse.damping > 0
    assert np.isfinite(inverse.matrix).all()
    case.labelled[:, 2] = 0
    assert np.isfinite(case.inverse.matrix).all()


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
        scores = linear_scores(case.Z, case.P, V, intercept, rule, 3.0, truth)
        np.testing.assert_allclose(scores, settled, rtol=1e-9, atol=1e-9)


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
                np.eye(k - 1) + B.T @ hessian(case.P[i]) @ B @ N[i],
                B.T @ (case.P[i] - np.eye(k)[y]),
            )
            np.testing.assert_allclose(first_step(case.logits, N, columns)[i, y], one, atol=1e-12)


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
                curvature = H + wide.T @ np.kron(np.outer(z, z), hessian(p)) @ wide
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
    monkeypatch.setattr("skal.kernels.influence.utilities.BLOCK_NUMBERS", 1)
    monkeypatch.setattr("skal.kernels.influence.utilities.CHUNK_NUMBERS", 600)
    np.testing.assert_allclose(newton_utilities(*args), expected, rtol=1e-9, atol=1e-9)
    if intercept:
        inverse, rows = (
            case.inverse_of(sparse.csr_matrix(case.labelled)),
            case.rows(name, sparse.csr_matrix(case.Z_v)),
        )
        found = newton_utilities(sparse.csr_matrix(case.Z), case.logits, columns, inverse, rows)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


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
