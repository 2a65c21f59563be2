"""Pick the first rows, before the first label."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from skal._array import on_host
from skal._constraints import COUNT
from skal.state import QueryState
from skal.strategies.base import Strategy
from skal.strategies.random_sampling import Random
from skal.strategies.typiclust import TypiClust

# A column of more rows than these is judged by some of them.
LOOKED_AT = 1_000
# With more than this share of columns of two values, distances count categories.
FEW_PAIRS = 0.1


class ColdStart(Strategy):
    """Pick the first rows: typical rows of dense data, random rows of tables with categories.

    `TypiClust` picks a row of each cluster of embeddings, images and measurements, of which random
    rows miss some.  In tables with categories it picks common combinations, which teach less than
    random rows.  So `ColdStart` uses `TypiClust` if rows are dense numbers and at most a tenth of
    the columns have only two values, like encoded categories; and `Random` otherwise, also for text
    and rows with missing values.  ``history_[0]["first_rows"]`` has the choice and its reason.

    Every column that converts to numbers counts as numbers, also a pandas column of type
    ``category`` with numeric codes and strings of digits: one-hot encode such categories in the
    model's pipeline, or pass ``initial="random"``.

    Parameters
    ----------
    size : int, default=10000
        The largest number of candidates to cluster; of a larger pool, this many are drawn.

    See Also
    --------
    TypiClust : Typical rows of any data.
    Random : ``initial="random"`` draws the first rows at random.

    Notes
    -----
    Time O(t·s·d·b + d·s²/b), memory O(s·d), those of `TypiClust` on s rows: the smaller of n and
    `size`.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_blobs
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import ColdStart
    >>> X, truth = make_blobs(300, centers=4, cluster_std=0.5, random_state=0)
    >>> learner = ActiveLearner(
    ...     LogisticRegression(), initial=ColdStart(), initial_size=4, random_state=0
    ... ).fit(X, [None] * 300)
    >>> rows = learner.query()
    >>> sorted(truth[rows].tolist())       # one of each
    [0, 1, 2, 3]
    >>> learner.teach(rows, truth[rows]).history_[0]["first_rows"]
    'TypiClust(): rows are numbers'
    """

    _parameter_constraints: ClassVar[dict] = {"size": [COUNT]}

    def __init__(self, *, size: int = 10_000):
        self.size = size

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """Pick n typical candidates, or random ones if distances mean little."""
        strategy, reason = self.choice(state)
        state.record(first_rows=f"{strategy}: {reason}")
        if isinstance(strategy, Random):
            return strategy.select(state, n)
        drawn = state.candidates
        if len(drawn) > (size := max(self.size, n)):
            drawn = np.sort(state.rng.choice(drawn, size, replace=False))
        source = replace(state.source, pool=state.source.pool.part(drawn))
        some = QueryState(source, np.arange(len(drawn)), state.rng)
        return drawn[strategy.select(some, n)]

    def choice(self, state: QueryState) -> tuple[Strategy, str]:
        """Choose the strategy for the first rows of a pool, and the reason.

        Parameters
        ----------
        state : QueryState
            The pool.

        Returns
        -------
        strategy : TypiClust or Random
            The strategy.
        reason : str
            The reason for the choice.

        See Also
        --------
        ActiveLearner.query_state : Makes a state.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies import ColdStart
        >>> X = np.eye(3)[[0, 1, 2, 0, 1]]
        >>> learner = ActiveLearner(LogisticRegression(), initial="random").fit(X, [None] * 5)
        >>> ColdStart().choice(learner.query_state())
        (Random(), '100% of the columns hold two values only, as those of categories do')
        """
        reason = _why_random(state)
        return (Random(), reason) if reason else (TypiClust(), "rows are numbers")


def _why_random(state: QueryState) -> str:
    """Why distances between rows of the pool say little; empty where they tell clusters apart."""
    try:
        features = state.pool.features
    except (TypeError, ValueError) as error:
        return str(error).partition(":")[0]
    if sparse.issparse(features):
        return "X is sparse"
    X = on_host(features)
    some = X[np.unique(np.linspace(0, len(X) - 1, min(len(X), LOOKED_AT)).astype(np.intp))]
    if (share := _of_two_values(some)) > FEW_PAIRS:
        return f"{share:.0%} of the columns hold two values only, as those of categories do"
    return ""


def _of_two_values(X: Any) -> float:
    """The share of columns that hold exactly two values."""
    low, high = X.min(axis=0), X.max(axis=0)
    return float(np.mean((low < high) & ((low == X) | (high == X)).all(axis=0)))
