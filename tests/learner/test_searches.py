"""A search over strategies in which nothing is asked says so; a loop on a pool of its own is silent."""

import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.learner.searches import NothingAskedWarning
from skal.strategies import Margin

SAYS = "a search over strategies gives all of them the same score"
LR = LogisticRegression()


@pytest.fixture
def data(blobs):
    X, truth, _ = blobs
    return X, truth


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (ActiveLearner(LR), "strategy"),
        (ActiveLearner(LR, Margin()), "initial"),
        (make_pipeline(StandardScaler(), ActiveLearner(LR)), "activelearner__strategy"),
    ],
)
def test_a_search_without_a_budget(estimator, name, data):
    with pytest.warns(NothingAskedWarning, match=SAYS):
        search = GridSearchCV(estimator, {name: ["random", "core_set"]}, cv=2).fit(*data)
    scores = search.cv_results_["mean_test_score"]
    assert scores[0] == scores[1]  # as the warning says


def test_with_another_score(data):
    with pytest.warns(NothingAskedWarning, match=SAYS):
        GridSearchCV(ActiveLearner(LR), {"strategy": ["random"]}, cv=2, scoring="neg_log_loss").fit(
            *data
        )


def test_a_replay_is_silent(data):
    learner = ActiveLearner(LR, replay_budget=12, batch_size=4, random_state=0)
    GridSearchCV(learner, {"strategy": ["random", "margin"]}, cv=2).fit(*data).predict(data[0])


def test_a_search_over_something_else_is_silent(data):
    GridSearchCV(ActiveLearner(LR, "margin"), {"estimator__C": [1, 10]}, cv=2).fit(*data)
    cross_val_score(ActiveLearner(LR, "margin"), *data, cv=2)


def test_loops_are_silent(data, blobs):
    X, truth = data
    learner = ActiveLearner(LR, "margin").fit(X[:20], truth[:20])
    learner.score(X, truth)
    rows = learner.query(X)
    for strategy in ("random", "margin"):  # one after the other on the same pool
        learner.set_params(strategy=strategy).fit(X[:20], truth[:20])
        rows = learner.query(X, exclude=range(20))
        learner.predict(X)
        learner.teach(rows, truth[rows], X=X).predict(X)
    learner.set_params(strategy="margin").fit(X, blobs[2]).predict(X)  # with rows to ask for
    clone(learner).fit(X, truth).predict(X)
