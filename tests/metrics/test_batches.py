"""Mistakes and imbalance of what was asked, by hand."""

import numpy as np
import pytest

from skal.metrics import imbalance_ratio, mistake_lift
from tests.metrics.results import frame, row


def test_mistake_lift_by_hand():
    results = frame({"A": [[0.5, 0.6, 0.7]] * 2}, [10, 20, 30])
    results.loc[results["round"] > 0, "mistakes"] = [0.5, 0.7, 0.4, 0.4]
    results.loc[results["round"] > 0, "base_error"] = [0.3, 0.3, 0.2, 0.2]
    got = row(mistake_lift(results), "A")
    assert got["mean"] == pytest.approx(2)
    assert got[["mistakes", "base_error"]].tolist() == pytest.approx([0.5, 0.25])


def test_no_error_has_no_lift():
    results = frame({"A": [[1.0, 1.0]]}, [10, 20])
    results.loc[results["round"] > 0, ["mistakes", "base_error"]] = 0.0
    assert np.isnan(row(mistake_lift(results), "A")["mean"])


def test_imbalance():
    assert imbalance_ratio(["a", "a", "b", "b"]) == 0
    counts = [5, 3, 1, 0]
    y = np.repeat(list("abcd"), counts)
    assert imbalance_ratio(y, classes=list("abcd")) == pytest.approx(np.std(counts) / 2.25)


@pytest.mark.parametrize(
    ("y", "classes", "message"),
    [
        ([], None, "y is empty"),
        ([1, 2], [1], "not in classes: 2"),
        (frame({"A": [[0, 1]]}, [1, 2]), None, "A frame of results has a column `imbalance`"),
    ],
)
def test_imbalance_errors(y, classes, message):
    with pytest.raises(ValueError, match=message):
        imbalance_ratio(y, classes)
