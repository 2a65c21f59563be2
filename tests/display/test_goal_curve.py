"""Goal curves, alone and below the score."""

import pytest

from skal.display import GoalCurveDisplay
from tests.display.pictured import results

plt = pytest.importorskip("matplotlib.pyplot")


def test_goal_and_score_on_two_panels():
    frame = results()
    drawn = GoalCurveDisplay.from_results(
        frame, goal="residual", score="accuracy", highlight="Badge"
    )
    above = drawn.learning_curve
    assert drawn.figure_ is above.figure_
    assert above.ax_.get_position().y0 > drawn.ax_.get_position().y0
    for lines, column in ((drawn.lines_, "residual"), (above.lines_, "accuracy")):
        for line in lines:
            of = frame[frame["strategy"] == line.get_label()]
            assert line.get_ydata() == pytest.approx(of.groupby("n_labelled")[column].mean())
    assert drawn.ax_.get_legend() is None
    assert above.ax_.get_xlabel() == ""
    assert len(plt.get_fignums()) == 1


def test_the_goal_alone_or_on_given_axes():
    frame = results(data=["digits", "letter"])
    assert (
        len(GoalCurveDisplay.from_results(frame, goal="residual", data="letter").figure_.axes) == 1
    )
    _, axes = plt.subplots(1, 2)
    drawn = GoalCurveDisplay.from_results(
        frame, goal="residual", score="accuracy", data="letter", ax=axes
    )
    assert (drawn.learning_curve.ax_, drawn.ax_) == tuple(axes)
    assert [ax.get_xlabel() for ax in axes] == ["Number of labels"] * 2
    with pytest.raises(ValueError, match="pair of axes as ax=, or set score=None"):
        GoalCurveDisplay.from_results(
            frame, goal="residual", score="accuracy", data="letter", ax=axes[0]
        )
