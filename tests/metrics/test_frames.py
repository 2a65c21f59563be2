"""Frames of comparisons as they come, and those that are refused."""

import numpy as np
import pandas as pd
import pytest

from skal.metrics import (
    area_under_curve,
    gap_closed,
    labels_saved,
    mean_ranks,
    mistake_lift,
    pairwise_penalty,
)
from tests.metrics.results import GOOD, frame


@pytest.mark.parametrize(
    ("function", "results", "message"),
    [
        (lambda r: labels_saved(r, against="random"), GOOD, "against='random' was not replayed"),
        (lambda r: gap_closed(r), GOOD, "oracle='Oracle' was not replayed"),
        (lambda r: pairwise_penalty(r, against="B"), GOOD, "there are Random, A"),
        (lambda r: pairwise_penalty(r, level=5), GOOD, "level=5 must lie between"),
        (lambda r: pairwise_penalty(r), {"Random": [[0.5, 0.6]]}, "two seeds at least"),
        (lambda r: area_under_curve(r, confidence=95), GOOD, "confidence=95 must lie"),
        (lambda r: labels_saved(r, confidence=1), GOOD, "confidence=1 must lie"),
        (lambda r: area_under_curve(r, "f1"), GOOD, "no column 'f1'"),
        (lambda r: mistake_lift(r), GOOD, "no mistakes to count"),
        (lambda r: area_under_curve(r), {"A": [[0.5, 1]], "B": [[0.5, 1]] * 2}, r"seeds \[1\]"),
    ],
)  # fmt: skip
def test_errors_say_what_is_wrong(function, results, message):
    with pytest.raises(ValueError, match=message):
        function(frame(results, [10, 20]))


def test_the_order_of_rows_does_not_matter():
    curves = {"Random": [[0.5, 0.6, 0.8]] * 2, "A": [[0.5, 0.7, 0.9]] * 2}
    results = frame(curves, [10, 20, 40])
    shuffled = results.sample(frac=1, random_state=0)
    for function in (area_under_curve, labels_saved):
        expected = function(results)
        pd.testing.assert_frame_equal(function(shuffled).loc[expected.index], expected)


def test_categorical_columns_and_parts_of_a_frame():
    both = pd.concat([frame(GOOD, [1, 2]), frame(GOOD, [1, 2], data="b")])
    both = both.astype({"data": "category", "strategy": "category", "estimator": "category"})
    part = both.query("data == 'b'")
    assert area_under_curve(part)["mean"].tolist() == pytest.approx([0.55, 0.6])
    assert mean_ranks(part)["n_experiments"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda r: r.assign(accuracy=np.nan), ValueError, "accuracy is nan at 10 labels"),
        (lambda r: pd.concat([r, r]), ValueError, "two rounds with the same number of labels"),
        (lambda r: r.iloc[:0], ValueError, "has no rows"),
        (lambda r: r.drop(columns="seed"), ValueError, "it lacks seed"),
        (
            lambda r: r.assign(accuracy="high"),
            ValueError,
            "no column 'accuracy' of numbers: there are imbalance",
        ),
        (lambda r: r.to_numpy(), TypeError, r"numpy\.ndarray"),
    ],
)
def test_frames_that_say_nothing(change, error, message):
    with pytest.raises(error, match=message):
        area_under_curve(change(frame(GOOD, [10, 20])), "accuracy")


def test_curves_that_never_meet():
    apart = pd.concat([frame({"A": [[0, 1]]}, [1, 2]), frame({"B": [[0, 1]]}, [5, 6])])
    with pytest.raises(ValueError, match="no number of labels in common"):
        area_under_curve(apart)
