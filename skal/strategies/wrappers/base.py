"""What every strategy around a strategy is."""

from skal.strategies.base import Strategy
from skal.strategies.function_strategy import as_strategy

STRATEGY = [Strategy, callable]  # the constraint of a parameter that takes one


class Wrapper(Strategy):
    """Choose rows with the help of a strategy: the parameter `strategy`.

    It needs what the strategies inside need, and `own_needs`.
    """

    own_needs: frozenset = frozenset()

    @property
    def inner(self) -> Strategy:
        """The wrapped strategy; of a function, a strategy that calls it."""
        return as_strategy(self.strategy)

    @property
    def needs(self):
        return self.own_needs.union(*(inside.needs for _, inside in self.wrapped()))

    def wrapped(self) -> list[tuple[str, Strategy]]:
        """List the strategies inside, each after the parameter that gives it."""
        return [("strategy", self.inner)]

    def check(self):
        """Raise an error for invalid parameters, those of the strategies inside included."""
        for name, inside in self.wrapped():
            self._check_inside(name, inside)
        super().check()

    def _check_inside(self, name, inside):
        if not isinstance(inside, Strategy):
            raise TypeError(
                f"{name}={inside!r} of {type(self).__name__} is not a strategy: give an instance "
                "of one, such as Margin()."
            )
        inside.check()
