"""No label, one class, and fewer labels than an inner split needs."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skal import ActiveLearner
from skal.strategies import Random


def test_nothing_labelled_yet(blobs):
    X, truth, _ = blobs
    learner = ActiveLearner(
        LogisticRegression(), initial=Random(), initial_size=1, batch_size=4, random_state=0
    ).fit(X, np.full(90, np.nan))
    assert not hasattr(learner, "estimator_")
    with pytest.raises(NotFittedError, match="too few labels are known"):
        learner.predict(X)
    assert np.isfinite(learner.query_utilities()).all()
    sizes = []
    while learner.history_ == [] or learner.history_[-1]["n_labelled"] < 12:
        rows = learner.query()
        sizes.append(len(rows))
        learner.teach(rows, truth[rows])
        n_classes = len(np.unique(truth[np.concatenate([r["rows"] for r in learner.history_])]))
        assert hasattr(learner, "estimator_") == (n_classes > 1)
    first = sizes.index(4)
    assert sizes == [1] * first + [4] * (len(sizes) - first)
    assert first >= 2


def test_a_regressor_begins_with_two_labels(blobs):
    X, _, _ = blobs
    learner = ActiveLearner(Ridge(), initial=Random(), random_state=0).fit(X, [None] * 90)
    for n in (1, 2):
        assert not hasattr(learner, "estimator_")
        rows = learner.query()
        learner.teach(rows, X[rows, 0])
        assert learner.history_[-1]["n_labelled"] == n
    assert learner.predict(X).shape == (90,)


@pytest.mark.parametrize(
    ("estimator", "says"),
    [
        (GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}), r"the cv of GridSearchCV splits them 5 ways and requires at least 5 labels of every class; now the smallest number is 3"),
        (CalibratedClassifierCV(LinearSVC()), "the cv of CalibratedClassifierCV splits them 5 ways"),
        (make_pipeline(StandardScaler(), CalibratedClassifierCV(LinearSVC(), cv=4)), r"CalibratedClassifierCV \(calibratedclassifiercv\) splits them 4 ways"),
        (GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=KFold(12)), "requires at least 12 labels; now the smallest number is 9"),
        (GradientBoostingClassifier(n_iter_no_change=2), "early stopping of GradientBoostingClassifier sets 10% of them aside"),
        (SGDClassifier(early_stopping=True), "early stopping of SGDClassifier sets 10% of them aside and requires at least 30 labels"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_an_inner_split_says_how_many_labels_it_wants(estimator, says, blobs):
    X, truth, _ = blobs
    y = np.full(90, np.nan)
    rows = np.concatenate([np.flatnonzero(truth == c)[:3] for c in range(3)])
    y[rows] = truth[rows]
    with pytest.raises(ValueError, match=says):
        ActiveLearner(estimator).fit(X, y)
