"""Clusters of rows, some of which may stay empty."""

import warnings

import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning

from skal._array import Array, is_sparse

# Rounds after which clusters of random seeds are within a percent of the inertia of k-means++.
ROUNDS = 5


def k_means(
    Z: Array,
    n_clusters: int,
    rng: np.random.Generator,
    weights: np.ndarray | None = None,
    *,
    quick: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """The cluster of each row, and the centres; quick for very many clusters.

    Fewer distinct rows than clusters leave some empty: whoever asks must cope.
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
    """The same from rows drawn in proportion to their weights, after `ROUNDS` rounds of k-means.

    k-means++ passes over all rows for each cluster, which of a thousand clusters takes longer than
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
