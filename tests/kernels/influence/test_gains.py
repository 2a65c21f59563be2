"""Gains of goals against the goal at the moved weights, in long doubles."""

import numpy as np
import pytest

from skal.kernels.influence.gains import Gains
from skal.kernels.influence.moves import is_far
from tests.kernels.influence.reference import Case


def relative(logits):
    """Logits (…×k×m) less those of the last class, which is left out."""
    return logits[..., :-1, :] - logits[..., -1:, :]


@pytest.mark.parametrize("k", [2, 4])
@pytest.mark.parametrize("size", [1e-6, 1.0, 15.0, 60.0, 2000.0], ids=str)
@pytest.mark.parametrize("name", ["holdout", "entropy", "fisher"])
def test_gains_are_the_goal_after_less_the_goal_before(name, size, k):
    """Of moves small and large."""
    case = Case(30, 5, k, True)
    rows, moves = case.rows(name), size * case.rng.normal(size=(3, 2, *case.theta.shape))
    change = relative(np.einsum("vd,ijdk->ijkv", case.with_one(case.Z_v), moves))
    found = Gains(rows)(change.copy())

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
    expected = np.array([[goal(case.theta + move) - now for move in some] for some in moves], float)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-13)
    if not is_far(change):
        assert size < 100
        found = Gains(rows)(change.copy(), far=False)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-13)
