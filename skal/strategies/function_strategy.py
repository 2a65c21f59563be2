"""A function of the state as a strategy."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from skal.state import QueryState
from skal.strategies.base import Strategy, UtilityStrategy

# What a parameter takes that is a strategy.
StrategyLike = Strategy | Callable[[QueryState], np.ndarray]


class FunctionStrategy(UtilityStrategy):
    """Choose the rows to which a function gives the highest utility.

    The learner and the wrappers make one of any callable that they are given as a strategy.

    Parameters
    ----------
    function : callable
        ``function(state)`` returns one number for each of ``state.candidates``; the highest is
        asked first.  A function that has an attribute `needs` needs that of the learner, as a
        strategy does.

    See Also
    --------
    UtilityStrategy : The base class of a strategy with parameters.
    Strategy : The base class of one that chooses rows together.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> def doubt(state):
    ...     return 1 - state.pool.part(state.candidates).proba.max(axis=1)
    >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
    >>> ActiveLearner(LogisticRegression(), doubt).fit(X, y).query()
    array([3])
    """

    _parameter_constraints: ClassVar[dict] = {"function": [callable]}

    def __init__(self, function: Callable[[QueryState], np.ndarray]):
        self.function = function

    @property
    def needs(self) -> frozenset[str]:
        return getattr(self.function, "needs", frozenset())

    def utilities(self, state: QueryState) -> np.ndarray:
        """Return what the function gives."""
        return self.function(state)


def as_strategy(strategy: Any) -> Any:
    """Wrap a function; return anything else as it is."""
    known = isinstance(strategy, Strategy | type) or hasattr(strategy, "select")
    if known or not callable(strategy) or hasattr(strategy, "fit"):
        return strategy
    return FunctionStrategy(strategy)
