"""One strategy after another."""

from collections.abc import Sequence
from numbers import Integral
from typing import ClassVar

import numpy as np

from skal.state import QueryState
from skal.strategies.base import Strategy
from skal.strategies.function_strategy import StrategyLike, as_strategy
from skal.strategies.narrowing import Narrowing, narrowing_of
from skal.strategies.wrappers.base import Wrapper


class Stages(Wrapper):
    """Switch strategies at given numbers of labels.

    Parameters
    ----------
    stages : list of (int, Strategy)
        Each strategy with the number of labels from which it is used; the first number is 0.

    See Also
    --------
    TypiClust : A strategy for the first labels.
    Shortlist : Two strategies in one round.

    Notes
    -----
    Time O(T), memory O(M): those of the strategy whose turn it is.

    Examples
    --------
    >>> from skal.strategies import Margin, Random, Stages
    >>> Stages([(0, Random()), (100, Margin())])
    Stages(stages=[(0, Random()), (100, Margin())])
    """

    _parameter_constraints: ClassVar[dict] = {"stages": [list, tuple]}

    def __init__(self, stages: Sequence[tuple[int, StrategyLike]]):
        self.stages = stages

    def wrapped(self) -> list[tuple[str, Strategy]]:
        """List the strategies of all stages."""
        return [("a stage", as_strategy(strategy)) for _, strategy in self.stages]

    def check(self) -> None:
        """Raise an error unless the stages start at 0 labels and follow one another."""
        try:
            starts = [start for start, _ in self.stages]
        except (TypeError, ValueError):
            starts = []
        whole = all(isinstance(start, Integral) and start is not False for start in starts)
        if not whole or starts[:1] != [0] or sorted(set(starts)) != starts:
            raise ValueError(
                "Stages must start at 0 labels and follow one another, such as "
                f"[(0, Random()), (100, Margin())]; got {self.stages!r}."
            )
        super().check()

    @property
    def candidates_only(self) -> bool:
        return all(inside.candidates_only for _, inside in self.wrapped())

    def narrowing(self, state: QueryState, n: int) -> Narrowing | None:
        """What matters to the last stage that has begun."""
        return narrowing_of(self._begun(state), state, n)

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The choice of the last stage that has begun."""
        return self._begun(state).select(state, n)

    def _begun(self, state):
        """The strategy whose turn it is."""
        begun = [strategy for start, strategy in self.stages if start <= len(state.labelled)]
        return as_strategy(begun[-1])
