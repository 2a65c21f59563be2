"""Goals, label rules, and what refitting says of both."""

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss

from skal import ActiveLearner
from skal.strategies import ErrorReduction, GoalRetraining


@pytest.fixture
def learner(blobs):
    X, truth, y = blobs
    y = np.where(np.arange(90) < 24, truth, np.nan)
    return ActiveLearner(LogisticRegression(tol=1e-8), GoalRetraining(), random_state=0).fit(
        X[:70], y[:70], X_val=X[70:], y_val=truth[70:]
    )


def refitted(X, truth, row, label):
    rows = np.r_[:24, row]
    return LogisticRegression(tol=1e-8).fit(X[rows], np.r_[truth[:24], label])


def entropy(P):
    return -(P * np.log(P)).sum()


@pytest.mark.parametrize("goal", ["holdout", "entropy", "fisher"])
def test_utilities_are_those_of_a_loop(goal, learner, blobs):
    X, truth, _ = blobs
    state = learner.query_state().restrict([3, 11])

    def value(model):
        if goal == "holdout":
            return -log_loss(truth[70:], model.predict_proba(X[70:]), normalize=False)
        P = model.predict_proba(X[24:70])
        if goal == "entropy":
            return -entropy(P)
        traces = [(1 - p @ p) * (x @ x + 1) for p, x in zip(P, X[24:70])]
        return -np.mean(traces)

    now = value(learner.estimator_)
    expected = [[value(refitted(X, truth, 24 + i, c)) - now for c in range(3)] for i in (3, 11)]
    found = GoalRetraining(goal, "mean").utilities_by_label(state)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("label", ["mean", "min", "max", "predicted", "tempered", "expected"])
def test_label_rules(label, learner):
    temperature = 2.0 if label == "tempered" else None
    state = learner.query_state().restrict([3, 11, 7])
    strategy = GoalRetraining("entropy", label, temperature=temperature)
    every = GoalRetraining("entropy", "mean").utilities_by_label(state)
    P = state.pool.proba[[3, 11, 7]]
    T = np.sqrt(P) / np.sqrt(P).sum(axis=1)[:, None]
    expected = {
        "mean": every.mean(axis=1),
        "min": every.min(axis=1),
        "max": every.max(axis=1),
        "predicted": every[np.arange(3), P.argmax(axis=1)],
        "tempered": (T * every).sum(axis=1),
        "expected": (P * every).sum(axis=1),
    }
    np.testing.assert_allclose(strategy.utilities(state), expected[label], rtol=1e-9)


def test_the_oracle_is_for_replays(learner, blobs):
    X, truth, _ = blobs
    with pytest.raises(ValueError, match=r"label='oracle'.*replays of known labels"):
        GoalRetraining("entropy", "oracle").utilities(learner.query_state())
    strategy = GoalRetraining("entropy", "oracle", size=5)
    replayed = ActiveLearner(
        LogisticRegression(), strategy, replay_budget=12, initial_size=9, random_state=0
    ).fit(X, truth)
    assert replayed.history_[-1]["n_labelled"] == 12


@pytest.mark.parametrize("backend", ["threading", pytest.param("loky", marks=pytest.mark.slow)])
def test_several_workers_give_the_same(backend, learner):
    state = learner.query_state().restrict([3, 11, 7])
    one = GoalRetraining(n_jobs=1).utilities(state)
    with parallel_config(backend):
        np.testing.assert_array_equal(GoalRetraining(n_jobs=2).utilities(state), one)


def test_subsample(learner):
    scores = learner.set_params(strategy=None).query_state()
    tried = GoalRetraining(size=4).utilities(scores)
    assert np.isfinite(tried).sum() == 4
    state = learner.query_state()
    picks = GoalRetraining(size=4).select(state, 6)
    utility = GoalRetraining().utilities(state)[np.searchsorted(state.candidates, picks)]
    assert len(set(picks)) == 6
    assert (np.diff(utility) <= 0).all()


def test_rows_of_its_own(learner, blobs):
    X, _, _ = blobs
    state = learner.query_state().restrict([3])
    whole = GoalRetraining("entropy", "mean").utilities_by_label(state)
    some = GoalRetraining("entropy", "mean", target=5).utilities_by_label(
        learner.query_state().restrict([3])
    )
    given = GoalRetraining("entropy", "mean", target=X[24:70]).utilities_by_label(state)
    np.testing.assert_allclose(given, whole)
    assert not np.allclose(some, whole)
    many = GoalRetraining("entropy", "mean", target=500).utilities_by_label(state)
    np.testing.assert_allclose(many, whole)


def test_error_reduction_is_expected_entropy(learner):
    state = learner.query_state().restrict([3, 11])
    expected = GoalRetraining("entropy", "expected").utilities(state)
    np.testing.assert_array_equal(ErrorReduction().utilities(state), expected)


def test_any_model(blobs):
    """A forest says 0 and 1: the goal stays a number."""
    X, truth, y = blobs
    forest = RandomForestClassifier(5, random_state=0)
    learner = ActiveLearner(forest, GoalRetraining(size=5), random_state=0)
    learner.fit(X[:70], y[:70], X_val=X[70:], y_val=truth[70:])
    assert np.isfinite(learner.query_utilities()).sum() == 5


def test_regression(blobs):
    X, _, _ = blobs
    numbers = X[:, 0] + np.sin(3 * X[:, 1])
    y = np.where(np.arange(70) < 24, numbers[:70], np.nan)
    learner = ActiveLearner(Ridge(), GoalRetraining(), random_state=0)
    learner.fit(X[:70], y, X_val=X[70:], y_val=numbers[70:])
    state = learner.query_state().restrict([5])
    model, now = learner.estimator_, learner.predict(X[70:])
    s = np.sqrt(np.mean((now - numbers[70:]) ** 2))
    loss = [0.5 * np.sum((now - numbers[70:]) ** 2)]
    for sign in (-1, 1):
        more = np.r_[y[:24], model.predict(X[[29]]) + sign * s]
        again = Ridge().fit(X[np.r_[:24, 29]], more).predict(X[70:])
        loss.append(0.5 * np.sum((again - numbers[70:]) ** 2))
    expected = [loss[0] - loss[1], loss[0] - loss[2]]
    np.testing.assert_allclose(GoalRetraining().utilities_by_label(state)[0], expected)
    two = np.column_stack([numbers, -numbers])
    learner = ActiveLearner(Ridge(), GoalRetraining(size=3), random_state=0).fit(
        X[:70], np.column_stack([y, -y]), X_val=X[70:], y_val=two[70:]
    )
    assert len(learner.query(batch_size=2)) == 2
    for label in ("expected", "predicted"):
        with pytest.raises(ValueError, match="reward a regression for changing nothing"):
            GoalRetraining(label=label).utilities(state)
    with pytest.raises(ValueError, match="is for classes; of a regression choose"):
        GoalRetraining(label="mean").utilities(state)


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"goal": "accuracy"}, "'goal' parameter"),
        ({"goal": "variance"}, "no matter of refitting"),
        ({"label": "best"}, "'label' parameter"),
        ({"label": "tempered"}, "needs a temperature="),
        ({"label": "tempered", "temperature": -1}, "'temperature' parameter"),
        ({"label": "mean", "temperature": 2}, "temperature=2 is for label='tempered'"),
        ({"goal": "entropy", "target": 0}, "'target' parameter"),
        ({"target": np.ones((2, 2))}, "measured on labelled rows"),
        ({"size": 0.5}, "'size' parameter"),
        ({"size": 0}, "'size' parameter"),
    ],
)
def test_what_cannot_be(params, says, blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), GoalRetraining(**params))
    with pytest.raises(ValueError, match=says):
        learner.fit(X, y, X_val=X[:9], y_val=truth[:9])


def test_a_holdout_is_wanted(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="needs a trusted holdout: pass X_val="):
        ActiveLearner(LogisticRegression(), GoalRetraining()).fit(X, y)
