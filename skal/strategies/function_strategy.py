"""Functions and names as strategies."""

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from skal._constraints import InvalidParameterError
from skal.state import QueryState
from skal.strategies.base import Strategy, UtilityStrategy
from skal.strategies.names import strategy_named

# What a parameter takes that is a strategy.
StrategyLike = Strategy | Callable[[QueryState], np.ndarray] | str


class FunctionStrategy(UtilityStrategy):
    """Pick the rows with the highest utility, computed by a function.

    The learner and the wrappers make one of any callable that they are given as a strategy.

    Parameters
    ----------
    function : callable
        ``function(state)`` returns one number for each of ``state.candidates``; the highest is
        asked first.  A function that has an attribute `needs` needs that of the learner, as a
        strategy does; one whose attribute `by_row` is true rates a row whatever other rows the
        pool holds, so that a pool that no memory holds can be rated a block at a time.

    See Also
    --------
    UtilityStrategy : The base class of a strategy with parameters.
    Strategy : The base class of one that chooses rows together.

    Notes
    -----
    Time O(f + n·log(n)), memory O(f + n); f is what the function takes.

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

    works_on_maps = True  # the function decides what it reads
    _parameter_constraints: ClassVar[dict] = {"function": [callable]}

    def __init__(self, function: Callable[[QueryState], np.ndarray]):
        self.function = function

    @property
    def needs(self) -> frozenset[str]:
        return getattr(self.function, "needs", frozenset())

    @property
    def by_row(self) -> bool:
        return bool(getattr(self.function, "by_row", False))

    def check(self) -> None:
        """Raise an error unless the function can be called with the state alone."""
        super().check()
        if isinstance(self.function, type):
            raise InvalidParameterError(
                f"function={self.function!r} of FunctionStrategy is a class: give an instance, or "
                "a function of the state."
            )
        if takes := _other_arguments(self.function):
            raise InvalidParameterError(
                f"function={self.function!r} of FunctionStrategy is called with the state alone, "
                f"function(state), and takes {takes}. A strategy that chooses n rows together is "
                "a subclass of Strategy with a method select(state, n)."
            )

    def utilities(self, state: QueryState) -> np.ndarray:
        """Return what the function gives."""
        return self.function(state)


def _other_arguments(function: Callable) -> str:
    """The arguments that a function takes, unless it can be called with one; "" if nobody knows."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some compiled functions do not say
        return ""
    try:
        signature.bind(object())
    except TypeError:
        return str(signature)
    return ""


def as_strategy(strategy: Any) -> Any:
    """Make a strategy of a name, or of a function; return anything else as it is."""
    if isinstance(strategy, str):
        return strategy_named(strategy)
    known = isinstance(strategy, Strategy | type) or hasattr(strategy, "select")
    if known or not callable(strategy) or hasattr(strategy, "fit"):
        return strategy
    return FunctionStrategy(strategy)
