"""Curves of several strategies: means, bands, legends and looks."""

import pytest
from scipy import stats

from skal.display import GoalCurveDisplay, ImbalanceDisplay, LearningCurveDisplay
from skal.display._curves import readable
from tests.display.pictured import STRATEGIES, outline, results

plt = pytest.importorskip("matplotlib.pyplot")


@pytest.mark.parametrize("confidence", [0.95, 0.5])
@pytest.mark.parametrize(
    ("display", "column"), [(LearningCurveDisplay, "accuracy"), (ImbalanceDisplay, "imbalance")]
)
def test_curves_are_means_with_t_intervals(display, column, confidence):
    frame = results()
    drawn = display.from_results(frame.sample(frac=1, random_state=1), confidence=confidence)
    assert {line.get_label() for line in drawn.lines_} == set(STRATEGIES)
    for line, band in zip(drawn.lines_, drawn.bands_):
        edges = outline(band)
        of = frame[frame["strategy"] == line.get_label()]
        for x, y in zip(line.get_xdata(), line.get_ydata()):
            values = of.loc[of["n_labelled"] == x, column].tolist()
            mean = sum(values) / 4
            interval = stats.t.interval(confidence, 3, loc=mean, scale=stats.sem(values))
            assert y == pytest.approx(mean)
            assert edges[x] == pytest.approx(interval)
        assert line.get_xdata().tolist() == [10, 30, 50, 70, 90]
    assert drawn.figure_ is drawn.ax_.figure
    assert drawn.ax_.get_xlabel() == "Number of labels"


def test_seeds_measured_elsewhere_are_interpolated():
    frame = results(strategies=["Margin"], seeds=2, rounds=3).drop(columns="imbalance")
    frame = frame[["data", "estimator", "strategy", "seed", "round", "n_labelled", "accuracy"]]
    frame["n_labelled"] = [10, 20, 30, 12, 20, 40]
    frame["accuracy"] = [0.0, 1.0, 2.0, 4.0, 8.0, 10.0]
    (line,) = LearningCurveDisplay.from_results(frame).lines_
    assert line.get_xdata().tolist() == [12, 20, 30]  # what both reach, nothing beyond
    assert line.get_ydata() == pytest.approx([(0.2 + 4) / 2, (1 + 8) / 2, (2 + 9) / 2])


def test_a_missing_value_is_no_point():
    drawn = GoalCurveDisplay.from_results(results(), goal="mistakes")
    assert all(line.get_xdata().tolist() == [30, 50, 70, 90] for line in drawn.lines_)


def test_one_seed_has_no_band():
    drawn = LearningCurveDisplay.from_results(results(seeds=1))
    assert drawn.bands_ == [None] * 3
    assert drawn.ax_.get_legend().get_title().get_text() == ""


def test_no_band_where_none_is_wanted():
    drawn = LearningCurveDisplay.from_results(results(), confidence=None)
    assert drawn.bands_ == [None] * 3
    assert drawn.ax_.get_legend().get_title().get_text() == "mean of 4 seeds"


def test_the_legend_says_what_is_drawn_in_the_order_of_the_ends():
    frame = results()
    frame = frame[(frame["strategy"] != "Badge") | (frame["seed"] < 3)]  # not all seeds are done
    drawn = LearningCurveDisplay.from_results(frame)
    legend = drawn.ax_.get_legend()
    assert legend.get_title().get_text() == "mean of 3 to 4 seeds, 95% interval"
    end = frame[frame["n_labelled"] == 90].groupby("strategy")["accuracy"].mean()
    names = [text.get_text() for text in legend.get_texts()]
    assert names == end.sort_values(ascending=False).index.tolist()
    assert LearningCurveDisplay.from_results(frame, legend=False).ax_.get_legend() is None


def test_many_names_stand_beside_the_axes():
    frame = results(strategies=list("ABCDEFGH"), seeds=1)
    drawn = LearningCurveDisplay.from_results(frame)
    drawn.figure_.canvas.draw()
    assert drawn.ax_.get_legend().get_window_extent().x0 >= drawn.ax_.get_window_extent().x1


def test_a_strategy_looks_alike_in_all_pictures_of_a_frame():
    frame = results(data=["digits", "letter"])
    whole = LearningCurveDisplay.from_results(frame, data="digits")
    part = ImbalanceDisplay.from_results(frame, data="letter", strategies=["Badge"])
    (badge,) = part.lines_
    same = next(line for line in whole.lines_ if line.get_label() == "Badge")
    for look in ("color", "marker", "linestyle", "markerfacecolor"):
        assert plt.getp(badge, look) == plt.getp(same, look)


def test_highlighted_strategies_are_seen_first():
    drawn = LearningCurveDisplay.from_results(results(), highlight="Margin")
    widths = {line.get_label(): line.get_linewidth() for line in drawn.lines_}
    assert widths["Margin"] > max(widths["Random"], widths["Badge"])
    assert [band is not None for band in drawn.bands_] == [False, True, False]
    bold = [
        t.get_text() for t in drawn.ax_.get_legend().get_texts() if t.get_fontweight() == "bold"
    ]
    assert bold == ["Margin"]


def test_matplotlib_is_told_what_it_is_told():
    drawn = LearningCurveDisplay.from_results(
        results(), line_kw={"linewidth": 7}, band_kw={"alpha": 0.5}
    )
    assert {line.get_linewidth() for line in drawn.lines_} == {7}
    assert {band.get_alpha() for band in drawn.bands_} == {0.5}


def test_axes_may_be_given():
    figure, axes = plt.subplots(1, 2)
    frame = results(data=["digits", "letter"])
    for ax, data in zip(axes, ["digits", "letter"]):
        drawn = LearningCurveDisplay.from_results(frame, data=data, ax=ax)
        assert drawn.ax_ is ax
        assert drawn.figure_ is figure
        assert ax.get_title() == data
    assert plt.get_fignums() == [figure.number]
    assert LearningCurveDisplay.from_results(results()).ax_.get_title() == ""


def test_few_points_of_a_long_line_bear_a_marker():
    drawn = LearningCurveDisplay.from_results(results(rounds=100, seeds=1))
    for line in drawn.lines_:
        start, step = line.get_markevery()
        assert len(range(start, 100, step)) <= 12


def test_columns_as_words():
    assert readable("neg_log_loss") == "Negative log loss"
    assert readable("accuracy") == "Accuracy"
