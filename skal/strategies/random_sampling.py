"""The baseline: random rows."""

import numpy as np

from skal.selection import top
from skal.state import QueryState
from skal.strategies.base import UtilityStrategy
from skal.strategies.narrowing import Narrowing


class Random(UtilityStrategy):
    """Pick random rows: the baseline, which needs no model.

    See Also
    --------
    Oracle : Pick rows by their true labels: an upper reference.
    TypiClust : Typical rows for the first labels.

    Notes
    -----
    Time O(n), memory O(n).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Random
    >>> X, y = np.arange(20.0).reshape(10, 2), [0, 1] + [None] * 8
    >>> learner = ActiveLearner(LogisticRegression(), Random(), random_state=0).fit(X, y)
    >>> len(learner.query(batch_size=3))
    3
    """

    works_on_maps = True
    by_row = True

    def narrowing(self, state: QueryState, n: int) -> Narrowing:
        """The rows drawn, of which none is read."""
        picks = state.candidates[top(self.utilities(state), n)]
        rows = np.sort(picks)
        places = np.searchsorted(rows, picks)
        return Narrowing(lambda narrowed, n, ratings: places, rows=rows, unread=True)

    def utilities(self, state: QueryState) -> np.ndarray:
        """A random number a candidate."""
        return state.rng.random(len(state.candidates))
