"""The learning curve of a single learner."""

import pytest

from skal.display import LearningCurveDisplay
from tests.display.pictured import replayed


def test_the_curve_of_one_learner():
    learner, X, y = replayed(store_rounds=True)
    drawn = LearningCurveDisplay.from_learner(learner, X, y)
    (line,) = drawn.lines_
    assert line.get_label() == "Margin"
    assert line.get_xdata().tolist() == [10, 20, 30]
    assert line.get_ydata().tolist() == list(learner.staged_score(X, y))
    assert (
        LearningCurveDisplay.from_learner(learner, X, y, name="mine").lines_[0].get_label()
        == "mine"
    )


def test_the_curve_of_what_is_no_learner():
    learner, X, y = replayed()
    with pytest.raises(ValueError, match="store_rounds=True"):
        LearningCurveDisplay.from_learner(learner, X, y)
