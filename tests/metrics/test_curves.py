"""Scorers of learning curves against replays with less to spend."""

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.metrics import learning_curve_scorer
from tests.learner.iris import SCORERS, STRATEGIES, TRUTH, X, learner


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


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_learning_curve_scorer_in_a_search(n_jobs):
    scorer = learning_curve_scorer("accuracy")
    assert repr(scorer) == "learning_curve_scorer('accuracy')"
    for one, name in (
        (learner(store_rounds=True), "strategy"),
        (make_pipeline(StandardScaler(), learner(store_rounds=True)), "activelearner__strategy"),
    ):
        search = GridSearchCV(
            one, {name: STRATEGIES}, scoring=scorer, n_jobs=n_jobs, error_score="raise"
        )
        assert (search.fit(X, TRUTH).cv_results_["mean_test_score"] > 0.5).all()
    with pytest.raises(ValueError, match="store_rounds=True"):
        scorer(learner().fit(X, TRUTH), X, TRUTH)
    with pytest.raises(TypeError, match="got GaussianNB"):
        scorer(GaussianNB().fit(X, TRUTH), X, TRUTH)


def test_a_learner_that_never_asked_has_no_curve(blobs):
    X, truth, _ = blobs
    one = ActiveLearner(LogisticRegression(), store_rounds=True).fit(X, truth)
    with pytest.raises(ValueError, match="set replay_budget="):
        learning_curve_scorer()(one, X, truth)
