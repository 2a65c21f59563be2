"""Fewer candidates for a strategy that takes long."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from skal._constraints import AT_LEAST_ONE, COUNT
from skal.state import QueryState
from skal.strategies.base import Strategy
from skal.strategies.function_strategy import StrategyLike, as_strategy
from skal.strategies.narrowing import Narrowing, narrowing_of
from skal.strategies.uncertainty import Margin
from skal.strategies.wrappers.base import STRATEGY, Wrapper


class Shortlist(Wrapper):
    """Restrict an expensive strategy to the best candidates of a cheap one.

    Only the candidates are restricted: the expensive strategy still uses the whole pool.

    Parameters
    ----------
    strategy : Strategy or callable
        Picks among the rows of the shortlist.
    by : Strategy or callable, default=None
        Makes the shortlist; None is :class:`Margin`.
    factor : float, default=10
        The size of the shortlist, as a multiple of the batch size.
    size : int, default=None
        The size of the shortlist, for any batch size (at least the batch size).

    See Also
    --------
    Subsample : Draw the candidates at random.
    Stages : Switch from one strategy to the next over the rounds.

    Notes
    -----
    Time O(S + n·log(n) + T), memory O(M + n); S is what `by` takes for n rows, and T and M
    what the wrapped strategy takes with as many candidates as are left, factor·b or `size`.

    Examples
    --------
    >>> from skal.strategies import Diversify, Margin, Shortlist
    >>> Shortlist(Diversify(Margin()), factor=5)
    Shortlist(factor=5, strategy=Diversify(strategy=Margin()))
    """

    _parameter_constraints: ClassVar[dict] = {
        "strategy": STRATEGY,
        "by": [*STRATEGY, None],
        "factor": [AT_LEAST_ONE],
        "size": [COUNT, None],
    }

    def __init__(
        self,
        strategy: StrategyLike,
        by: StrategyLike | None = None,
        *,
        factor: float = 10,
        size: int | None = None,
    ):
        self.strategy = strategy
        self.by = by
        self.factor = factor
        self.size = size

    @property
    def _by(self):
        return Margin() if self.by is None else as_strategy(self.by)

    def wrapped(self) -> list[tuple[str, Strategy]]:
        """List both strategies inside."""
        return [*super().wrapped(), ("by", self._by)]

    @property
    def candidates_only(self) -> bool:
        return all(inside.candidates_only for _, inside in self.wrapped())

    def narrowing(self, state: QueryState, n: int) -> Narrowing | None:
        """The short list, where the expensive strategy looks at nothing else, or at a sum."""
        size = self._size(state, n)
        pool_sum = None
        if not self.inner.candidates_only:
            pool_sum = self.inner.pool_sums(state, size)
            if pool_sum is None:
                return None
        by = narrowing_of(self._by, state, size)
        if by is None or by.pool_sum is not None:
            return None

        def choose(narrowed, n, ratings):
            return self.inner.select(narrowed.restrict(by.choose(narrowed, size, ratings)), n)

        return replace(by, choose=choose, unread=False, pool_sum=pool_sum)

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The wrapped strategy's choice among the best by the cheap one."""
        best = self._by.select(state, self._size(state, n))
        return self.inner.select(state.restrict(best), n)

    def _size(self, state, n):
        """How many candidates the short list holds."""
        size = int(np.ceil(self.factor * n)) if self.size is None else max(self.size, n)
        return min(size, len(state.candidates))
