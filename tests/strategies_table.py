"""One row a strategy: the table that invariants run over.  A new strategy adds its row here."""

from typing import NamedTuple

from skal.strategies import (
    Badge,
    CoreSet,
    Diversify,
    Entropy,
    LeastConfidence,
    Margin,
    MarginShift,
    Random,
    Shortlist,
    Stages,
    Strategy,
    Subsample,
)


class Row(NamedTuple):
    """A strategy, and what is true of it."""

    strategy: Strategy
    deterministic: bool = True  # its answer follows a permutation of the pool
    classify: bool = True
    regress: bool = False


def thirds(state):
    """Groups that have nothing to do with a model."""
    return state.candidates % 3


TABLE = [
    Row(Random(), deterministic=False, regress=True),
    Row(LeastConfidence()),
    Row(Margin()),
    Row(Entropy()),
    Row(MarginShift()),
    Row(MarginShift(certainty="confidence")),
    Row(MarginShift(certainty="entropy")),
    Row(Diversify(Margin())),
    Row(Diversify(MarginShift(), by="current")),
    Row(Diversify(Random()), deterministic=False),
    Row(
        Diversify(Random(), by=thirds),
        deterministic=False,
        regress=True,
    ),
    Row(CoreSet(), regress=True),
    Row(Badge(), deterministic=False),
    Row(Diversify(CoreSet())),
    Row(Shortlist(Badge(), factor=4), deterministic=False),
    Row(Shortlist(Entropy(), factor=3)),
    Row(Shortlist(Random(), by=Random(), size=20), deterministic=False, regress=True),
    Row(Subsample(Margin(), size=0.5), deterministic=False),
    Row(Subsample(Random(), size=15), deterministic=False, regress=True),
    Row(Stages([(0, Margin()), (14, Entropy())])),
    Row(Stages([(0, Random()), (14, Random())]), deterministic=False, regress=True),
]
