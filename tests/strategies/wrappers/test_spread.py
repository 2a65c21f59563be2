"""Rows of high utility, spread over clusters."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import Lcmd, Margin, Spread, UtilityStrategy


def test_spread(blobs):
    X, _, y = blobs
    learner = ActiveLearner(
        LogisticRegression(), Spread(Margin(), factor=5), batch_size=6, random_state=0
    ).fit(X, y)
    scores = ActiveLearner(LogisticRegression(), Margin()).fit(X, y).query_utilities()
    best = np.argsort(-scores[12:], kind="stable")[:30] + 12
    seed = int(learner.query_state().rng.integers(2**31 - 1))
    k_means = KMeans(6, n_init=1, random_state=seed).fit(X[best], sample_weight=1 + scores[best])
    expected = []
    for c in range(6):
        mine = [i for i in range(30) if k_means.labels_[i] == c]
        expected.append(
            min(mine, key=lambda i: np.sum((X[best[i]] - k_means.cluster_centers_[c]) ** 2))
        )
    np.testing.assert_array_equal(learner.query(), best[np.sort(expected)])


class Given(UtilityStrategy):
    """Scores that somebody gives."""

    def __init__(self, scores):
        self.scores = scores

    def utilities(self, state):
        return self.scores[: len(state.candidates)]


def test_spread_asks_for_what_was_tried(blobs):
    """A score of −∞ was not tried; one of ∞ is among the best."""
    X, _, y = blobs
    scores = np.full(78, -np.inf)
    scores[[3, 30, 40, 50, 60]] = [1, 2, np.inf, 1, 2]
    learner = ActiveLearner(LogisticRegression(), Spread(Given(scores))).fit(X, y)
    tried = learner.query_state().pool.rows[[3, 30, 40, 50, 60]]
    assert set(learner.query(batch_size=3)) < set(tried)
    rows = learner.query(batch_size=7)
    assert set(rows[:5]) == set(tried)
    assert len(set(rows)) == 7


def test_spread_fills_empty_clusters():
    """Copies of two rows cannot make four clusters."""
    X = np.array([[-1.0, 0], [1, 0]] + [[0.1, 1], [0.1, -1]] * 5)
    y = [0, 1] + [None] * 10
    learner = ActiveLearner(
        LogisticRegression(), Spread(Margin(), factor=2), batch_size=4, random_state=0
    )
    assert len(set(learner.fit(X, y).query())) == 4


@pytest.mark.parametrize(
    ("strategy", "says"),
    [
        (Spread(Lcmd()), "Lcmd gives them none"),
        (Spread(Margin(), factor=0.5), "'factor' parameter"),
    ],
    ids=repr,
)
def test_impossible_parameters(strategy, says, blobs):
    X, _, y = blobs
    with pytest.raises((ValueError, TypeError), match=says):
        ActiveLearner(LogisticRegression(), strategy).fit(X, y)


def test_spread_shows_the_scores_of_what_it_spreads(blobs):
    X, _, y = blobs
    learner = ActiveLearner(LogisticRegression(), Spread(Margin())).fit(X, y)
    margins = clone(learner).set_params(strategy=Margin()).fit(X, y).query_utilities()
    np.testing.assert_array_equal(learner.query_utilities(), margins)


def test_quick(blobs):
    X, _, y = blobs
    learner = ActiveLearner(LogisticRegression(), Spread(Margin(), quick=True), random_state=0)
    rows = learner.fit(X, y).query(batch_size=6)
    assert len(set(rows)) == 6
    np.testing.assert_array_equal(learner.query(batch_size=6), rows)


def test_quick_with_weights_of_0(blobs):
    X, _, y = blobs
    utilities = np.where(np.arange(78) < 3, 1.0, 0.0)
    learner = ActiveLearner(LogisticRegression(), Spread(Given(utilities), quick=True))
    assert len(set(learner.fit(X, y).query(batch_size=6))) == 6
