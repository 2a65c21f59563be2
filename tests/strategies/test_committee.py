"""Committees against slow versions."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from skal import ActiveLearner
from skal.kernels import uncertainty as kernels
from skal.strategies import Bald, QueryByCommittee


def test_a_committee_of_given_estimators(blobs):
    X, _, y = blobs
    members = [LogisticRegression(C=0.01), GaussianNB(), RandomForestClassifier(5, random_state=0)]
    learner = ActiveLearner(LogisticRegression(), QueryByCommittee(members)).fit(X, y)
    P = np.stack([m.fit(X[:12], y[:12].astype(int)).predict_proba(X[12:]) for m in members])
    np.testing.assert_allclose(learner.query_utilities()[12:], kernels.divergence(P), atol=1e-9)


def test_a_committee_that_is_an_ensemble(blobs):
    X, _, y = blobs
    forest = RandomForestClassifier(7, random_state=0)
    learner = ActiveLearner(
        LogisticRegression(), QueryByCommittee(forest, measure="vote_entropy")
    ).fit(X, y)
    members = forest.fit(X[:12], y[:12].astype(int)).estimators_
    P = np.stack([member.predict_proba(X[12:]) for member in members])
    np.testing.assert_allclose(learner.query_utilities()[12:], kernels.vote_entropy(P), atol=1e-12)
    numbers = ActiveLearner(Ridge(), QueryByCommittee(RandomForestRegressor(5, random_state=0)))
    assert len(numbers.fit(X[:40], X[:40, 0]).query(X, batch_size=4)) == 4


def test_members_say_themselves_which_weights_they_want(blobs):
    import sklearn

    X, _, y = blobs
    weights = np.linspace(1, 5, 90)
    with sklearn.config_context(enable_metadata_routing=True):
        one = LogisticRegression().set_fit_request(sample_weight=True)
        two = LogisticRegression(C=0.1).set_fit_request(sample_weight=False)
        learner = ActiveLearner(one, QueryByCommittee([one, two, KNeighborsClassifier(3)]))
        views = learner.fit(X, y, sample_weight=weights).query_state().committee([one, two])
        learner.query()
    t = y[:12].astype(int)
    for view, expected in zip(
        views,
        (
            LogisticRegression().fit(X[:12], t, weights[:12]),
            LogisticRegression(C=0.1).fit(X[:12], t),
        ),
    ):
        np.testing.assert_allclose(view.proba, expected.predict_proba(X[12:]), atol=1e-3)


@pytest.mark.parametrize(
    ("strategy", "says"),
    [
        (Bald(draws=1), "'draws' parameter"),
        (QueryByCommittee(1), "'committee' parameter"),
        (QueryByCommittee([LogisticRegression()]), "must have at least two members"),
        (QueryByCommittee("many"), "'committee' parameter"),
        (QueryByCommittee(2.5), "'committee' parameter"),
        (QueryByCommittee([LogisticRegression(), Ridge()]), "needs a regressor"),
        (QueryByCommittee(measure="luck"), "'measure' parameter"),
    ],
    ids=repr,
)
def test_impossible_parameters(strategy, says, blobs):
    X, _, y = blobs
    with pytest.raises((ValueError, TypeError), match=says):
        ActiveLearner(LogisticRegression(), strategy).fit(X, y)


def test_impossible_parameters_of_regressions(blobs):
    X, _, _ = blobs
    for strategy in (
        QueryByCommittee(3, measure="vote_entropy"),
        QueryByCommittee([GaussianNB()] * 2),
    ):
        with pytest.raises(ValueError, match="needs a classifier, and Ridge is a regressor"):
            ActiveLearner(Ridge(), strategy).fit(X, X[:, 0])
