"""How much a loss rises, against a loop of gradient steps."""

import numpy as np
import pytest
from scipy import sparse
from scipy.special import log_softmax, softmax

from skal.kernels.influence.linear import settled_linear_utilities
from skal.kernels.influence.wrong_prediction import approximate_rises, dense_rises, exact_rises


class Case:
    def __init__(self, k, intercept, seed=0, n=9, m=6, d=5):
        rng = np.random.default_rng(seed)
        self.rng, self.intercept = rng, intercept
        self.Z, self.Z_v = rng.normal(size=(n, d)), rng.normal(size=(m, d))
        self.theta = rng.normal(size=(d + intercept, k))
        self.columns = rng.integers(k, size=m)
        self.logits, self.logits_v = self.one(self.Z) @ self.theta, self.one(self.Z_v) @ self.theta

    def one(self, Z):
        return np.c_[Z, np.ones(len(Z))] if self.intercept else Z

    def loss(self, theta):
        L = log_softmax(self.one(self.Z_v) @ theta, axis=1)
        return -L[np.arange(len(L)), self.columns].sum()


CASES = pytest.mark.parametrize(("k", "intercept"), [(2, True), (2, False), (4, True), (4, False)])


@CASES
@pytest.mark.parametrize("rate", [1e-3, 0.5, 100.0])
def test_exact_is_the_loop(k, intercept, rate):
    case = Case(k, intercept)
    expected = []
    for z in case.one(case.Z):
        theta = case.theta.copy()
        label = np.eye(k)[(z @ theta).argmax()]
        for _ in range(3):
            theta -= rate * np.outer(z, softmax(z @ theta) - label)
        expected.append(case.loss(theta) - case.loss(case.theta))
    for kind in (np.asarray, sparse.csr_matrix):
        found = exact_rises(
            kind(case.Z),
            case.logits,
            kind(case.Z_v),
            case.logits_v,
            case.columns,
            intercept,
            steps=3,
            rate=rate,
        )
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@CASES
def test_approximate_is_the_product_of_gradients(k, intercept):
    case = Case(k, intercept)
    P, P_v = softmax(case.logits, axis=1), softmax(case.logits_v, axis=1)
    wanted = sum(
        np.outer(z, p - np.eye(k)[y]) for z, p, y in zip(case.one(case.Z_v), P_v, case.columns)
    )
    own = [np.outer(z, p - np.eye(k)[p.argmax()]) for z, p in zip(case.one(case.Z), P)]
    expected = [-(wanted * g).sum() for g in own]
    found = approximate_rises(case.Z, P, case.Z_v, P_v, case.columns, intercept)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    # the influence of the predicted label with H = I, negated
    influence = settled_linear_utilities(case.Z, P, wanted, intercept, "predicted")
    np.testing.assert_allclose(found, -influence)
    # and what small steps come to
    small = exact_rises(
        case.Z, case.logits, case.Z_v, case.logits_v, case.columns, intercept, steps=1, rate=1e-6
    )
    np.testing.assert_allclose(small / 1e-6, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("intercept", [True, False])
def test_dense_outputs(intercept):
    rng = np.random.default_rng(0)
    n, t, d, k, m = 4, 6, 3, 3, 2
    Z, Z_v = rng.normal(size=(n, t, d)), rng.normal(size=(m, t, d))
    theta, last = rng.normal(size=(d, k)), rng.normal(size=k) * intercept
    y = rng.integers(k, size=(m, t))

    def losses(theta, last):
        L = log_softmax(Z_v @ theta + last, axis=2)
        return -np.take_along_axis(L, y[:, :, None], axis=2)[:, :, 0]

    logits, logits_v = Z @ theta + last, Z_v @ theta + last
    expected = []
    for z, eta in zip(Z, logits):
        labels = np.eye(k)[eta.argmax(axis=1)]
        moved, shifted = theta.copy(), last.copy()
        for _ in range(3):
            slope = softmax(z @ moved + shifted, axis=1) - labels
            moved, shifted = (
                moved - 0.1 * z.T @ slope,
                shifted - 0.1 * intercept * slope.sum(axis=0),
            )
        rise = losses(moved, shifted) - losses(theta, last)
        expected.append(rise[rise > 0].mean() if (rise > 0).any() else 0)
    found = dense_rises(Z, logits, Z_v, logits_v, y, intercept, rate=0.1)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    P, P_v = softmax(logits, axis=2), softmax(logits_v, axis=2)
    by_position = approximate_rises(
        Z.reshape(-1, d),
        P.reshape(-1, k),
        Z_v.reshape(-1, d),
        P_v.reshape(-1, k),
        y.ravel(),
        intercept,
    )
    found = dense_rises(Z, logits, Z_v, logits_v, y, intercept, steps=0)
    np.testing.assert_allclose(found, by_position.reshape(n, t).sum(axis=1))
    certain = np.array([[[50.0, 0, 0]] * t])
    nothing = dense_rises(Z[:1], certain, Z_v, logits_v, y, intercept)
    np.testing.assert_allclose(nothing, 0, atol=1e-12)
