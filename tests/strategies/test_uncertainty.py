"""Scores against loops over rows."""

import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.kernels import margins
from skal.strategies import Diversify, Entropy, LeastConfidence, Margin, MarginShift, Strategy

P = np.random.default_rng(0).dirichlet(np.full(4, 0.3), size=50)
P[0], P[1] = [1, 0, 0, 0], [0.5, 0.5, 0, 0]


def slow_margin(p):
    first, second = sorted(p, reverse=True)[:2]
    return first - second


def slow_entropy(p):
    return -sum(x * math.log(x) for x in p if x > 0)


SLOW = {
    "margin": slow_margin,
    "confidence": max,
    "entropy": slow_entropy,
    "relative_certainty": lambda p: 1 - slow_entropy(p) / math.log(len(p)),
}


@pytest.mark.parametrize("name", SLOW)
def test_formula(name):
    np.testing.assert_allclose(getattr(margins, name)(P), [SLOW[name](p) for p in P], atol=1e-15)


def test_shift():
    np.testing.assert_allclose(
        margins.shift(np.array([0.5, 0.0, 0.2, 0.0]), np.array([0.1, 0.0, 0.2, 0.3])),
        [0.4 / 0.6, 0, 0, -1],
    )


@pytest.mark.parametrize(
    ("strategy", "slow"),
    [
        (LeastConfidence(), lambda p: 1 - max(p)),
        (Margin(), lambda p: -slow_margin(p)),
        (Entropy(), slow_entropy),
    ],
    ids=["LeastConfidence", "Margin", "Entropy"],
)
def test_query_scores(strategy, slow, blobs):
    X, _, y = blobs
    learner = ActiveLearner(LogisticRegression(), strategy).fit(X, y)
    scores = learner.query_utilities()
    expected = [slow(p) for p in LogisticRegression().fit(X[:12], y[:12]).predict_proba(X)]
    assert np.isnan(scores[:12]).all()
    np.testing.assert_allclose(scores[12:], expected[12:], rtol=1e-12)
    np.testing.assert_array_equal(learner.query(batch_size=5), np.argsort(-scores[12:])[:5] + 12)


def test_diversify_takes_a_list(blobs):
    X, _, y = blobs

    class Listed(Strategy):
        def select(self, state, n):
            return state.candidates[:n].tolist()

    rows = ActiveLearner(LogisticRegression(), Diversify(Listed())).fit(X, y).query(batch_size=3)
    assert len(set(rows)) == 3


def test_margin_shift_asks_the_previous_model_again(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), MarginShift(), batch_size=4).fit(X, y)
    before = LogisticRegression().fit(X[:12], y[:12])
    first = learner.query()
    np.testing.assert_array_equal(
        first, ActiveLearner(LogisticRegression(), Margin()).fit(X, y).query(batch_size=4)
    )
    learner.teach(first, truth[first])
    rows = np.r_[np.arange(12), np.sort(first)]
    after = LogisticRegression().fit(X[rows], truth[rows])
    for i, score in enumerate(learner.query_utilities()):
        if i in rows:
            assert np.isnan(score)
        else:
            old, new = (slow_margin(model.predict_proba(X[[i]])[0]) for model in (before, after))
            assert score == pytest.approx((old - new) / (old + new), rel=1e-6)


@pytest.mark.parametrize("by", ["previous", "current"])
def test_diversify_is_algorithm_1_of_the_paper(by, blobs):
    X, truth, y = blobs
    learner = ActiveLearner(
        LogisticRegression(), Diversify(Margin(), classes=by), batch_size=4
    ).fit(X, y)
    first = learner.query()
    learner.teach(first, truth[first])
    model = learner.previous_estimator_ if by == "previous" else learner.estimator_
    plain = learner.query_state()
    order = plain.pool.rows[np.argsort([slow_margin(p) for p in plain.pool.proba], kind="stable")]
    chosen = []
    while len(chosen) < 20:  # walk down the list, one of each class a walk
        seen = set()
        for row in order:
            top = model.predict(X[[row]])[0]
            if top not in seen and row not in chosen:
                chosen.append(row)
                seen.add(top)
    np.testing.assert_array_equal(learner.query(batch_size=20), chosen[:20])
