"""Replays, and what scikit-learn's searches make of them."""

import numpy as np
import pytest
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.model_selection import LabelledKFold
from skal.strategies import ColdStart, Diversify, MarginShift, Random, Shortlist
from tests.learner.iris import SCORERS, STRATEGIES, TRUTH, X, learner, partly


def test_a_replay_is_the_loop_by_hand():
    replayed = learner(initial_size=8, strategy=MarginShift()).fit(X, TRUTH)
    by_hand = ActiveLearner(
        LogisticRegression(max_iter=1000),
        MarginShift(),
        initial=ColdStart(),
        initial_size=8,
        batch_size=5,
        random_state=0,
    ).fit(X, np.full(150, np.nan))
    for size in (8, 5, 5, 2):
        rows = by_hand.query(batch_size=size)
        by_hand.teach(rows, TRUTH[rows])
    assert len(replayed.history_) == len(by_hand.history_) == 4
    for a, b in zip(replayed.history_, by_hand.history_):
        np.testing.assert_array_equal(a["rows"], b["rows"])
        assert a["n_labelled"] == b["n_labelled"]
    np.testing.assert_array_equal(replayed.predict_proba(X), by_hand.predict_proba(X))


def test_missing_labels_are_looked_at_but_never_asked_for():
    class Looking(Random):
        def utilities(self, state):
            if len(state.pool) == 60:  # after the replay
                return super().utilities(state)
            assert len(state.pool) == 150 - len(state.labelled)
            known = np.array([label is not None for label in state.pool.y])
            assert known[state.candidates].all()
            assert known.sum() == len(state.candidates)
            return super().utilities(state)

    y = partly()
    one = learner(strategy=Looking()).fit(X, y)
    asked = np.concatenate([record["rows"] for record in one.history_])
    assert np.isfinite(y[asked]).all()
    assert len(asked) == len(set(asked)) == 20
    # afterwards, the pool is what has no label
    assert set(one.query(batch_size=60)) == set(np.flatnonzero(np.isnan(y)))
    rows = one.query(batch_size=3)
    one.teach(rows, TRUTH[rows])
    assert one.history_[-1]["n_labelled"] == 23


def test_the_budget_is_spent_exactly():
    for budget, sizes in ((20, [5, 5, 5, 5]), (7, [5, 2])):
        history = learner(replay_budget=budget).fit(X, TRUTH).history_
        assert [len(record["rows"]) for record in history] == sizes
    with pytest.warns(UserWarning, match="The first batch of 5 labels uses the whole"):
        assert len(learner(replay_budget=3).fit(X, TRUTH).history_[0]["rows"]) == 3
    with pytest.warns(UserWarning, match="replay_budget=400 is more than the 150 known labels"):
        assert learner(replay_budget=400).fit(X, TRUTH).history_[-1]["n_labelled"] == 150


def test_initial_goes_on_until_two_classes_are_known():
    y = np.where(np.arange(150) < 147, 0, 1)
    one = ActiveLearner(GaussianNB(), replay_budget=150, random_state=0, store_rounds=True)
    one.fit(X, y)
    n_first = one.rounds()[0].n_labelled
    rows = np.concatenate([record["rows"] for record in one.history_])
    assert len(set(y[rows[:n_first]])) == 2
    assert len(set(y[rows[: n_first - 1]])) == 1
    with pytest.raises(ValueError, match="Only one class is known"):
        ActiveLearner(GaussianNB(), replay_budget=2, random_state=0).fit(X, y)


def test_the_holdout_is_taken_first():
    one = learner(validation_fraction=0.3).fit(X, TRUTH)
    held = one.query_state().holdout.rows
    asked = np.concatenate([record["rows"] for record in one.history_])
    assert len(held) == 45
    assert not set(held) & set(asked)
    assert np.bincount(TRUTH[held]).tolist() == [15, 15, 15]


def test_regression():
    history = (
        ActiveLearner(Ridge(), replay_budget=9, batch_size=4, random_state=0)
        .fit(X, X[:, 0])
        .history_
    )
    assert [record["n_labelled"] for record in history] == [4, 8, 9]


ONE_SCORER = [SCORERS[0], *(pytest.param(name, marks=pytest.mark.slow) for name in SCORERS[1:])]


@pytest.mark.slow
@pytest.mark.parametrize("scoring", SCORERS)
def test_grid_search_over_strategies(scoring):
    """Worker processes find what one process finds."""
    grid = {"strategy": STRATEGIES}
    one = GridSearchCV(learner(), grid, scoring=scoring, n_jobs=2, error_score="raise").fit(
        X, TRUTH
    )
    two = GridSearchCV(learner(), grid, scoring=scoring, error_score="raise").fit(X, TRUTH)
    assert np.isfinite(one.cv_results_["mean_test_score"]).all()
    np.testing.assert_array_equal(
        one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"]
    )
    assert one.best_estimator_.history_[-1]["n_labelled"] == 20


def test_grid_search_over_parameters_of_strategies():
    grid = [
        {"strategy": [Shortlist(Random())], "strategy__factor": [1, 5]},
        {
            "strategy": [Diversify(MarginShift())],
            "strategy__strategy__certainty": ["margin", "entropy"],
        },
    ]
    search = GridSearchCV(learner(), grid, error_score="raise").fit(X, TRUTH)
    assert len(search.cv_results_["params"]) == 4


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("scoring", SCORERS)
def test_partly_labelled_searches(scoring, n_jobs):
    y = partly()
    cv = LabelledKFold(3, shuffle=True, random_state=0)
    common = dict(cv=cv, scoring=scoring, n_jobs=n_jobs, error_score="raise")
    assert np.isfinite(cross_validate(learner(), X, y, **common)["test_score"]).all()
    search = GridSearchCV(learner(), {"strategy": STRATEGIES}, **common).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert np.isnan(y[search.best_estimator_.query(batch_size=60)]).all()
    halving = HalvingGridSearchCV(
        learner(), {"strategy": STRATEGIES}, resource="replay_budget", max_resources=36,
        min_resources=12, return_train_score=False, **common,
    ).fit(X, y)  # fmt: skip
    assert np.isfinite(halving.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("scoring", ONE_SCORER)
def test_halving_on_the_budget(scoring, n_jobs):
    search = HalvingGridSearchCV(
        learner(), {"strategy": STRATEGIES}, resource="replay_budget", max_resources=45,
        min_resources=15, scoring=scoring, n_jobs=n_jobs, error_score="raise", random_state=0,
    ).fit(X, TRUTH)  # fmt: skip
    assert search.best_estimator_.history_[-1]["n_labelled"] == 45
    assert sorted(set(search.cv_results_["n_resources"])) == [15, 45]


def test_in_a_pipeline_and_around_one():
    last = make_pipeline(StandardScaler(), learner())
    around = learner().set_params(estimator=make_pipeline(StandardScaler(), LogisticRegression()))
    for one, name in ((last, "activelearner__strategy"), (around, "strategy")):
        for y, cv in ((TRUTH, 3), (partly(), LabelledKFold(3))):
            search = GridSearchCV(one, {name: STRATEGIES}, cv=cv, error_score="raise").fit(X, y)
            assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_fold_that_lacks_a_class():
    """A model that has seen two of three classes is scored on all three."""
    y = np.array([0, 1] * 70 + [2] * 10)
    one = learner(classes=[0, 1, 2]).fit(X[:140], y[:140])
    assert one.predict_proba(X).shape == (150, 3)
    for scoring in SCORERS:
        assert np.isfinite(get_scorer(scoring)(one, X, y))


@pytest.mark.filterwarnings("ignore:The first batch of 1")
def test_a_replay_that_buys_one_class_says_to_buy_more(blobs):
    X, truth, _ = blobs
    with pytest.raises(ValueError, match="raise replay_budget=1"):
        ActiveLearner(LogisticRegression(), replay_budget=1).fit(X, truth)
