"""Slopes of goals against autograd, in float64."""

import numpy as np
import pytest
from scipy.special import softmax

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
