"""What a learner knows is read from its session, whatever happens while it asks."""

import threading

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import Margin, Strategy

X = np.arange(20.0)[:, None]
Y = [0, 1] + [None] * 18


class Meanwhile(Strategy):
    """Choose the first rows; before that, something else happens."""

    def __init__(self, happens):
        self.happens = happens

    def select(self, state, n):
        self.happens()
        return state.candidates[:n]


def learner_that(happens):
    learner = ActiveLearner(LogisticRegression(), Margin()).fit(X, Y)
    session = learner._session
    object.__setattr__(session, "strategy", Meanwhile(lambda: happens(learner)))
    return learner


def test_labels_taught_while_a_strategy_chooses_stay():
    learner = learner_that(lambda learner: learner.teach([10, 11], [1, 1]))
    rows = learner.query()
    assert learner.history_[-1]["n_labelled"] == 4
    assert len(learner.query_state().labelled) == 4
    learner.teach(rows, [0])  # of the query that was asked: a round of its own
    assert [record["n_labelled"] for record in learner.history_] == [4, 5]


def test_labels_taught_in_another_thread_stay():
    chooses, go_on = threading.Event(), threading.Event()
    learner = learner_that(lambda learner: (chooses.set(), go_on.wait(60)))
    thread = threading.Thread(target=learner.query)
    thread.start()
    assert chooses.wait(60)
    learner.teach([10, 11], [1, 1])
    go_on.set()
    thread.join()
    assert len(learner.query_state().labelled) == 4


def test_a_fit_while_a_strategy_chooses_stays():
    learner = learner_that(lambda learner: learner.fit(X[:8], Y[:8]))
    learner.query()
    assert len(learner.query_state().pool) == 6


@pytest.mark.parametrize("name", ["classes_", "history_", "estimator_", "n_features_in_"])
def test_attributes_cannot_be_set_by_hand(name):
    learner = ActiveLearner(LogisticRegression())
    with pytest.raises(AttributeError, match=f"{name} cannot be"):
        setattr(learner, name, np.array([7, 8]))
    assert not hasattr(learner, name)
    assert learner.fit(X, Y).classes_.tolist() == [0, 1]


def test_a_class_in_place_of_a_strategy():
    with pytest.raises(ValueError, match="X_val and y_val"):
        ActiveLearner(LogisticRegression(), Margin).fit(X, Y, X_val=X)
