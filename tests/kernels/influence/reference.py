"""A layer with its Hessian written out, in float64: what the kernels are held against."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from skal.kernels.influence.goals import GoalRows
from skal.kernels.influence.inverse_hessian import inverse_hessian
from skal.kernels.softmax import contrasts

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
        self.ridge = rng.random(d + intercept) + 0.5
        if intercept:
            self.ridge[-1] = 0
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
        return -np.mean([np.trace(dense_curvature(np.exp(row))) * z @ z for row, z in zip(L, Z)])

    @property
    def basis(self):
        return contrasts(self.k, self.P)

    @property
    def H(self):
        """Among contrasts, feature by feature."""
        Z = self.with_one(self.labelled)
        B = self.basis
        terms = (
            w * np.kron(np.outer(z, z), B.T @ dense_curvature(p) @ B)
            for z, p, w in zip(Z, self.P_labelled, self.weights)
        )
        return sum(terms) + np.diag(np.repeat(self.ridge, self.k - 1))

    @property
    def inverse(self):
        return self.inverse_of(self.labelled)

    def inverse_of(self, labelled):
        return inverse_hessian(labelled, self.P_labelled, self.ridge, self.intercept, self.weights)


def dense_curvature(p):
    return np.diag(p) - np.outer(p, p)
