"""Regression: query by the standard deviation of the prediction."""

import numpy as np

from skal.state import QueryState
from skal.strategies.base import UtilityStrategy


class PredictiveStd(UtilityStrategy):
    """Pick the rows whose prediction has the largest standard deviation.

    The deviation is the one that ``predict(X, return_std=True)`` returns, of a Gaussian process, a
    Bayesian ridge or any other regressor that supports it; of an ensemble (a forest, bagging, a
    `VotingRegressor`) it is that of its members' predictions.  The model may be inside a pipeline,
    a search or a `TransformedTargetRegressor`; deviations are in the units of y.

    The deviations of a Gaussian process do not depend on the labels, so that a batch can be picked
    row by row, each pick taken as known, without an error: ``Sequential(PredictiveStd())``.

    A pair of quantile models is an ensemble of two: ``VotingRegressor([("low", model of the
    quantile 0.16), ("high", model of the quantile 0.84)])`` as `surrogate`, whose deviation is half
    the distance of the two.

    See Also
    --------
    QueryByCommittee : Compare models fitted on resampled labels, for any regressor.
    GoalInfluence : Its "variance" lowers the deviation of all predictions, for linear models.
    Sequential : Of a Gaussian process, take each pick of a batch as known.
    Spread : Spread a batch over the rows of large deviation.

    Notes
    -----
    Time O(n·d² + n·log(n)), memory O(n·d): of a Bayesian ridge.  A Gaussian process on l
    labelled rows takes O(n·l·(d + l)) and O(n·l), an ensemble what its members take.

    References
    ----------
    MacKay, Information-based objective functions for active data selection, 1992.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.gaussian_process import GaussianProcessRegressor
    >>> from skal import ActiveLearner
    >>> from skal.strategies import PredictiveStd
    >>> X = np.linspace(0, 1, 11)[:, None]
    >>> y = [0.0, None, None, None, 1.0, None, None, None, None, None, None]
    >>> learner = ActiveLearner(GaussianProcessRegressor(optimizer=None), PredictiveStd())
    >>> learner.fit(X, y).query(batch_size=2)
    array([10,  9])
    """

    needs = frozenset({"model", "regressor", "std"})
    by_row = True

    def utilities(self, state: QueryState) -> np.ndarray:
        """The standard deviation of each candidate's prediction."""
        return state.pool.part(state.candidates).std
