"""Greedy cover, against sums over all pairs of rows."""

import numpy as np
import pytest

from skal.kernels.herding import Cover, cover_of
from skal.kernels.similarity import gaussian_of_points
from skal.selection import lazy_greedy

TOLERANCE = 1e-11


def greedy(K, known, u, n):
    """The candidate (row of K) that adds the most, again and again; of equal ones the first."""
    covered, picks = known.max(axis=0, initial=0.0), []
    for _ in range(n):
        gains = np.array([np.sum(u * np.maximum(row - covered, 0)) for row in K])
        gains[picks] = -1
        picks.append(int(np.flatnonzero(gains >= gains.max() * (1 - TOLERANCE))[0]))
        covered = np.maximum(covered, K[picks[-1]])
    return picks


def problem(seed):
    """Rows, some of them twice, candidates among them, labelled rows, weights and a width."""
    rng = np.random.default_rng(seed)
    n, d, n_known = rng.integers(5, 90), rng.integers(1, 6), rng.integers(0, 5)
    Z, known, u = rng.normal(size=(n, d)), rng.normal(size=(n_known, d)), rng.random(n) ** 2
    if seed % 3 == 0:
        Z[: n // 3] = Z[n // 3 : 2 * (n // 3)]
    candidates = np.arange(n)
    if seed % 2:
        candidates = np.sort(rng.choice(n, n // 2 + 1, replace=False))
    return Z, known, u, candidates, rng.uniform(0.05, 3)


@pytest.mark.parametrize("seed", range(200))
def test_lazy_greedy_is_greedy(seed):
    Z, known, u, candidates, square = problem(seed)
    n = min(len(candidates), 12)

    def table(A):
        return np.exp(-((A[:, None] - Z[None, :]) ** 2).sum(2) / square)

    covered = cover_of(gaussian_of_points(known, Z, square), len(known), len(Z), u)
    kernel = gaussian_of_points(Z[candidates], Z, square)
    cover = Cover(kernel, len(candidates), u, covered, same=len(candidates) == len(Z))
    picks = lazy_greedy(cover.bounds, cover.gain, cover.push, n, TOLERANCE)
    expected = greedy(table(Z[candidates]), table(known), u, n)
    assert picks.tolist() == expected[: len(picks)]
    final = np.maximum(table(known).max(axis=0, initial=0.0), table(Z[candidates[picks]]).max(0))
    if len(picks) < n:  # the others are covered
        assert (np.maximum(table(Z[candidates]) - final, 0) @ u).max() < 1e-12
    np.testing.assert_allclose(cover.covered, final, atol=1e-12)


@pytest.mark.parametrize("same", [True, False])
def test_gains_over_several_tiles(same, monkeypatch):
    """More rows than a tile has, and less room than there are rows to keep."""
    monkeypatch.setattr("skal.kernels.herding.KEPT_NUMBERS", 20 * 1_500)
    rng = np.random.default_rng(0)
    Z, u = rng.normal(size=(1_500, 3)), rng.random(1_500)
    K = np.exp(-((Z[:, None] - Z[None, :]) ** 2).sum(2))
    cover = Cover(gaussian_of_points(Z, Z, 1.0), len(Z), u, np.zeros(len(Z)), same=same)
    np.testing.assert_allclose(cover.bounds, K @ u)
    cover.gain(np.arange(5))
    cover.push(3)
    expected = np.maximum(K - K[3], 0) @ u
    for positions in (np.arange(5), np.arange(40), np.array([7, 1_499])):
        np.testing.assert_allclose(cover.gain(positions), expected[positions], atol=1e-12)
