"""Pick typical rows, one from each cluster without a label."""

from typing import ClassVar

import numpy as np
from scipy import sparse
from sklearn.neighbors import NearestNeighbors

from skal._array import on_host
from skal._constraints import COUNT
from skal.selection import k_means
from skal.state import QueryState
from skal.strategies.base import Strategy


class TypiClust(Strategy):
    """Pick typical rows of the clusters without a label: for the first labels.

    K-means forms as many clusters as there are labels and picks, at most `max_clusters`.  Clusters
    take turns, those with the fewest labels first, the larger first among them.  The pick is the
    most typical row of a cluster: the one with the smallest mean distance to its nearest neighbours
    in the cluster.  Labelled rows take part in k-means, but are not counted as neighbours.

    Parameters
    ----------
    max_clusters : int, default=500
        The largest number of clusters.
    n_neighbors : int, default=20
        The number of neighbours that measure typicality.

    See Also
    --------
    CoreSet : Cover the pool, outliers included.
    Stages : Switch to another strategy as labels come in.

    Notes
    -----
    Time O(t·n·d·(l + b) + d·n²/(l + b)), memory O(n·d + n·(l + b)); t are the steps of k-means
    and l the labelled rows.  Neighbours are looked for within clusters, which grow with the pool:
    hence n².

    References
    ----------
    Hacohen, Dekel and Weinshall, Active learning on a budget: opposite strategies suit high and
    low budgets, 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_blobs
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import TypiClust
    >>> X, truth = make_blobs(300, centers=4, cluster_std=0.5, random_state=0)
    >>> learner = ActiveLearner(
    ...     LogisticRegression(), initial=TypiClust(), initial_size=4, random_state=0
    ... ).fit(X, [None] * 300)
    >>> sorted(truth[learner.query()].tolist())       # one of each
    [0, 1, 2, 3]
    """

    needs = frozenset({"features"})
    works_on_maps = True

    _parameter_constraints: ClassVar[dict] = {"max_clusters": [COUNT], "n_neighbors": [COUNT]}

    def __init__(self, max_clusters: int = 500, *, n_neighbors: int = 20):
        self.max_clusters = max_clusters
        self.n_neighbors = n_neighbors

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The most typical candidate of each cluster whose turn it is."""
        pool = on_host(state.pool.features)
        n_labelled = len(state.labelled)
        stack = sparse.vstack if sparse.issparse(pool) else np.concatenate
        Z = stack([pool, on_host(state.labelled.features)]) if n_labelled else pool
        n_clusters = min(n_labelled + n, self.max_clusters, Z.shape[0])
        clusters, _ = k_means(Z, n_clusters, state.rng, quick=n_clusters > 50)
        in_pool, covered = clusters[: len(state.pool)], clusters[len(state.pool) :]

        ranked = self._ranked(pool, in_pool, state.candidates, n_clusters)
        labels = np.bincount(covered, minlength=n_clusters)
        sizes = np.bincount(in_pool, minlength=n_clusters)
        picks: list[int] = []
        while len(picks) < n:
            left = [c for c in range(n_clusters) if ranked[c]]
            turn = min(left, key=lambda c: (labels[c], -sizes[c], c))
            picks.append(ranked[turn].pop())
            labels[turn] += 1
        return np.array(picks)

    def _ranked(self, pool, in_pool, candidates, n_clusters):
        """The candidates of each cluster, the most typical last."""
        ranked: list[list[int]] = [[] for _ in range(n_clusters)]
        of_candidate = in_pool[candidates]
        for c in np.unique(of_candidate):
            mine = candidates[of_candidate == c]
            members = np.flatnonzero(in_pool == c)
            k = min(self.n_neighbors, len(members) - 1)
            distance = np.zeros(len(mine))
            if k:
                near = NearestNeighbors(n_neighbors=k + 1).fit(pool[members])
                distance = near.kneighbors(pool[mine])[0][:, 1:].mean(axis=1)
            ranked[c] = mine[np.argsort(distance, kind="stable")][::-1].tolist()
        return ranked
