"""How a strategy works on a pool that is read once: which rows matter to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skal.state import QueryState

Rate = Callable[[QueryState], np.ndarray]
Choose = Callable[[QueryState, int, np.ndarray], np.ndarray]
PoolSum = Callable[[QueryState], Any]


@dataclass(frozen=True)
class Narrowing:
    """Which rows of a pool matter to a strategy, and how it chooses among them.

    Either all rows are rated, in blocks, and the leaders matter; or the rows are known before any
    is read, because they are drawn.

    Parameters
    ----------
    choose : callable
        ``choose(state, n, ratings)`` gives n positions in the pool of a state, which holds the rows
        that matter, in the order of the pool; `ratings` are those of its rows.
    rate : callable, default=None
        ``rate(state)`` gives a number for each row of the pool of a state, all of which are
        candidates.
    leaders : int, default=0
        So many candidates of the highest ratings matter; ties in the order of the pool.
    covered : int, default=0
        And so many rows of the whole pool; 0: rows that are no candidates are not rated.
    rows : ndarray of int, default=None
        The positions that matter, in ascending order, where nothing has to be rated.
    unread : bool, default=False
        Whether `choose` does not look at the rows themselves.
    pool_sum : callable, default=None
        ``pool_sum(state)`` adds the rows of the pool of a state to ``state.sums``, the sum over the
        rows before (None at first), and gives the new sum.  It gets all rows of the pool, a piece
        at a time; `choose` finds the sum in ``state.sums``.

    Attributes
    ----------
    passes : int
        How often the whole pool is read.

    See Also
    --------
    Strategy.narrowing : Makes one.
    skal.pools.BlockPool : A pool that is read in blocks.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies.narrowing import Narrowing
    >>> first = Narrowing(lambda state, n, ratings: np.arange(n), rows=np.arange(3))
    >>> first.passes
    0
    """

    choose: Choose
    rate: Rate | None = None
    leaders: int = 0
    covered: int = 0
    rows: np.ndarray | None = None
    unread: bool = False
    pool_sum: PoolSum | None = None

    @property
    def passes(self) -> int:
        return 0 if self.rate is None and self.pool_sum is None else 1


def narrowing_of(strategy: "Narrowed", state: QueryState, n: int) -> Narrowing | None:
    """What a strategy says; None where a subclass that says nothing has another `select`."""
    kinds = type(strategy).__mro__
    first = {
        name: next(i for i, kind in enumerate(kinds) if name in vars(kind))
        for name in ("narrowing", "select")
    }
    return strategy.narrowing(state, n) if first["narrowing"] <= first["select"] else None


class Narrowed:
    """What every strategy says of pools that are read in blocks."""

    @property
    def candidates_only(self) -> bool:  # a subclass may as well set `candidates_only = True`
        return False

    def narrowing(self, state: QueryState, n: int) -> Narrowing | None:
        """Say which rows of a pool that is read in blocks matter.

        Parameters
        ----------
        state : QueryState
            The labelled rows and the model; the rows of its pool are not in memory.
        n : int
            How many rows to choose.

        Returns
        -------
        narrowing : Narrowing or None
            What to rate rows by, and how to choose among the leaders; None where the strategy looks
            at the whole pool at once, which is then loaded if it fits `working_memory`.

        See Also
        --------
        skal.pools.BlockPool : Such a pool.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies import CoreSet, Margin, Spread
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> Spread(Margin(), factor=20).narrowing(state, 5).leaders
        100
        >>> CoreSet().narrowing(state, 5) is None
        True
        """
        return None

    def pool_sums(self, state: QueryState, n: int) -> PoolSum | None:
        """Say what of the rows that are no candidates matters, as a sum over the pool.

        Where a strategy looks at the whole pool by such a sum alone, :class:`Shortlist` and
        :class:`Subsample` narrow a pool that is read in blocks for it.

        Parameters
        ----------
        state : QueryState
            The labelled rows and the model; the rows of its pool are not in memory.
        n : int
            How many candidates there will be.

        Returns
        -------
        pool_sum : callable or None
            The `pool_sum` of a :class:`~skal.strategies.narrowing.Narrowing`; `select` then finds
            the sum in ``state.sums``.  None where no sum says it.

        See Also
        --------
        Strategy.narrowing : Which rows matter.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies import Bait, CoreSet
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> Bait().pool_sums(state, 2)(state).n
        2
        >>> CoreSet().pool_sums(state, 2) is None
        True
        """
        return None
