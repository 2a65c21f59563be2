"""The estimator and the surrogate, and their seeds."""

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.strategies import Diversify, ErrorReduction, MarginShift


def test_surrogate(blobs):
    X, truth, y = blobs
    forest = RandomForestClassifier(n_estimators=5)
    learner = ActiveLearner(
        forest,
        Diversify(MarginShift()),
        surrogate=LogisticRegression(),
        batch_size=5,
        random_state=0,
    ).fit(X, y)
    plain = ActiveLearner(LogisticRegression(), Diversify(MarginShift()), batch_size=5).fit(X, y)
    for _ in range(3):
        rows = learner.query()
        np.testing.assert_array_equal(rows, plain.query())
        learner.teach(rows, truth[rows])
        plain.teach(rows, truth[rows])
    assert isinstance(learner.estimator_, RandomForestClassifier)
    np.testing.assert_allclose(learner.surrogate_.coef_, plain.estimator_.coef_, rtol=1e-6)


def test_nested_seeds_are_set_and_given_ones_kept(blobs):
    X, _, y = blobs
    pipeline = make_pipeline(StandardScaler(), SGDClassifier())
    one, two = (ActiveLearner(clone(pipeline), random_state=3).fit(X, y) for _ in range(2))
    np.testing.assert_array_equal(one.estimator_[-1].coef_, two.estimator_[-1].coef_)
    other = ActiveLearner(clone(pipeline), random_state=4).fit(X, y)
    assert other.estimator_[-1].random_state != one.estimator_[-1].random_state
    given = ActiveLearner(SGDClassifier(random_state=7), random_state=3).fit(X, y)
    assert given.estimator_.random_state == 7
    assert pipeline[-1].random_state is None


def test_weights_of_fit_are_wanted_of_a_pool_that_is_refitted(blobs):
    X, _, y = blobs
    with sklearn.config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight=True)
        strategy = ErrorReduction(target=3, size=2)
        learner = ActiveLearner(model, strategy).fit(X, y, sample_weight=np.ones(90))
        assert learner.query().shape == (1,)
        with pytest.raises(ValueError, match="a pool given to query"):
            learner.query(X[:9])
