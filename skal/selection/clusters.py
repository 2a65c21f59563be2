"""Clusters of rows, some of which may be empty."""

import warnings

import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning

from skal._array import Array, is_sparse

# After this number of rounds, random seeds come within a percent of the inertia of k-means++.
ROUNDS = 5


def k_means(
    Z: Array,
    n_clusters: int,
    rng: np.random.Generator,
    weights: np.ndarray | None = None,
    *,
    quick: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the cluster of each row, and the centres; fast for a large number of clusters.

    If there are fewer distinct rows than clusters, some clusters are empty; the caller handles
    this.
    """
    kind = MiniBatchKMeans if quick else KMeans
    model = kind(n_clusters, n_init=1, random_state=int(rng.integers(2**31 - 1)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(Z, sample_weight=weights)
    return model.labels_, model.cluster_centers_


def few_rounds(
    Z: Array, n_clusters: int, rng: np.random.Generator, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Cluster from rows drawn in proportion to their weights, with `ROUNDS` rounds of k-means.

    k-means++ passes over all rows for each cluster; for a thousand clusters, this takes longer than
    everything after it.
    """
    with np.errstate(divide="ignore"):
        order = np.log(weights) + rng.gumbel(size=len(weights))  # the n largest: drawn by weight
    first = np.sort(np.argsort(-order, kind="stable")[:n_clusters])
    seeds = Z[first].toarray() if is_sparse(Z) else Z[first]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = KMeans(n_clusters, init=seeds, n_init=1, max_iter=ROUNDS, random_state=0)
        model.fit(Z, sample_weight=weights)
    return model.labels_, model.cluster_centers_
