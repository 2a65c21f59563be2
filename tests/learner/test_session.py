"""The state of a learner between two calls."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import Margin, MarginShift, Random, Shortlist


def test_history_and_previous_model(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), Margin(), batch_size=3).fit(X, y)
    first = learner.estimator_
    assert learner.previous_estimator_ is None
    rows = learner.query()
    learner.teach(rows[:2], truth[rows[:2]])
    assert learner.previous_estimator_ is first
    learner.teach(rows[2:], truth[rows[2:]])  # the same round
    assert learner.previous_estimator_ is first
    assert [record["n_labelled"] for record in learner.history_] == [12, 15]
    np.testing.assert_array_equal(learner.history_[1]["rows"], rows)
    assert learner.history_[1]["query_seconds"] > 0 < learner.history_[1]["fit_seconds"]
    second = learner.estimator_
    learner.query()
    learner.query()
    assert learner.previous_estimator_ is first  # until labels come in
    learner.teach([80], truth[[80]])
    assert learner.previous_estimator_ is second


def test_what_a_strategy_records_is_in_the_history(blobs):
    class Recording(Random):
        def utilities(self, state):
            state.record(mood="good")
            return super().utilities(state)

    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), Shortlist(Recording(), by=Random())).fit(X, y)
    rows = learner.query()
    learner.teach(rows, truth[rows])
    assert learner.history_[1]["mood"] == "good"


def test_staged(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), store_rounds=True, batch_size=5).fit(X, y)
    models = [learner.estimator_]
    for _ in range(2):
        rows = learner.query()
        learner.teach(rows[:3], truth[rows[:3]])
        learner.teach(rows[3:], truth[rows[3:]])
        models.append(learner.estimator_)
    np.testing.assert_array_equal(list(learner.staged_predict(X)), [m.predict(X) for m in models])
    assert list(learner.staged_score(X, truth)) == [m.score(X, truth) for m in models]
    with pytest.raises(ValueError, match="store_rounds=True"):
        list(clone(learner).set_params(store_rounds=False).fit(X, y).staged_predict(X))


def test_a_pickled_learner_goes_on_where_it_was(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), MarginShift(), batch_size=3, random_state=0).fit(
        X, y
    )
    rows = learner.query()
    copy = pickle.loads(pickle.dumps(learner))
    for one in (learner, copy):
        one.teach(rows, truth[rows])
    np.testing.assert_array_equal(learner.query(), copy.query())
    np.testing.assert_array_equal(learner.previous_estimator_.coef_, copy.previous_estimator_.coef_)


def test_rows_asked_from_a_pool_are_not_taken_for_rows_of_fit(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), batch_size=3).fit(X[:45], truth[:45])
    rows = learner.query(X[45:])
    with pytest.raises(ValueError, match="queried from the X given to query: pass it"):
        learner.teach(rows, truth[45:][rows])
    learner.teach(rows, truth[45:][rows], X=X[45:]).teach([0], truth[:1])
    # these were told, so the numbers mean the rows of fit again: a label is corrected
    learner.teach(rows[:1], truth[rows[:1]])
    assert learner.history_[-1]["n_labelled"] == 48
    # the same rows in another array are ours
    learner = ActiveLearner(LogisticRegression(), batch_size=3).fit(X, y)
    rows = learner.query(X.copy(), exclude=range(12))
    assert learner.teach(rows, truth[rows]).history_[-1]["n_labelled"] == 15
