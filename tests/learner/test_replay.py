"""Replays, and what scikit-learn's searches make of them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    StratifiedKFold,
    cross_val_score,
    cross_validate,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.metrics import learning_curve_scorer
from skal.model_selection import LabelledKFold
from skal.strategies import Diversify, Entropy, Margin, MarginShift, Random, Shortlist

X, TRUTH = load_iris(return_X_y=True)
STRATEGIES = [Random(), Margin(), Entropy()]
SCORERS = ["accuracy", "neg_log_loss", "roc_auc_ovr"]


def learner(**kwargs):
    kwargs = {"replay_budget": 20, "batch_size": 5, "random_state": 0, **kwargs}
    return ActiveLearner(LogisticRegression(max_iter=1000), **kwargs)


def partly(known=90):
    """y with labels for some rows only."""
    rows = np.random.default_rng(0).permutation(len(TRUTH))[known:]
    y = TRUTH.astype(float)
    y[rows] = np.nan
    return y


def test_a_replay_is_the_loop_by_hand():
    replayed = learner(initial_size=8, strategy=MarginShift()).fit(X, TRUTH)
    by_hand = ActiveLearner(
        LogisticRegression(max_iter=1000),
        MarginShift(),
        initial=Random(),
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
    with pytest.warns(UserWarning, match="The first batch of 5 labels spends the whole"):
        assert len(learner(replay_budget=3).fit(X, TRUTH).history_[0]["rows"]) == 3
    with pytest.warns(UserWarning, match="replay_budget=400 is more than the 150 labels"):
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


@pytest.mark.parametrize("scoring", SCORERS)
def test_grid_search_over_strategies(scoring):
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
    search = GridSearchCV(learner(), grid, n_jobs=2, error_score="raise").fit(X, TRUTH)
    assert len(search.cv_results_["params"]) == 4


@pytest.mark.parametrize("scoring", SCORERS)
def test_partly_labelled_searches(scoring):
    y = partly()
    cv = LabelledKFold(3, shuffle=True, random_state=0)
    common = dict(cv=cv, scoring=scoring, n_jobs=2, error_score="raise")
    assert np.isfinite(cross_validate(learner(), X, y, **common)["test_score"]).all()
    search = GridSearchCV(learner(), {"strategy": STRATEGIES}, **common).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert np.isnan(y[search.best_estimator_.query(batch_size=60)]).all()
    halving = HalvingGridSearchCV(
        learner(), {"strategy": STRATEGIES}, resource="replay_budget", max_resources=36,
        min_resources=12, return_train_score=False, **common,
    ).fit(X, y)  # fmt: skip
    assert np.isfinite(halving.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize("scoring", SCORERS)
def test_halving_on_the_budget(scoring):
    search = HalvingGridSearchCV(
        learner(), {"strategy": STRATEGIES}, resource="replay_budget", max_resources=45,
        min_resources=15, scoring=scoring, n_jobs=2, error_score="raise", random_state=0,
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


# ---------------------------------------------------------------------- LabelledKFold
WAYS = {
    "float": lambda y: y,
    "strings": lambda y: np.array(
        [None if np.isnan(v) else "abc"[int(v)] for v in y], dtype=object
    ),
    "marked": lambda y: np.where(np.isnan(y), -1, y).astype(int),
    "nullable": lambda y: pd.Series(y).astype("Int64"),
    "categorical": lambda y: pd.Series(
        [None if np.isnan(v) else "abc"[int(v)] for v in y], dtype="category"
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_labelled_k_fold(way):
    y = partly()
    labels = WAYS[way](y)
    cv = LabelledKFold(4, missing_label=-1)
    assert cv.get_n_splits() == 4
    unlabelled = np.flatnonzero(np.isnan(y))
    known = np.flatnonzero(~np.isnan(y))
    tests = []
    for (train, test), (_, expected) in zip(
        cv.split(X, labels), StratifiedKFold(4).split(known, y[known]), strict=True
    ):
        assert set(unlabelled) <= set(train)
        assert not set(train) & set(test)
        assert len(train) + len(test) == 150
        np.testing.assert_array_equal(test, known[expected])
        tests.append(test)
    assert sorted(np.concatenate(tests)) == sorted(known)
    missing = -1 if way == "marked" else np.nan
    scores = cross_val_score(
        learner(missing_label=missing), X, labels, cv=cv, scoring="accuracy", error_score="raise"
    )
    assert scores.mean() > 0.7


def test_labelled_k_fold_of_numbers():
    y = np.where(np.isnan(partly()), np.nan, X[:, 2] + 0.001)
    known = np.flatnonzero(~np.isnan(y))
    cv = LabelledKFold(3, shuffle=True, random_state=1)
    for (_, test), (_, expected) in zip(
        cv.split(X, y), KFold(3, shuffle=True, random_state=1).split(known), strict=True
    ):
        np.testing.assert_array_equal(test, known[expected])
    scores = cross_val_score(
        ActiveLearner(Ridge(), replay_budget=20, random_state=0), X, y, cv=cv, error_score="raise"
    )
    assert scores.mean() > 0.5


def test_which_numbers_are_classes():
    with pytest.raises(ValueError, match="n_splits=5"):  # as StratifiedKFold says
        next(LabelledKFold(5).split(X[:12], np.repeat([0.0, 1, 2], 4)))
    ages = np.arange(40.0)
    folds = [test.tolist() for _, test in LabelledKFold(4).split(X[:40], ages)]
    assert folds == [list(range(i, i + 10)) for i in range(0, 40, 10)]


def test_labelled_k_fold_refuses_what_scorers_cannot_digest():
    y = np.array([None if np.isnan(v) else int(v) for v in partly()], dtype=object)
    with pytest.raises(ValueError, match="holds int labels, which scikit-learn's scorers refuse"):
        next(LabelledKFold().split(X, y))
    with pytest.raises(ValueError, match="n_splits=5 folds need as many labels; y has 3"):
        next(LabelledKFold().split(X[:6], [0, 1, np.nan, np.nan, np.nan, 1]))


# ---------------------------------------------------------------------- learning curves
@pytest.mark.filterwarnings("ignore:The first batch of 8")
@pytest.mark.parametrize("scoring", [None, *SCORERS])
def test_learning_curve_scorer(scoring):
    one = learner(store_rounds=True, initial_size=8).fit(X, TRUTH)
    n, scores = [], []
    for budget in (8, 13, 18, 20):
        n.append(budget)
        short = learner(replay_budget=budget, initial_size=8).fit(X, TRUTH)
        scores.append(
            short.score(X, TRUTH) if scoring is None
            else get_scorer(scoring)(short, X, TRUTH)
        )  # fmt: skip
    area = sum((n[i + 1] - n[i]) * (scores[i] + scores[i + 1]) / 2 for i in range(3)) / 12
    assert learning_curve_scorer(scoring)(one, X, TRUTH) == pytest.approx(area)


def test_learning_curve_of_rounds_without_new_labels():
    one = ActiveLearner(GaussianNB(), store_rounds=True).fit(X[::2], TRUTH[::2])
    one.query(X)
    one.teach([0], TRUTH[:1])
    assert learning_curve_scorer("accuracy")(one, X, TRUTH) == one.score(X, TRUTH)
    with pytest.raises(TypeError, match="must be a single score"):
        learning_curve_scorer(["accuracy"])


def test_learning_curve_scorer_in_a_search():
    scorer = learning_curve_scorer("accuracy")
    assert repr(scorer) == "learning_curve_scorer('accuracy')"
    for one, name in (
        (learner(store_rounds=True), "strategy"),
        (make_pipeline(StandardScaler(), learner(store_rounds=True)), "activelearner__strategy"),
    ):
        search = GridSearchCV(
            one, {name: STRATEGIES}, scoring=scorer, n_jobs=2, error_score="raise"
        )
        assert (search.fit(X, TRUTH).cv_results_["mean_test_score"] > 0.5).all()
    with pytest.raises(ValueError, match="store_rounds=True"):
        scorer(learner().fit(X, TRUTH), X, TRUTH)
    with pytest.raises(TypeError, match="got GaussianNB"):
        scorer(GaussianNB().fit(X, TRUTH), X, TRUTH)
