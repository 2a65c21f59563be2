"""Maximise the expected change of the last layer."""

from typing import ClassVar

import numpy as np

from skal._array import squared_norms, to_numpy
from skal._constraints import PAIR_OR_MORE
from skal.state import QueryState
from skal.strategies.base import UtilityStrategy


class ExpectedGradientLength(UtilityStrategy):
    """Pick the rows with the largest expected gradient of the last layer.

    The gradient of the log loss in the last layer is z ⊗ (p − e_y); its length, averaged over the
    labels y under the model, is ‖z‖ Σ_y p_y √(‖p‖² − 2p_y + 1).

    See Also
    --------
    ExpectedModelChange : The same idea for a regression.
    Badge : A batch of long gradients unlike each other.

    Notes
    -----
    Time O(n·d·k), memory O(n·k).

    References
    ----------
    Settles, Craven and Ray, Multiple-instance active learning, 2008.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import ExpectedGradientLength
    >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
    >>> ActiveLearner(LogisticRegression(), ExpectedGradientLength()).fit(X, y).query()
    array([3])
    """

    needs = frozenset({"model", "classifier", "last_layer"})
    by_row = True

    def utilities(self, state: QueryState) -> np.ndarray:
        """The expected length of each candidate's gradient."""
        layer = state.pool.part(state.candidates).last_layer
        P = layer.proba
        lengths = (squared_norms(P)[:, None] - 2 * P + 1) ** 0.5
        z = (squared_norms(layer.features) + layer.intercept) ** 0.5
        return to_numpy(z * (P * lengths).sum(axis=1))


class ExpectedModelChange(UtilityStrategy):
    """Pick the rows whose label is expected to change a regression most.

    A label y changes the weights by (ŷ − y)z.  A committee of refits on resampled labels predicts
    the labels, so that the utility is ‖z‖ times the mean distance between its predictions and the
    model's.

    Parameters
    ----------
    committee : int, default=10
        How many refits.

    See Also
    --------
    ExpectedGradientLength : The same for classifiers.
    QueryByCommittee : The disagreement of the committee alone.

    Notes
    -----
    Time O(members·(fit + n·d·k)), memory O(members·n·k); fit is what a fit of a member takes.

    References
    ----------
    Cai, Zhang and Zhou, Maximizing expected model change for active learning in regression, 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from skal import ActiveLearner
    >>> from skal.strategies import ExpectedModelChange
    >>> X = np.linspace(-1, 1, 21)[:, None]
    >>> y = np.where(np.abs(X[:, 0]) < 0.35, X[:, 0] ** 3, np.nan)
    >>> learner = ActiveLearner(Ridge(0.01), ExpectedModelChange(), random_state=0).fit(X, y)
    >>> int(learner.query()[0]) in (0, 20)
    True
    """

    needs = frozenset({"model", "regressor", "last_layer"})
    by_row = True
    _parameter_constraints: ClassVar[dict] = {"committee": [PAIR_OR_MORE]}

    def __init__(self, committee: int = 10):
        self.committee = committee

    def utilities(self, state: QueryState) -> np.ndarray:
        """The expected length of each candidate's update."""
        layer = state.pool.part(state.candidates).last_layer
        ours = to_numpy(layer.prediction)
        members = state.committee(self.committee)
        theirs = np.stack(
            [view.part(state.candidates).prediction.reshape(ours.shape) for view in members]
        )
        distance = np.sqrt(((theirs - ours) ** 2).sum(axis=2)).mean(axis=0)
        return np.sqrt(to_numpy(squared_norms(layer.features)) + layer.intercept) * distance
