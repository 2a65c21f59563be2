"""Greedy picks by variance, against Schur complements of the whole covariance."""

import numpy as np
import pytest

from skal.selection import conditional_variance


def slowly(S, n, noise, step, scale):
    """What is left of the covariance when the picks are known, computed anew each time."""
    picks = []
    while len(picks) < n:
        known = S[np.ix_(picks, picks)] + noise * np.eye(len(picks))
        left = S - S[:, picks] @ np.linalg.solve(known, S[picks]) if picks else S
        worth = np.diag(left) * scale
        worth[picks] = -np.inf
        picks += list(np.argsort(-worth, kind="stable")[: min(step, n - len(picks))])
    return picks


@pytest.mark.parametrize("step", [1, 3])
@pytest.mark.parametrize("noise", [0.0, 0.4])
def test_picks(noise, step):
    rng = np.random.default_rng(0)
    A = rng.normal(size=(30, 12))
    S, scale = A @ A.T + 0.01 * np.eye(30), rng.uniform(0.5, 2, 30)
    picks = conditional_variance(
        np.diag(S), lambda j: S[:, j], 10, step=step, noise=noise, scale=scale
    )
    assert picks.tolist() == slowly(S, 10, noise, step, scale)


def test_rows_of_no_variance_come_in_order():
    S = np.ones((5, 5))  # one pick tells all
    assert conditional_variance(np.ones(5), lambda j: S[:, j], 5).tolist() == [0, 1, 2, 3, 4]
    S = np.zeros((4, 4))
    assert conditional_variance(np.zeros(4), lambda j: S[:, j], 4).tolist() == [0, 1, 2, 3]


def test_equal_rows_tell_nothing_more():
    A = np.repeat(np.random.default_rng(0).normal(size=(6, 9)), 3, axis=0)
    S = A @ A.T  # singular, and what is left of equal rows is rounding
    picks = conditional_variance(np.diag(S), lambda j: S[:, j], 18)
    assert sorted(picks) == list(range(18))
    assert sorted(picks[:6] // 3) == list(range(6))


def test_the_variance_is_left_as_it_is():
    variance = np.array([2.0, 1.0])
    conditional_variance(variance, lambda j: np.diag(variance)[:, j], 2)
    assert variance.tolist() == [2.0, 1.0]
