"""A holdout that is drawn from the labelled rows."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from skal import ActiveLearner


@pytest.mark.parametrize("fraction", [0.2, 0.5])
def test_validation_fraction(fraction, blobs):
    X, truth, y = blobs
    learner = ActiveLearner(GaussianNB(), validation_fraction=fraction, random_state=0).fit(X, y)
    state = learner.query_state()
    held = state.holdout.rows
    assert len(held) == round(12 * fraction)
    trained = np.setdiff1d(np.arange(12), held)
    np.testing.assert_array_equal(state.labelled.rows, trained)
    np.testing.assert_array_equal(state.holdout.y, truth[held])
    np.testing.assert_array_equal(state.holdout.X, X[held])
    assert set(truth[trained]) == set(truth[:12])
    assert not set(learner.query(batch_size=78)) & set(held)
    expected = GaussianNB().fit(X[trained], truth[trained])
    np.testing.assert_allclose(learner.predict_proba(X), expected.predict_proba(X))
    # a holdout row that gets another label stays a holdout row
    learner.teach(held[:1], [2 - truth[held[0]]])
    assert learner.query_state().holdout.y[0] == 2 - truth[held[0]]
    np.testing.assert_array_equal(learner.query_state().labelled.rows, trained)


def test_holdout_from_outside(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(GaussianNB()).fit(X[:60], y[:60], X_val=X[60:], y_val=truth[60:])
    state = learner.query_state()
    np.testing.assert_array_equal(state.holdout.y, truth[60:])
    np.testing.assert_allclose(state.holdout.proba, learner.predict_proba(X[60:]))
