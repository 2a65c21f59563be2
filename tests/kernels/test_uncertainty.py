"""Measures of uncertainty and of disagreement against loops over rows."""

import math

import numpy as np
import pytest

from skal.kernels import uncertainty as kernels
from tests.kernels.reference import slow_entropy, slow_margin

P = np.random.default_rng(0).dirichlet(np.full(4, 0.4), size=(6, 30))


def vote_shares(P, i):
    tops = [p[i].argmax() for p in P]
    return [tops.count(c) / len(P) for c in range(P.shape[2])]


SLOW = {
    "mutual_information": lambda i: (
        slow_entropy(P[:, i].mean(axis=0)) - np.mean([slow_entropy(p[i]) for p in P])
    ),
    "variation_ratio": lambda i: 1 - max(vote_shares(P, i)),
    "vote_entropy": lambda i: slow_entropy(vote_shares(P, i)),
    "divergence": lambda i: np.mean(
        [sum(a * math.log(a / b) for a, b in zip(p[i], P[:, i].mean(axis=0))) for p in P]
    ),
}


@pytest.mark.parametrize("name", SLOW)
def test_disagreement(name):
    np.testing.assert_allclose(
        getattr(kernels, name)(P), [SLOW[name](i) for i in range(30)], atol=1e-12
    )


def test_variance():
    Y = np.random.default_rng(0).normal(size=(5, 7, 2))
    np.testing.assert_allclose(kernels.variance(Y), Y.var(axis=0).sum(axis=1))
    np.testing.assert_allclose(kernels.variance(Y[..., 0]), Y[..., 0].var(axis=0))


PROBA = np.random.default_rng(0).dirichlet(np.full(4, 0.3), size=50)
PROBA[0], PROBA[1] = [1, 0, 0, 0], [0.5, 0.5, 0, 0]
SLOW_CERTAINTY = {
    "margin": slow_margin,
    "confidence": max,
    "entropy": slow_entropy,
    "relative_certainty": lambda p: 1 - slow_entropy(p) / math.log(len(p)),
}


@pytest.mark.parametrize("name", SLOW_CERTAINTY)
def test_formula(name):
    np.testing.assert_allclose(
        getattr(kernels, name)(PROBA), [SLOW_CERTAINTY[name](p) for p in PROBA], atol=1e-15
    )


def test_shift():
    np.testing.assert_allclose(
        kernels.shift(np.array([0.5, 0.0, 0.2, 0.0]), np.array([0.1, 0.0, 0.2, 0.3])),
        [0.4 / 0.6, 0, 0, -1],
    )


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(5, 2), (5, 30), (2 * kernels.FEW + 7, 3)])
def test_the_two_largest_of_rows_in_any_layout(order, shape):
    P = np.random.default_rng(1).dirichlet(np.ones(shape[1]), size=shape[0])
    P = np.asarray(P.astype(np.float32), order=order)
    first = [max(row) for row in P.tolist()]
    assert kernels.confidence(P).tolist() == first
    second = np.float32([sorted(row)[-2] for row in P.tolist()])
    assert kernels.margin(P).tolist() == (np.float32(first) - second).tolist()
