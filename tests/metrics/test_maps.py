"""Mean intersection over union."""

import numpy as np
import pytest
from sklearn.metrics import jaccard_score

from skal.metrics import mean_iou


def test_it_is_the_jaccard_score_of_all_positions():
    rng = np.random.default_rng(0)
    y, predicted = rng.integers(4, size=(2, 5, 6, 7))
    expected = jaccard_score(y.ravel(), predicted.ravel(), average="macro")
    assert mean_iou(y, predicted) == pytest.approx(expected, rel=1e-12)
    some = jaccard_score(y.ravel(), predicted.ravel(), labels=[0, 2], average="macro")
    assert mean_iou(y, predicted, classes=[2, 0, 9]) == pytest.approx(some, rel=1e-12)
    assert mean_iou(y, y) == 1


@pytest.mark.parametrize("mark", [-1, -100, 255])
def test_positions_without_a_label(mark):
    y = np.array([[0, 0, 1, mark], [mark, 1, 1, 0]])
    predicted = np.array([[0, 1, 1, 2], [0, 1, 0, 0]])
    ignored = mark if mark > 0 else None
    assert mean_iou(y, predicted, ignore_index=ignored) == pytest.approx((2 / 4 + 2 / 4) / 2)


def test_what_cannot_be_compared():
    with pytest.raises(ValueError, match=r"y_true has shape \(2,\), and y_pred \(1, 2\)"):
        mean_iou([0, 1], [[0, 1]])
    with pytest.raises(ValueError, match="No position of y_true has a label"):
        mean_iou([-1, -1], [0, 1])
    with pytest.raises(ValueError, match="Maps hold class numbers"):
        mean_iou([0.0, 1.0], [0, 1])
    with pytest.raises(ValueError, match=r"None of the classes \[7\] is in the maps"):
        mean_iou([0, 1], [0, 1], classes=[7])
