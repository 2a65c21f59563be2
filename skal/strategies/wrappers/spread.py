"""Spread a batch over clusters of the best rows."""

from typing import ClassVar

import numpy as np

from skal._array import on_host
from skal._constraints import AT_LEAST_ONE
from skal.kernels.distances import blocks_of_distances
from skal.selection import few_rounds, k_means, top
from skal.state import QueryState
from skal.strategies.base import UtilityStrategy
from skal.strategies.function_strategy import StrategyLike, as_strategy
from skal.strategies.narrowing import Narrowing
from skal.strategies.uncertainty import Margin
from skal.strategies.wrappers.base import STRATEGY, Wrapper


class Spread(Wrapper):
    """Pick one row from each cluster of the best rows.

    K-means groups the factor × n best rows into n clusters in last-layer features, with rows
    weighted by their utility.  The pick of a cluster is the row nearest to its centre.

    Parameters
    ----------
    strategy : UtilityStrategy or callable
        Rates the rows.
    factor : float, default=10
        The number of rows to cluster, as a multiple of the batch size.
    quick : bool, default=False
        Start k-means from rows drawn by their utility, and stop after five iterations: a tenth of
        the time for batches of a thousand rows.  The picks differ: with batches of 100 on four
        sets, accuracy was .003 lower on average.

    See Also
    --------
    Sequential : Assume the labels of the rows picked before.
    Diversify : Pick from each predicted class in turn.
    Badge : Diverse batches without a wrapper.

    Notes
    -----
    Time O(T + n·log(n) + t·f·b²·d), memory O(M + f·b·(d + b)); f is `factor`, t are the steps
    of k-means, and T and M those of the wrapped strategy: f·b rows make b clusters.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Margin, Spread
    >>> X = np.array([[-1, 0.0], [1, 0], [0.01, 5], [0.02, 5.1], [0.03, -5]])
    >>> learner = ActiveLearner(LogisticRegression(), Spread(Margin()), random_state=0)
    >>> sorted(learner.fit(X, [0, 1, None, None, None]).query(batch_size=2).tolist())
    [2, 4]
    """

    own_needs = frozenset({"model", "features"})
    _parameter_constraints: ClassVar[dict] = {
        "strategy": STRATEGY,
        "factor": [AT_LEAST_ONE],
        "quick": ["boolean"],
    }

    def __init__(self, strategy: StrategyLike, *, factor: float = 10, quick: bool = False):
        self.strategy = strategy
        self.factor = factor
        self.quick = quick

    @property
    def inner(self) -> UtilityStrategy:
        return as_strategy(self.strategy)  # `check` refuses any other kind

    @property
    def candidates_only(self) -> bool:
        return self.inner.candidates_only

    def narrowing(self, state: QueryState, n: int) -> Narrowing | None:
        """The factor × n rows of the highest utility."""
        if not self.inner.by_row:
            return None

        def choose(narrowed, n, ratings):
            return self._spread(narrowed, n, ratings[narrowed.candidates])

        return Narrowing(choose, self.inner.checked_utilities, leaders=self._size(n))

    @property
    def utilities_by(self) -> UtilityStrategy:
        """The strategy that is spread."""
        return self.inner

    def check(self) -> None:
        """Raise an error for invalid parameters, or a strategy without utilities."""
        super().check()
        if not isinstance(self.inner, UtilityStrategy):
            raise TypeError(
                f"Spread weighs rows by their utilities, and {type(self.strategy).__name__} gives "
                "them none: wrap a strategy with utilities, such as Margin()."
            )

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """One of each cluster of the best candidates, in the order of their scores."""
        return self._spread(state, n, self.inner.checked_utilities(state))

    def _size(self, n):
        """How many rows are clustered."""
        return int(np.ceil(self.factor * n))

    def _spread(self, state, n, scores):
        """The same, with the utilities of the candidates."""
        best = top(scores, self._size(n))
        scored = best[scores[best] > -np.inf]  # the others were not tried
        if len(scored) <= n:
            return state.candidates[best[:n]]
        best, scores = scored, np.minimum(scores[scored], _largest(scores[scored]))
        least = -1 if isinstance(self.inner, Margin) else scores.min()
        weights = scores - least  # of margins: 1 − margin
        weights = weights if weights.max() > 0 else np.ones(len(best))
        Z = on_host(state.pool.part(state.candidates[best]).features)
        clustered = few_rounds if self.quick else k_means
        clusters, centres = clustered(Z, n, state.rng, weights)
        distances = next(blocks_of_distances(Z, centres, block=n))
        to_own = distances[np.arange(len(best)), clusters]
        order = np.lexsort((np.arange(len(best)), to_own, clusters))
        first = np.unique(clusters[order], return_index=True)[1]
        picks = np.sort(order[first])  # places in `best`: by falling score
        others = np.setdiff1d(np.arange(len(best)), picks)  # for clusters that came out empty
        return state.candidates[best[np.append(picks, others)[:n]]]


def _largest(scores):
    """The largest score that is finite, or 0 if that is more."""
    return scores.max(initial=0.0, where=np.isfinite(scores))
