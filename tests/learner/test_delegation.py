"""What a learner passes on to its estimator."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import SVC, LinearSVC

from skal import ActiveLearner


@pytest.mark.parametrize(
    "estimator", [LogisticRegression(), SVC(), LinearSVC(), SVC(decision_function_shape="ovo")]
)
@pytest.mark.parametrize("n_seen", [2, 3])
def test_unseen_classes_have_columns(estimator, n_seen, blobs):
    X, truth, _ = blobs
    seen = truth < n_seen
    learner = ActiveLearner(estimator, classes=[3, 1, 0, 2, -5], random_state=0)
    learner.fit(X[seen], truth[seen])
    assert learner.classes_.tolist() == [-5, 0, 1, 2, 3]
    none_more = ActiveLearner(estimator, classes=[]).fit(X[seen], truth[seen])
    assert none_more.classes_.dtype.kind == "i"
    decision = learner.decision_function(X)
    assert decision.shape == (90, 5)
    inner = decision[:, 1 : n_seen + 1]
    unseen = np.delete(decision, np.arange(1, n_seen + 1), axis=1)
    np.testing.assert_allclose(
        unseen, np.repeat(inner.min(axis=1, keepdims=True) - 1, 5 - n_seen, 1)
    )
    agree = learner.classes_[decision.argmax(axis=1)] == learner.predict(X)
    assert agree.mean() > 0.95  # SVC breaks its ties by vote
    state = learner.query_state(X)
    assert state.pool.proba.shape == (90, 5)
    np.testing.assert_allclose(state.pool.proba.sum(axis=1), 1)
    if hasattr(learner, "predict_proba"):
        proba = learner.predict_proba(X)
        assert (proba[:, [0, *range(n_seen + 1, 5)]] == 0).all()
        assert np.isneginf(learner.predict_log_proba(X)[:, 0]).all()
        np.testing.assert_allclose(proba.sum(axis=1), 1)
    else:
        np.testing.assert_array_equal(
            state.pool.proba[:, 1 : n_seen + 1].argmax(axis=1), inner.argmax(axis=1)
        )


def test_methods_that_the_estimator_lacks():
    assert not hasattr(ActiveLearner(SVC()), "predict_proba")
    assert not hasattr(ActiveLearner(Ridge()), "decision_function")
    assert hasattr(ActiveLearner(RandomForestClassifier()), "predict_proba")
