"""What is wrapped is a strategy, and is checked."""

import pytest

from skal._constraints import InvalidParameterError
from skal.strategies import (
    Diversify,
    Entropy,
    Margin,
    Sequential,
    Shortlist,
    Spread,
    Stages,
    Subsample,
)


def around(kind, strategy):
    """A wrapper of a strategy, of its defaults wherever there are some."""
    return kind(strategy, size=10) if kind is Subsample else kind(strategy)


@pytest.mark.parametrize("kind", [Diversify, Sequential, Shortlist, Spread, Subsample])
def test_what_is_wrapped_is_a_strategy(kind):
    for wrong in (Margin, None, 3):
        with pytest.raises(
            TypeError, match=f"strategy=.* of {kind.__name__} is not a strategy: gi"
        ):
            around(kind, wrong).check()
    with pytest.raises(InvalidParameterError, match="'draws' parameter of Entropy"):
        around(kind, Entropy(draws=0)).check()
    around(kind, len).check()


def test_other_places_of_a_strategy():
    with pytest.raises(TypeError, match=r"by=.* of Shortlist is not a strategy"):
        Shortlist(Margin(), Margin).check()
    with pytest.raises(TypeError, match=r"a stage=.* of Stages is not a strategy"):
        Stages([(0, Margin)]).check()
    Shortlist(len, len).check()
    Stages([(0, len)]).check()
