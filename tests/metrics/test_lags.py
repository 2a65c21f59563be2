"""What today's model expects to be better by, against loops over rows."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from skal._audits import Audits
from skal.metrics import lags
from skal.metrics.lags import lags_of_numbers


def audits(watched, proba=None, classes=None):
    nothing = np.empty(0)
    return Audits(*[nothing] * 5, *[nothing.astype(int)] * 2, watched, proba, classes, 0)


def lags_of_classes(known, scoring):
    return lags.lags_of_classes(known, known.classes, scoring)


def test_accuracy_is_the_mean_of_probabilities():
    P = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    watched = np.array([[5, 5, 5], [5, 7, 5], [5, 7, 7]])
    found = lags_of_classes(audits(watched, P, np.array([5, 7])), "accuracy")
    assert found == pytest.approx([(0.2 + 0.6) / 3, 0.6 / 3])


def test_without_probabilities_half_of_what_differs():
    watched = np.array([[0, 0, 1, 1], [0, 1, 1, 1]])
    assert lags_of_classes(audits(watched, None, np.arange(2)), "accuracy") == [0.125]
    found = lags_of_classes(audits(watched, None, np.arange(2)), "balanced_accuracy")
    assert found.tolist() == [[0.125, 0.125]]


def test_probabilities_of_0_and_1_are_none_and_what_the_latest_models_differ_by_is_churn():
    watched = np.array([[0, 0, 0, 0], [0, 0, 1, 1], [1, 0, 1, 1]])
    certain = np.eye(2)[watched[-1]]
    known = audits(watched, certain, np.arange(2))
    assert lags_of_classes(known, "accuracy") == pytest.approx([(0.75 - 0.25) / 2, 0])
    by_class = lags_of_classes(known, "balanced_accuracy")
    assert by_class.tolist() == [[0.25, 0.25], [0, 0]]
    alone = audits(watched[-1:], certain, np.arange(2))
    assert lags_of_classes(alone, "accuracy").shape == (0,)


def test_other_shares_by_drawing_labels():
    rng = np.random.default_rng(0)
    P = rng.dirichlet([1, 1], size=300)
    watched = np.vstack([rng.integers(2, size=300), P.argmax(axis=1)])
    labels = [(rng.random(300) < P[:, 1]).astype(int) for _ in range(100)]
    scores = np.array([[f1_score(y, one) for y in labels] for one in watched])
    jaccard = (scores / (2 - scores)).mean(axis=1)
    lag = lags_of_classes(audits(watched, P, np.arange(2)), "f1")
    assert lag == pytest.approx([jaccard[1] - jaccard[0]], abs=0.03)
    recalls = [[[np.mean(one[y == k] == k) for k in (0, 1)] for y in labels] for one in watched]
    recalls = np.mean(recalls, axis=1)
    by_class = lags_of_classes(audits(watched, P, np.arange(2)), "balanced_accuracy")
    assert by_class[0] == pytest.approx(recalls[1] - recalls[0], abs=0.03)


def test_of_numbers_how_far_they_moved():
    watched = np.array([[1.0, 2.0], [3.0, 2.0]])
    assert lags_of_numbers(audits(watched)) == [2.0]


def test_where_nothing_is_watched():
    assert lags_of_numbers(audits(np.empty((3, 0)))).tolist() == [0, 0]
    empty = audits(np.empty((3, 0)), None, np.arange(4))
    assert lags_of_classes(empty, "balanced_accuracy").shape == (2, 4)
