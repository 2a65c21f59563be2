"""Pictures: the numbers in them, how they look alike, and what cannot be drawn."""

import sys
import types

import numpy as np
import pytest
from scipy import sparse, stats
from sklearn.base import clone
from sklearn.datasets import load_iris, make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

import skal.metrics
from skal import ActiveLearner
from skal.display import (
    GoalCurveDisplay,
    ImbalanceDisplay,
    LearningCurveDisplay,
    PairwiseDisplay,
    QueryMapDisplay,
    UtilityDisplay,
)
from skal.display._curves import readable
from skal.display._drawing import curve_style
from skal.display._results import Curve
from skal.strategies import Badge, Margin, Random

plt = pytest.importorskip("matplotlib.pyplot")
pd = pytest.importorskip("pandas")

STRATEGIES = ("Random", "Margin", "Badge")


def results(data=("digits",), estimators=("logistic",), strategies=STRATEGIES, seeds=4, rounds=5):
    """A frame as `compare` returns it, with numbers at random."""
    rng = np.random.default_rng(0)
    records = [
        {
            "data": d,
            "estimator": e,
            "strategy": s,
            "seed": seed,
            "round": r,
            "n_labelled": 10 + 20 * r,
            "accuracy": rng.random(),
            "imbalance": rng.random(),
            "mistakes": rng.random() if r else np.nan,
            "query_seconds": rng.random(),
            "fit_seconds": rng.random(),
            "residual": rng.random(),
            "rows": [1, 2],
        }
        for d in data
        for e in estimators
        for s in strategies
        for seed in range(seeds)
        for r in range(rounds)
    ]
    return pd.DataFrame(records)


def replayed(strategy=None, **settings):
    """Iris, and a learner that has replayed it."""
    X, y = load_iris(return_X_y=True)
    settings = {"replay_budget": 30, "batch_size": 10, "random_state": 0, **settings}
    learner = ActiveLearner(LogisticRegression(max_iter=500), strategy or Margin(), **settings)
    return learner.fit(X, y), X, y


def outline(band):
    """Lower and upper edge of a band, by the number of labels."""
    corners = band.get_paths()[0].vertices
    return {
        x: (min(ys), max(ys))
        for x in np.unique(corners[:, 0])
        if len(ys := corners[corners[:, 0] == x, 1])
    }


# ---------------------------------------------------------------------- curves
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


def test_no_two_of_seventy_look_alike():
    looks = {tuple(map(str, curve_style(i).values())) for i in range(70)}
    assert len(looks) == 70


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


# ---------------------------------------------------------------------- a single learner
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


@pytest.mark.parametrize(
    "draw",
    [
        lambda learner, X, y: LearningCurveDisplay.from_learner(learner, X, y),
        lambda learner, X, y: QueryMapDisplay.from_learner(learner, X),
        lambda learner, X, y: UtilityDisplay.from_learner(learner, X),
    ],
)
def test_what_is_no_fitted_learner(draw):
    learner, X, y = replayed(store_rounds=True)
    with pytest.raises(TypeError, match=r"and Pipeline is none. .* give pipe\[-1\]"):
        draw(make_pipeline(learner), X, y)
    with pytest.raises(NotFittedError):
        draw(clone(learner), X, y)


# ---------------------------------------------------------------------- goals
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
    with pytest.raises(ValueError, match="ax= a pair of them, or score=None"):
        GoalCurveDisplay.from_results(
            frame, goal="residual", score="accuracy", data="letter", ax=axes[0]
        )


# ---------------------------------------------------------------------- frames that cannot be drawn
def drop(column):
    return lambda frame: frame.drop(columns=column)


@pytest.mark.parametrize(
    ("change", "chosen", "message"),
    [
        (None, {"score": "f1"}, "no column 'f1' of numbers: there are accuracy,"),
        (None, {"score": "rows"}, "no column 'rows' of numbers"),
        (
            lambda f: f.assign(accuracy=f["accuracy"].astype(str)),
            {},
            "no column 'accuracy' of numbers",
        ),
        (
            lambda f: f.assign(f1=0.0)[[*f.columns[:6], "f1", *f.columns[6:]]],
            {},
            r"score= one of \['f1', 'accuracy'\]",
        ),
        (drop("accuracy"), {}, r"score= one of \[\]"),
        (drop("seed"), {}, "it lacks seed"),
        (lambda f: f[:0], {}, "no rows"),
        (None, {"data": "letter"}, r"no data='letter'; it has \['digits'\]"),
        (None, {"estimator": "svm"}, r"no estimator='svm'; it has \['logistic'\]"),
        (
            lambda f: pd.concat([f, f.assign(data="letter")]),
            {},
            r"data= one of \['digits', 'letter'\]",
        ),
        (
            lambda f: pd.concat([f, f.assign(estimator="svm")]),
            {},
            r"estimator= one of \['logistic', 'svm'\]",
        ),
        (
            lambda f: pd.concat([f, f]),
            {},
            "Random, seed 0: there are two rounds with the same number of labels",
        ),
        (lambda f: f.assign(accuracy=np.nan), {}, "'Random' has no value of 'accuracy'"),
        (
            lambda f: f.assign(imbalance=np.nan),
            {"score": "imbalance"},
            "has no value of 'imbalance' in any round, since it is one of classes",
        ),
        (
            lambda f: f.assign(n_labelled=f["n_labelled"] + 500 * f["seed"]),
            {},
            "no number of labels in common: one ends at 90, another begins at 1510",
        ),
        (
            None,
            {"strategies": ["Bait"]},
            r"strategies=\['Bait'\].* only \['Random', 'Margin', 'Badge'\]",
        ),
        (None, {"highlight": "Bait"}, r"highlight=\['Bait'\]"),
        (None, {"confidence": 95}, "confidence=95 must lie strictly between 0 and 1"),
    ],
)
def test_frames_that_cannot_be_drawn(change, chosen, message):
    frame = results() if change is None else change(results())
    with pytest.raises(ValueError, match=message):
        LearningCurveDisplay.from_results(frame, **chosen)
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    "draw",
    [
        LearningCurveDisplay.from_results,
        ImbalanceDisplay.from_results,
        PairwiseDisplay.from_results,
    ],
)
def test_what_is_no_frame(draw):
    with pytest.raises(
        TypeError, match=r"as skal\.experiments\.compare returns it; got builtins\.dict"
    ):
        draw({"accuracy": [0.5]})


# ---------------------------------------------------------------------- pairs
def penalties():
    names = ["Random", "Bait", "Margin"]
    return pd.DataFrame([[9.0, 0, 0.5], [4, 9, 2], [3, 0.25, 9]], index=names, columns=names)


def test_the_matrix_and_its_means():
    drawn = PairwiseDisplay(penalties()).plot()
    assert [t.get_text() for t in drawn.ax_.get_xticklabels()] == ["Bait", "Margin", "Random"]
    assert [t.get_text() for t in drawn.ax_.get_yticklabels()] == [
        "Bait",
        "Margin",
        "Random",
        "mean",
    ]
    written = [[text and text.get_text() for text in row] for row in drawn.texts_]
    assert written == [
        [None, "2.00", "4.00"],
        ["0.25", None, "3.00"],
        ["0", "0.50", None],
        ["0.12", "1.25", "3.50"],  # without the diagonal, whatever it says
    ]
    assert drawn.averages_ == pytest.approx([0.125, 1.25, 3.5])
    shades = drawn.cells_.get_array()
    assert shades.filled(np.nan)[0, 1:].tolist() == [2, 4]
    assert shades.mask.diagonal().all()
    assert drawn.average_cells_.get_array().ravel().tolist() == [0.125, 1.25, 3.5]
    places = [text.get_position() for text in drawn.texts_.ravel() if text]
    assert places[0] == (1, 0)
    white = [t.get_text() for t in drawn.texts_.ravel() if t and t.get_color() == "white"]
    assert white == ["4.00", "3.50"]


def test_numbers_as_one_wants_them():
    drawn = PairwiseDisplay(penalties(), strategies=["Random", "Bait"]).plot(
        decimals=0, text_kw={"color": "red"}, cell_kw={"cmap": "Blues"}
    )
    assert drawn.averages_.tolist() == [4, 0]
    assert [t.get_text() for t in drawn.texts_.ravel() if t] == ["0", "4", "4", "0"]
    assert {t.get_color() for t in drawn.texts_.ravel() if t} == {"red"}
    assert drawn.cells_.get_cmap().name == "Blues"


def test_nobody_beats_anybody():
    drawn = PairwiseDisplay(penalties() * 0).plot()
    assert {t.get_text() for t in drawn.texts_.ravel() if t} == {"0"}


def test_pairs_of_a_comparison(monkeypatch):
    asked = {}

    def pairwise_penalty(frame, score=None, **more):
        asked.update(score=score, **more)
        return penalties()

    monkeypatch.setattr(skal.metrics, "pairwise_penalty", pairwise_penalty, raising=False)
    _, ax = plt.subplots()
    drawn = PairwiseDisplay.from_results(results(), level=0.01, ax=ax)
    assert asked == {"score": "accuracy", "level": 0.01}
    assert drawn.ax_ is ax


@pytest.mark.parametrize(
    ("matrix", "strategies", "message"),
    [
        (np.eye(3), None, "must be a square DataFrame"),
        (penalties().iloc[:2], None, "must be a square DataFrame"),
        (penalties()[["Bait", "Random", "Margin"]], None, "in the same order"),
        (penalties().iloc[:1, :1], None, r"Two strategies or more are compared; got \['Random'\]"),
        (penalties(), ["Bait"], r"Two strategies or more are compared; got \['Bait'\]"),
        (penalties(), ["Bait", "Badge"], r"strategies=\['Badge'\]: there are no such strategies"),
    ],
)
def test_matrices_that_cannot_be_drawn(matrix, strategies, message):
    with pytest.raises(ValueError, match=message):
        PairwiseDisplay(matrix, strategies=strategies).plot()
    assert plt.get_fignums() == []


# ---------------------------------------------------------------------- maps
def test_what_was_asked_lies_where_its_rows_lie():
    learner, X, y = replayed()
    drawn = QueryMapDisplay.from_learner(learner, X, embedding=X[:, 2:])
    assert drawn.pool_.get_offsets().data.tolist() == X[:, 2:].tolist()
    places = np.vstack([marks.get_offsets().data for marks in drawn.asked_])
    rows = np.concatenate([record["rows"] for record in learner.history_])
    assert sorted(places.tolist()) == sorted(X[rows, 2:].tolist())
    numbers = sorted(text.get_text() for text in drawn.texts_)
    assert numbers == ["1"] * 10 + ["2"] * 10  # none on what was labelled from the start
    for text in drawn.texts_:
        asked = learner.history_[int(text.get_text())]["rows"]
        assert list(text.xy) in X[asked, 2:].tolist()
    legend = drawn.ax_.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["0", "1", "2"]
    assert drawn.colorbar_.ax.get_ylabel() == "Round"


def test_classes_have_shapes_and_rounds_shades():
    X, y = make_blobs(60, centers=2, random_state=0)
    labels = np.where(y == 0, "no", "yes")
    drawn = QueryMapDisplay(X, [np.arange(5), np.arange(5, 60)], labels=labels).plot()
    start, asked = drawn.asked_[:2], drawn.asked_[2:]
    assert drawn.texts_ == []  # too many to read
    for marks in start:
        assert marks.get_facecolor().tolist() == [[1, 1, 1, 1]]
    assert len(asked) == 2
    assert asked[0].get_facecolor().tolist() == asked[1].get_facecolor().tolist()
    assert len({marks.get_paths()[0].vertices.tobytes() for marks in asked}) == 2
    of_no = X[5:][labels[5:] == "no"]
    assert sorted(asked[0].get_offsets().data.tolist()) == sorted(of_no.tolist())


def test_later_rounds_are_darker_and_on_top():
    X = np.random.default_rng(0).random((30, 2))
    drawn = QueryMapDisplay(X, np.arange(30).reshape(6, 5)).plot(
        asked_kw={"s": 10}, pool_kw={"s": 1}
    )
    lightness = [marks.get_facecolor()[0, :3] @ (0.3, 0.59, 0.11) for marks in drawn.asked_]
    assert lightness == sorted(lightness, reverse=True)
    order = [marks.get_zorder() for marks in drawn.asked_]
    assert order == sorted(order)
    assert drawn.ax_.get_legend() is None
    assert drawn.asked_[0].get_sizes().tolist() == [10]
    assert drawn.pool_.get_sizes().tolist() == [1]


def test_a_row_relabelled_keeps_its_round():
    drawn = QueryMapDisplay(np.eye(4, 2), [[0, 1], [2], [1, 3]]).plot()
    assert [len(marks.get_offsets()) for marks in drawn.asked_] == [2, 1, 1]


def test_a_holdout_row_may_have_been_relabelled():
    X, y = load_iris(return_X_y=True)
    learner = ActiveLearner(
        LogisticRegression(max_iter=500), validation_fraction=0.3, random_state=0
    )
    learner.fit(X, np.where(np.arange(150) % 50 < 9, y, np.nan))
    learner.query()
    learner.teach(learner.query_state().holdout.rows[:1], [2])
    drawn = QueryMapDisplay.from_learner(learner, X)
    assert len(drawn.texts_) == 1


def test_nothing_asked_yet():
    X, y = load_iris(return_X_y=True)
    learner = ActiveLearner(LogisticRegression(), initial=Random()).fit(X, np.full(150, np.nan))
    drawn = QueryMapDisplay.from_learner(learner, X)
    assert drawn.asked_ == []
    assert drawn.colorbar_ is None
    y = np.where(np.arange(150) % 50 < 2, y, np.nan)
    drawn = QueryMapDisplay.from_learner(
        ActiveLearner(LogisticRegression(max_iter=500)).fit(X, y), X
    )
    assert len(drawn.asked_) == 3
    assert drawn.colorbar_ is None


def test_a_regression_has_no_classes():
    X, y = load_iris(return_X_y=True)
    learner = ActiveLearner(Ridge(), Random(), replay_budget=20, batch_size=5).fit(
        X[:, :3], X[:, 3]
    )
    drawn = QueryMapDisplay.from_learner(learner, X[:, :3])
    assert drawn.ax_.get_legend() is None
    assert len(drawn.asked_) == 4


def test_principal_axes_of_all_kinds_of_tables():
    learner, X, _ = replayed()
    centred = X - X.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    wanted = np.abs(centred @ axes[:2].T)
    for table in (X, pd.DataFrame(X), X.tolist(), X.astype(np.float32)):
        places = QueryMapDisplay.from_learner(learner, table).positions
        np.testing.assert_allclose(np.abs(places), wanted, atol=1e-4)
    places = QueryMapDisplay.from_learner(learner, sparse.csr_array(X)).positions
    _, _, axes = np.linalg.svd(X, full_matrices=False)
    np.testing.assert_allclose(np.abs(places), np.abs(X @ axes[:2].T), atol=1e-6)


def test_maps_that_cannot_be_drawn():
    learner, X, y = replayed()
    with pytest.raises(
        ValueError, match=r"two numbers for each of the 150 rows .* shape is \(150, 4\)"
    ):
        QueryMapDisplay.from_learner(learner, X, embedding=X)
    with pytest.raises(ValueError, match="embedding='tsne' must be"):
        QueryMapDisplay.from_learner(learner, X, embedding="tsne")
    with pytest.raises(ValueError, match="that given to fit, of 150 rows; it has 20"):
        QueryMapDisplay.from_learner(learner, X[:20])
    hole = X.copy()
    hole[3, 1] = np.nan
    for table in (X[:, :1], hole, ["text"] * 150, sparse.csr_array(X[:, :1])):
        with pytest.raises(
            ValueError, match='embedding="pca" wants X to be a table of two or more'
        ):
            QueryMapDisplay.from_learner(learner, table)
    with pytest.raises(ValueError, match=r"two numbers a row; their shape is \(150, 4\)"):
        QueryMapDisplay(X, [[0]]).plot()
    with pytest.raises(ValueError, match="marks for 7 classes, and the asked rows have 8"):
        QueryMapDisplay(X[:, :2], [range(8)], labels=np.arange(150)).plot()
    learner = ActiveLearner(LogisticRegression(max_iter=500)).fit(X[::10], y[::10])
    learner.teach(learner.query(X[1:]), [0], X=X[1:])
    with pytest.raises(ValueError, match="taught with an X of their own"):
        QueryMapDisplay.from_learner(learner, X[::10])
    assert plt.get_fignums() == []


# ---------------------------------------------------------------------- utilities
def partly_labelled(strategy):
    X, y = load_iris(return_X_y=True)
    y = np.where(np.arange(150) % 50 < 5, y, np.nan)
    learner = ActiveLearner(LogisticRegression(max_iter=500), strategy, batch_size=7)
    return learner.fit(X, y), X


def test_the_spread_of_utilities():
    learner, _ = partly_labelled(Margin())
    before = dict(vars(learner))
    drawn = UtilityDisplay.from_learner(learner, bins=10, hist_kw={"linewidth": 2})
    assert vars(learner) == before  # a picture is no query
    scores = learner.query_utilities()
    counts, edges = np.histogram(scores[~np.isnan(scores)], 10)
    corners = drawn.bars_.get_xy()
    assert set(corners[:, 1].round(9)) == {0, *counts}
    assert corners[:, 0].min() == edges[0]
    at = [segment[0, 0] for segment in drawn.asked_.get_segments()]
    assert sorted(at) == sorted(scores[learner.query()])
    assert drawn.asked_.get_label() == "asked (7)"
    assert drawn.correlation_ is None


def test_the_spread_over_a_pool_of_its_own():
    learner, X = partly_labelled(Margin())
    drawn = UtilityDisplay.from_learner(learner, X[:40], batch_size=3)
    at = [segment[0, 0] for segment in drawn.asked_.get_segments()]
    assert sorted(at) == sorted(np.sort(learner.query_utilities(X[:40]))[-3:])
    assert len(drawn.utilities) == 40


def test_predicted_against_true():
    rng = np.random.default_rng(0)
    true = rng.normal(size=50)
    predicted = true + rng.normal(size=50)
    drawn = UtilityDisplay.from_utilities(predicted, true, scatter_kw={"s": 3})
    assert drawn.points_.get_offsets().data.tolist() == np.stack([true, predicted], axis=1).tolist()
    r = stats.pearsonr(predicted, true).statistic
    assert drawn.correlation_ == pytest.approx(r)
    assert drawn.ax_.get_title(loc="left") == f"correlation {r:.3f}"
    assert drawn.bars_ is None
    assert UtilityDisplay.from_utilities(predicted).points_ is None


def test_utilities_that_cannot_be_drawn():
    learner, _ = partly_labelled(Badge())
    with pytest.raises(TypeError, match="Badge chooses rows together"):
        UtilityDisplay.from_learner(learner)
    one = np.ones(3)
    for wrong in ([], [[1.0]], [1.0, np.inf], [np.nan]):
        with pytest.raises(ValueError, match="The utilities must be one or more finite numbers"):
            UtilityDisplay.from_utilities(wrong)
        with pytest.raises(ValueError, match="The true utilities must be"):
            UtilityDisplay.from_utilities(one, wrong)
    with pytest.raises(ValueError, match="for each of the 3 predicted; got 2"):
        UtilityDisplay.from_utilities(one, one[:2])
    with pytest.raises(ValueError, match="two rows or more"):
        UtilityDisplay.from_utilities([1.0], [1.0])
    with pytest.raises(ValueError, match="scatter_kw= is for a scatter"):
        UtilityDisplay.from_utilities(one, scatter_kw={})
    with pytest.raises(ValueError, match="bins= and hist_kw= are for a distribution"):
        UtilityDisplay.from_utilities(one, one, bins=3)
    with pytest.raises(ValueError, match="all equal have no correlation"):
        UtilityDisplay.from_utilities(one, np.arange(3.0))
    assert plt.get_fignums() == []


# ---------------------------------------------------------------------- matplotlib
@pytest.mark.parametrize(
    "display",
    [
        LearningCurveDisplay({"Margin": Curve(np.arange(2), np.ones((1, 2)))}),
        PairwiseDisplay(penalties()),
        QueryMapDisplay(np.eye(2), [[0]]),
        UtilityDisplay(np.ones(3)),
    ],
    ids=lambda display: type(display).__name__,
)
def test_without_matplotlib(display, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(
        ImportError, match=rf'{type(display).__name__} draws .* pip install "skal\[plot\]"'
    ):
        display.plot()


def test_plot_returns_the_display():
    assert isinstance(skal.metrics, types.ModuleType)
    for display in (
        PairwiseDisplay(penalties()),
        QueryMapDisplay(np.eye(2), [[0]]),
        UtilityDisplay(np.ones(3)),
    ):
        assert display.plot() is display
