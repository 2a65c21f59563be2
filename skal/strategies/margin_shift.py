"""Query by the loss of certainty since the last round."""

from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from skal.kernels.uncertainty import confidence, margin, relative_certainty, shift
from skal.state import QueryState
from skal.strategies.base import UtilityStrategy

CERTAINTIES = {"margin": margin, "confidence": confidence, "entropy": relative_certainty}


class MarginShift(UtilityStrategy):
    """Pick the rows on which the model has lost most certainty since the last query.

    A row whose margin shrinks with new labels lies where the decision boundary moves.  With c the
    certainty of a row, the utility is (c_previous − c_now) / (c_previous + c_now), and 0 where both
    are 0.  In the first round there is no previous model: the utility is −c_now.

    Parameters
    ----------
    certainty : {"margin", "confidence", "entropy"}, default="margin"
        Margin p₍₁₎ − p₍₂₎ of the two most likely classes, probability p₍₁₎ of the most likely
        one, or 1 − H/log k with the entropy H.

    See Also
    --------
    Margin : The present margin alone.
    Diversify : Let predicted classes take turns.

    Notes
    -----
    Time O(n·d·k + n·log(n)), memory O(n·k): the pool goes through two models.

    References
    ----------
    "alamp" of the paper on active learning by margin shift between rounds; `Diversify` makes it
    its "alamp-div".

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import MarginShift
    >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45], [0.7]]), [0, 1, None, None, None]
    >>> learner = ActiveLearner(LogisticRegression(), MarginShift()).fit(X, y)
    >>> learner.query()                       # the first round: the smallest margin
    array([3])
    >>> learner.teach([3], [1]).query()       # the row whose margin shrank
    array([2])
    """

    needs = frozenset({"model", "proba", "classifier"})
    by_row = True

    _parameter_constraints: ClassVar[dict] = {"certainty": [StrOptions(set(CERTAINTIES))]}

    def __init__(self, certainty: str = "margin"):
        self.certainty = certainty

    def utilities(self, state: QueryState) -> np.ndarray:
        """The share of its certainty that each candidate has lost."""
        certainty = CERTAINTIES[self.certainty]
        now = certainty(state.pool.part(state.candidates).proba)
        if state.previous_pool is None:
            return -now
        return shift(certainty(state.previous_pool.part(state.candidates).proba), now)
