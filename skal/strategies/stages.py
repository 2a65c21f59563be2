"""One strategy after another."""

from numbers import Integral

from skal.strategies.base import Strategy


class Stages(Strategy):
    """Switch from one strategy to the next as labels come in.

    Parameters
    ----------
    stages : list of (int, Strategy)
        Each strategy with the number of labels from which on it is asked; the first number is 0.

    Examples
    --------
    >>> from skal.strategies import Margin, Random, Stages
    >>> Stages([(0, Random()), (100, Margin())])
    Stages(stages=[(0, Random()), (100, Margin())])
    """

    def __init__(self, stages):
        self.stages = stages

    @property
    def needs(self):
        return frozenset().union(*(strategy.needs for _, strategy in self._checked()))

    def select(self, state, n):
        """The choice of the last stage that has begun."""
        begun = [strategy for start, strategy in self._checked() if start <= len(state.labelled)]
        return begun[-1].select(state, n)

    def _checked(self):
        starts = [start for start, _ in self.stages]
        if (
            not starts
            or not all(isinstance(start, Integral) for start in starts)
            or starts[0] != 0
            or sorted(set(starts)) != starts
        ):
            raise ValueError(
                f"Stages must start at 0 labels and follow one another, such as "
                f"[(0, Random()), (100, Margin())]; got the starts {starts}."
            )
        return self.stages
