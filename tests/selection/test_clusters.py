"""Clusters of rows."""

import numpy as np
from scipy import sparse
from sklearn.datasets import make_blobs

from skal.selection import few_rounds, k_means


def inertia(X, weights, found):
    clusters, centres = found
    return np.sum(weights * ((X - centres[clusters]) ** 2).sum(1))


def test_few_rounds_come_near_k_means():
    X, _ = make_blobs(3_000, 8, centers=30, cluster_std=3, random_state=0)
    weights = np.random.default_rng(0).random(3_000)
    quick = few_rounds(X, 150, np.random.default_rng(0), weights)
    full = k_means(X, 150, np.random.default_rng(0), weights)
    assert inertia(X, weights, quick) < 1.05 * inertia(X, weights, full)
    thin = few_rounds(sparse.csr_matrix(X), 150, np.random.default_rng(0), weights)
    np.testing.assert_allclose(thin[1], quick[1])


def test_rows_without_weight_seed_last():
    X, weights = np.array([[0.0], [10], [20], [30]]), np.array([0.0, 1, 0, 1])
    clusters, _ = few_rounds(X, 3, np.random.default_rng(0), weights)
    assert clusters[1] != clusters[3]
