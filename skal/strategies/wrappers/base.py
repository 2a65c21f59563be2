"""What every strategy around a strategy is."""

from typing import Any

from skal.strategies.base import Strategy
from skal.strategies.function_strategy import StrategyLike, as_strategy

STRATEGY = [Strategy, callable, str]  # the constraint of a parameter that takes one


class Wrapper(Strategy):
    """Choose rows with the help of a strategy: the parameter `strategy`.

    It needs what the strategies inside need, and `own_needs`.
    """

    strategy: StrategyLike

    @property
    def own_needs(self) -> frozenset[str]:
        return frozenset()

    @property
    def inner(self) -> Strategy:
        """The wrapped strategy; of a function, a strategy that calls it."""
        return as_strategy(self.strategy)

    @property
    def needs(self) -> frozenset[str]:
        return self.own_needs.union(*(inside.needs for _, inside in self.wrapped()))

    @property
    def works_on_maps(self) -> bool:
        return all(inside.works_on_maps for _, inside in self.wrapped())

    def wrapped(self) -> list[tuple[str, Strategy]]:
        """List the strategies inside, each after the parameter that gives it."""
        return [("strategy", self.inner)]

    def check(self) -> None:
        """Raise an error for invalid parameters, those of the strategies inside included."""
        for name, inside in self.wrapped():
            self._check_inside(name, inside)
        super().check()

    def _check_inside(self, name: str, inside: Any) -> None:
        if not isinstance(inside, Strategy):
            raise TypeError(
                f"{name}={inside!r} of {type(self).__name__} is not a strategy: give an instance "
                "of one, such as Margin()."
            )
        inside.check()
