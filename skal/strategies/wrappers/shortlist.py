"""Fewer candidates for a strategy that takes long."""

from numbers import Integral, Real

import numpy as np

from skal.strategies.base import Strategy, check_wrapped
from skal.strategies.uncertainty import Margin


class Shortlist(Strategy):
    """Let a cheap strategy narrow the pool for an expensive one.

    Only the candidates are narrowed: the expensive strategy still looks at the whole pool.

    Parameters
    ----------
    strategy : Strategy
        Chooses among the short-listed rows.
    by : Strategy, default=None
        Makes the short list; None is :class:`Margin`.
    factor : float, default=10
        The short list holds factor × n rows for a batch of n.
    size : int, default=None
        The short list's length, whatever the batch (never less than the batch).

    Examples
    --------
    >>> from skal.strategies import Diversify, Margin, Shortlist
    >>> Shortlist(Diversify(Margin()), factor=5)
    Shortlist(factor=5, strategy=Diversify(strategy=Margin()))
    """

    def __init__(self, strategy, by=None, factor=10, size=None):
        self.strategy = strategy
        self.by = by
        self.factor = factor
        self.size = size

    @property
    def needs(self):
        return self.strategy.needs | self._by.needs

    @property
    def _by(self):
        return Margin() if self.by is None else self.by

    def check(self):
        """The short list must hold at least the batch."""
        check_wrapped(self.strategy, "strategy", self)
        check_wrapped(self._by, "by", self)
        if not (isinstance(self.factor, Real) and 1 <= self.factor < np.inf):
            raise ValueError(f"factor={self.factor!r} must be a number of at least 1.")
        if not (self.size is None or (isinstance(self.size, Integral) and self.size >= 1)):
            raise ValueError(f"size={self.size!r} must be a whole number of rows, or None.")

    def select(self, state, n):
        """The wrapped strategy's choice among the best by the cheap one."""
        size = int(np.ceil(self.factor * n)) if self.size is None else max(self.size, n)
        best = self._by.select(state, min(size, len(state.candidates)))
        return self.strategy.select(state.restrict(best), n)
