"""A random part of the pool for a strategy that takes long."""

from numbers import Integral, Real

import numpy as np

from skal.strategies.base import Strategy, check_wrapped


class Subsample(Strategy):
    """Let a strategy choose among a random part of the pool, drawn anew each round.

    Only the candidates are drawn: the strategy still looks at the whole pool.

    Parameters
    ----------
    strategy : Strategy
        Chooses among the drawn rows.
    size : int or float
        How many rows to draw, or which share of the candidates; never fewer than the batch.

    Examples
    --------
    >>> from skal.strategies import Margin, Subsample
    >>> Subsample(Margin(), size=10_000)
    Subsample(size=10000, strategy=Margin())
    """

    def __init__(self, strategy, size):
        self.strategy = strategy
        self.size = size

    @property
    def needs(self):
        return self.strategy.needs

    def check(self):
        """The size must be a number of rows or a share of them."""
        check_wrapped(self.strategy, "strategy", self)
        number = isinstance(self.size, Integral) and self.size >= 1
        share = isinstance(self.size, Real) and 0 < self.size <= 1
        if isinstance(self.size, bool) or not (number or share):
            raise ValueError(
                f"size={self.size!r} must be a whole number of rows, or a share in (0, 1]."
            )

    def select(self, state, n):
        """The wrapped strategy's choice among candidates drawn at random."""
        total = len(state.candidates)
        size = self.size if isinstance(self.size, Integral) else int(np.ceil(self.size * total))
        drawn = state.rng.choice(total, size=min(max(size, n), total), replace=False)
        return self.strategy.select(state.restrict(state.candidates[np.sort(drawn)]), n)
