"""A random part of the pool for a strategy that takes long."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from skal._constraints import COUNT
from skal.state import QueryState
from skal.strategies.function_strategy import StrategyLike
from skal.strategies.narrowing import Narrowing
from skal.strategies.wrappers.base import STRATEGY, Wrapper


class Subsample(Wrapper):
    """Restrict a strategy to random candidates, drawn in each round.

    Only the candidates are restricted: the strategy still uses the whole pool.

    Parameters
    ----------
    strategy : Strategy or callable
        Picks among the drawn rows.
    size : int or float
        The number of candidates to draw, or their share; at least the batch size.

    See Also
    --------
    Shortlist : Let a cheap strategy narrow the candidates.

    Notes
    -----
    Time O(T + n), memory O(M + n); T and M are those of the wrapped strategy with the
    candidates that are left.

    Examples
    --------
    >>> from skal.strategies import Margin, Subsample
    >>> Subsample(Margin(), size=10_000)
    Subsample(size=10000, strategy=Margin())
    """

    _parameter_constraints: ClassVar[dict] = {
        "strategy": STRATEGY,
        "size": [COUNT, Interval(Real, 0, 1, closed="right")],
    }

    def __init__(self, strategy: StrategyLike, size: float):
        self.strategy = strategy
        self.size = size

    @property
    def candidates_only(self) -> bool:
        return self.inner.candidates_only

    def narrowing(self, state: QueryState, n: int) -> Narrowing | None:
        """The rows drawn, where the wrapped strategy looks at nothing else, or at a sum."""
        pool_sum = None
        if not self.inner.candidates_only:
            pool_sum = self.inner.pool_sums(state, self._size(state, n))
            if pool_sum is None:
                return None
        drawn = self._drawn(state, n)

        def choose(narrowed, n, ratings):
            return self.inner.select(narrowed, n)

        return Narrowing(choose, rows=drawn, pool_sum=pool_sum)

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The wrapped strategy's choice among candidates drawn at random."""
        return self.inner.select(state.restrict(self._drawn(state, n)), n)

    def _drawn(self, state, n):
        """The candidates that are left, in the order of the pool."""
        drawn = state.rng.choice(len(state.candidates), self._size(state, n), replace=False)
        return state.candidates[np.sort(drawn)]

    def _size(self, state, n):
        """How many candidates are drawn."""
        total = len(state.candidates)
        size = self.size if isinstance(self.size, Integral) else int(np.ceil(self.size * total))
        return min(max(size, n), total)
