"""Cover the pool by distance."""

import numpy as np

from skal._array import squared_norms
from skal.kernels.distances import feature_distances, nearest_distances
from skal.selection import k_centre
from skal.state import QueryState
from skal.strategies.base import Strategy


class CoreSet(Strategy):
    """Pick the row farthest from all labelled and picked rows, again and again.

    Greedy k-centre in last-layer features: each pick is the row whose nearest labelled or picked
    row is farthest away, so that no part of the pool stays far from a label.  As `initial`,
    without a model, it covers the rows of X, starting with the row nearest to their mean.  A pick
    costs one pass over the pool.

    See Also
    --------
    TypiClust : Typical rows of uncovered clusters.
    Lcmd : Cover the dense parts of the pool more.
    GreedySampling : Cover the outputs of a regression too.

    Notes
    -----
    Time O((l + b)·n·d), memory O(n): 64 distances a row at a time; l are the labelled
    rows.

    References
    ----------
    Sener and Savarese, Active learning for convolutional neural networks: a core-set approach,
    2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import CoreSet
    >>> X, y = np.array([[0.0], [1.0], [1.1], [2.0], [9.0]]), [0, 1, None, None, None]
    >>> ActiveLearner(LogisticRegression(), CoreSet(), batch_size=2).fit(X, y).query()
    array([4, 3])
    """

    needs = frozenset({"features"})
    works_on_maps = True
    candidates_only = True

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The n candidates that greedy k-centre picks, in its order."""
        Z = state.pool.part(state.candidates).features
        distances = feature_distances(Z)
        if len(state.labelled):
            nearest = nearest_distances(Z, state.labelled.features)
            return state.candidates[k_centre(distances, n, nearest)]
        to_mean = squared_norms(Z) - 2 * (Z @ np.asarray(Z.mean(axis=0)).ravel())
        return state.candidates[k_centre(distances, n, first=int(np.argmin(to_mean)))]
