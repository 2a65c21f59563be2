"""Goals of a state against what scikit-learn says of the same model."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss

from skal import ActiveLearner
from skal.strategies.goals import Goal


@pytest.fixture
def learner(blobs):
    X, truth, y = blobs
    return ActiveLearner(LogisticRegression(C=0.3)).fit(X, y, X_val=X[:30], y_val=truth[:30])


def test_the_log_likelihood_of_the_holdout(learner, blobs):
    X, truth, _ = blobs
    P = learner.predict_proba(X[:30])
    expected = -log_loss(truth[:30], P, labels=learner.classes_, normalize=False)
    assert Goal("holdout").value(learner.query_state()) == pytest.approx(expected)


def test_the_entropy_of_the_pool_and_of_rows_given(learner, blobs):
    X, _, y = blobs
    state, pool = learner.query_state(), X[12:]

    def expected(rows):
        P = learner.predict_proba(rows)
        return sum(p * np.log(p) for row in P for p in row)

    assert Goal("entropy").value(state) == pytest.approx(expected(pool))
    assert Goal("entropy", X[:9]).value(state) == pytest.approx(expected(X[:9]))
    assert Goal("entropy", positions=[3, 5]).value(state) == pytest.approx(expected(pool[[3, 5]]))


def test_the_fisher_information_of_the_pool(learner, blobs):
    X = blobs[0]
    traces = [
        np.trace(np.kron(np.outer(z, z), np.diag(p) - np.outer(p, p)))
        for z, p in zip(np.c_[X, np.ones(len(X))], learner.predict_proba(X), strict=True)
    ]
    found = Goal("fisher", X).value(learner.query_state())
    assert found == pytest.approx(-np.mean(traces))


def test_the_errors_of_a_regression(blobs):
    X, _, _ = blobs
    target = X @ np.arange(1.0, X.shape[1] + 1) + np.sin(X[:, 0])
    y = np.where(np.arange(len(X)) < 20, target, np.nan)
    learner = ActiveLearner(Ridge()).fit(X, y, X_val=X[-20:], y_val=target[-20:])
    expected = -((learner.predict(X[-20:]) - target[-20:]) ** 2).sum() / 2
    assert Goal("holdout").value(learner.query_state()) == pytest.approx(expected)


def test_drawn_rows_are_the_same_for_every_model(learner, blobs):
    state = learner.query_state()
    goal = Goal.drawn("entropy", 10, state)
    assert len(set(goal.positions)) == 10
    refitted = state.refit(state.candidates[0], learner.classes_[0])
    rows = goal.view(state).X
    np.testing.assert_array_equal(goal.view(refitted).X, rows)
    assert goal.value(refitted) == pytest.approx(Goal("entropy", rows).value(refitted))
    assert goal.value(refitted) != goal.value(state)
    assert Goal.drawn("entropy", 10_000, state) == Goal("entropy")


def test_what_has_no_value():
    with pytest.raises(ValueError, match="name='recall' must be one of 'holdout', 'entropy'"):
        Goal("recall")
    with pytest.raises(ValueError, match="known in closed form only"):
        Goal("variance").value(None)
