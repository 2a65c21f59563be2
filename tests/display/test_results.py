"""Frames that cannot be drawn."""

import numpy as np
import pytest

from skal.display import ImbalanceDisplay, LearningCurveDisplay, PairwiseDisplay
from tests.display.pictured import results

plt = pytest.importorskip("matplotlib.pyplot")
pd = pytest.importorskip("pandas")


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
            r"one data set, .* data= to one of \['digits', 'letter'\]",
        ),
        (
            lambda f: pd.concat([f, f.assign(estimator="svm")]),
            {},
            r"estimator= to one of \['logistic', 'svm'\]",
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
            "has no value of 'imbalance' in any round, because it is defined for classes only",
        ),
        (
            lambda f: f.assign(n_labelled=f["n_labelled"] + 500 * f["seed"]),
            {},
            "no number of labels in common: one ends at 90, another begins at 1510",
        ),
        (
            None,
            {"strategies": ["Bait"]},
            r"strategies=\['Bait'\].* from \['Random', 'Margin', 'Badge'\]",
        ),
        (None, {"highlight": "Bait"}, r"highlight=\['Bait'\]"),
        (None, {"confidence": 95}, "confidence=95 must be strictly between 0 and 1"),
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
