"""Slopes of goals against autograd, in float64."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from skal.kernels.influence import goals
from tests.kernels.influence.reference import SHAPES, Case


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
    assert case.goal(name, case.theta) == pytest.approx(float(value.detach()))
    slope = rows.slope(softmax(rows.logits, axis=1))
    found = goals.weight_gradient(case.Z_v, slope, intercept)
    np.testing.assert_allclose(found, theta.grad.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("size", [1e-6, 1.0, 30.0, 2000.0], ids=str)
@pytest.mark.parametrize("name", ["holdout", "entropy", "fisher"])
def test_gains_are_the_goal_after_less_the_goal_before(name, size):
    """Of moves small and large, against the goal at the moved weights, in long doubles."""
    case = Case(30, 5, 4, True)
    rows, moves = case.rows(name), size * case.rng.normal(size=(3, 2, *case.theta.shape))
    change = np.einsum("vd,ijdk->ijkv", case.with_one(case.Z_v), moves)
    found = rows.gains(change.copy(), log_softmax(rows.logits, axis=1).T)

    def goal(theta):
        eta = (case.with_one(case.Z_v) @ theta).astype(np.longdouble)
        eta -= eta.max(axis=1, keepdims=True)
        log_P = eta - np.log(np.exp(eta).sum(axis=1, keepdims=True))
        P = np.exp(log_P)
        if name == "holdout":
            return log_P[np.arange(len(eta)), case.y_v].sum()
        if name == "entropy":
            return (P * log_P).sum()
        norms = (case.with_one(case.Z_v) ** 2).sum(axis=1)
        return -((1 - (P**2).sum(axis=1)) * norms).mean()

    now = goal(case.theta)
    expected = [[goal(case.theta + move) - now for move in some] for some in moves]
    np.testing.assert_allclose(found, np.array(expected, float), rtol=1e-9, atol=1e-13)
