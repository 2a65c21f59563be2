"""Regression: cover features, outputs, or both."""

from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from skal._array import to_numpy
from skal._renamed import renamed_parameters
from skal.kernels.distances import blocks_of_distances, feature_distances
from skal.selection import k_centre
from skal.state import QueryState
from skal.strategies.base import Strategy


class GreedySampling(Strategy):
    """Pick the rows farthest from the labelled rows in features, in outputs, or in both.

    Distances in features are those of last-layer features; distances in outputs are those between
    predictions and known targets.  "both" multiplies the two.  A picked row counts as labelled
    with its prediction.

    Parameters
    ----------
    space : {"both", "features", "outputs"}, default="both"
        Where distances are measured.

    See Also
    --------
    Lcmd : Split the largest cluster instead.
    CoreSet : The same in features, for any task.

    Notes
    -----
    Time O((l + b)·n·d), memory O(n·k); l is the number of labelled rows, k of outputs.

    References
    ----------
    Wu, Lin and Huang, Active learning for regression using greedy sampling, 2019: iGS, GSx, GSy.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from skal import ActiveLearner
    >>> from skal.strategies import GreedySampling
    >>> X, y = np.array([[0.0], [1.0], [1.1], [2.0], [9.0]]), [0, 1, None, None, None]
    >>> ActiveLearner(Ridge(0.1), GreedySampling()).fit(X, y).query(batch_size=2)
    array([4, 3])
    """

    needs = frozenset({"model", "regressor", "last_layer"})
    candidates_only = True

    _parameter_constraints: ClassVar[dict] = {
        "space": [StrOptions({"both", "features", "outputs"})],
    }

    @renamed_parameters(by="space")
    def __init__(self, space: str = "both"):
        self.space = space

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The n candidates that are picked one after another, each the farthest."""
        layer = state.pool.part(state.candidates).last_layer
        Z, F = layer.features, to_numpy(layer.prediction)
        known = state.labelled.y.reshape(len(state.labelled), -1)
        nearest = None
        to_known = (
            blocks_of_distances(Z, state.labelled.last_layer.features),
            blocks_of_distances(F, known),
        )
        for features, outputs in zip(*to_known, strict=True):
            block = self._both(to_numpy(features), outputs).min(axis=1)
            nearest = block if nearest is None else block.clip(max=nearest)
        in_features, in_outputs = feature_distances(Z), feature_distances(F)
        picks = k_centre(lambda j: self._both(to_numpy(in_features(j)), in_outputs(j)), n, nearest)
        return state.candidates[picks]

    def _both(self, features, outputs):
        """The distances that count, squared."""
        if self.space == "both":
            return features * outputs
        return features if self.space == "features" else outputs
