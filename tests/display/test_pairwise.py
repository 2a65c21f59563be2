"""The matrix of who beats whom."""

import numpy as np
import pytest

import skal.metrics
from skal.display import PairwiseDisplay
from tests.display.pictured import penalties, results

plt = pytest.importorskip("matplotlib.pyplot")


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
        (penalties().iloc[:1, :1], None, r"two or more strategies; got \['Random'\]"),
        (penalties(), ["Bait"], r"two or more strategies; got \['Bait'\]"),
        (penalties(), ["Bait", "Badge"], r"strategies=\['Badge'\]: there are no such strategies"),
    ],
)
def test_matrices_that_cannot_be_drawn(matrix, strategies, message):
    with pytest.raises(ValueError, match=message):
        PairwiseDisplay(matrix, strategies=strategies).plot()
    assert plt.get_fignums() == []
