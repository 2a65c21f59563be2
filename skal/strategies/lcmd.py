"""Regression: split the largest cluster repeatedly."""

import numpy as np

from skal._array import to_numpy
from skal.kernels.distances import blocks_of_distances, feature_distances
from skal.selection import largest_cluster
from skal.state import QueryState
from skal.strategies.base import Strategy


class Lcmd(Strategy):
    """Pick the farthest row of the largest cluster, again and again.

    Labelled and picked rows are centres; every row belongs to the nearest one.  The size of a
    cluster is the sum of its rows' squared distances to the centre; of the largest, the row
    farthest from the centre is picked, and becomes a centre.  Dense parts of the pool get more
    picks than with :class:`CoreSet`, which picks outliers.

    See Also
    --------
    CoreSet : Take the farthest row wherever it lies.
    GreedySampling : Measure distances in outputs too.

    Notes
    -----
    Time O((l + b)·n·d), memory O(n): 64 distances a row at a time; l are the labelled
    rows.

    References
    ----------
    Holzmüller, Zaverkin, Kästner and Steinwart, A framework and benchmark for deep batch active
    learning for regression, 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Lcmd
    >>> X = np.array([[0.0], [10.0], [2.0], [2.1], [2.2], [13.0]])
    >>> ActiveLearner(Ridge(), Lcmd()).fit(X, [0, 1, None, None, None, None]).query()
    array([4])
    """

    needs = frozenset({"features"})
    candidates_only = True

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The n candidates that are picked, in order."""
        Z = state.pool.part(state.candidates).features
        centres = state.labelled.features if len(state.labelled) else Z[:0]
        blocks = (to_numpy(block) for block in blocks_of_distances(Z, centres))
        distances = feature_distances(Z)
        picks = largest_cluster(lambda j: to_numpy(distances(j)), n, len(state.candidates), blocks)
        return state.candidates[picks]
