"""Maps of what was asked."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_iris, make_blobs
from sklearn.linear_model import LogisticRegression, Ridge

from skal import ActiveLearner
from skal.display import QueryMapDisplay
from skal.strategies import Random
from tests.display.pictured import replayed

plt = pytest.importorskip("matplotlib.pyplot")


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


def test_maps_that_cannot_be_drawn():
    learner, X, y = replayed()
    with pytest.raises(
        ValueError, match=r"two numbers for each of the 150 rows .* shape is \(150, 4\)"
    ):
        QueryMapDisplay.from_learner(learner, X, embedding=X)
    with pytest.raises(ValueError, match="embedding='tsne' must be"):
        QueryMapDisplay.from_learner(learner, X, embedding="tsne")
    with pytest.raises(ValueError, match="the X given to fit, with 150 rows; it has 20"):
        QueryMapDisplay.from_learner(learner, X[:20])
    hole = X.copy()
    hole[3, 1] = np.nan
    for table in (X[:, :1], hole, ["text"] * 150, sparse.csr_array(X[:, :1])):
        with pytest.raises(
            ValueError, match='embedding="pca" requires X to be a table of two or more'
        ):
            QueryMapDisplay.from_learner(learner, table)
    with pytest.raises(ValueError, match=r"two numbers per row; their shape is \(150, 4\)"):
        QueryMapDisplay(X, [[0]]).plot()
    with pytest.raises(ValueError, match="markers for 7 classes, and the queried rows have 8"):
        QueryMapDisplay(X[:, :2], [range(8)], labels=np.arange(150)).plot()
    learner = ActiveLearner(LogisticRegression(max_iter=500)).fit(X[::10], y[::10])
    learner.teach(learner.query(X[1:]), [0], X=X[1:])
    with pytest.raises(ValueError, match="taught with an X of their own"):
        QueryMapDisplay.from_learner(learner, X[::10])
    assert plt.get_fignums() == []
