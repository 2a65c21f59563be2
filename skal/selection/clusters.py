"""Clusters of rows, some of which may stay empty."""

import warnings

import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning

from skal._array import Array


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
