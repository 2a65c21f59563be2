"""How sharp values are that are no probabilities, against a search over a grid."""

import numpy as np
import pytest

from skal.kernels.sharpening import best_factor, sharpened

RNG = np.random.default_rng(0)


def loss(F, codes, factor):
    """Of one row after the other, by Platt's targets."""
    n, k = F.shape
    total = 0.0
    for row, code in zip(F, codes, strict=True):
        log_P = factor * row - np.log(np.exp(factor * row).sum())
        count = (codes == code).sum()
        for j in range(k):
            total -= ((count + 1) if j == code else 1) / (count + k) * log_P[j]
    return total


@pytest.mark.parametrize("k", [2, 4])
def test_the_best_of_a_grid(k):
    codes = np.arange(30) % k
    F = RNG.normal(size=(30, k)) + 1.5 * np.eye(k)[codes]
    factors = np.geomspace(0.05, 20, 400)
    best = factors[np.argmin([loss(F, codes, factor) for factor in factors])]
    assert best_factor(F, codes) == pytest.approx(best, rel=0.03)


def test_separable_rows_are_not_certain():
    """Values of ±1, as an SVM gives its own rows: as sure as that many rows can make one."""
    codes = np.repeat([0, 1], 20)
    F = np.where(codes[:, None] == [0, 1], 0.5, -0.5)
    P = sharpened(F, best_factor(F, codes))
    np.testing.assert_allclose(P[np.arange(40), codes], 21 / 22, atol=1e-3)


def test_an_impossible_class():
    codes = np.array([0, 1, 0, 1])
    F = np.array([[1.0, -np.inf], [0, 1], [2, 0], [0.5, 1]])
    P = sharpened(F, best_factor(F, codes))
    assert P[0].tolist() == [1, 0]
    assert np.isfinite(P).all()
