"""Threads that teach one learner at the same time."""

import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import Margin

WAIT = 20  # seconds after which a thread counts as stuck


class Gate(LogisticRegression):
    """A logistic regression whose fit stops, from its second one on, until it is let through."""

    arrived, passed = threading.Event(), threading.Event()

    def fit(self, X, y):
        if len(y) > 20:
            self.arrived.set()
            assert self.passed.wait(WAIT)
        return super().fit(X, y)


class Teaching(LogisticRegression):
    """A logistic regression that teaches a learner when it is fitted on many labels."""

    learner = None

    def fit(self, X, y):
        super().fit(X, y)
        if len(y) == 21 and (learner := Teaching.learner) is not None:
            Teaching.learner = None  # once
            learner.teach([31], [1])
        return self


@pytest.fixture
def data():
    X = np.random.default_rng(0).normal(size=(300, 3))
    truth = (X[:, 0] > 0).astype(int)
    return X, truth, np.where(np.arange(300) < 20, truth, np.nan)


@pytest.fixture
def at_the_gate(data):
    """A learner, and a thread that is in the middle of teaching it row 30."""
    X, truth, y = data
    Gate.arrived.clear()
    Gate.passed.clear()
    learner = ActiveLearner(Gate(), Margin(), random_state=0).fit(X, y)
    with ThreadPoolExecutor(1) as pool:
        teaching = pool.submit(learner.teach, [30], truth[[30]])
        assert Gate.arrived.wait(WAIT)
        yield learner, teaching
        Gate.passed.set()


def test_labels_of_all_threads_count(data):
    X, truth, y = data
    learner = ActiveLearner(LogisticRegression(), Margin(), random_state=0).fit(X, y)

    def teach(rows):
        for row in rows:
            learner.query()
            learner.teach([row], truth[[row]])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(teach, np.arange(20, 260).reshape(8, 30)))
    known = learner.query_state().labelled
    np.testing.assert_array_equal(known.rows, np.arange(260))
    np.testing.assert_array_equal(known.y, truth[:260])
    alone = LogisticRegression().fit(X[:260], truth[:260])
    np.testing.assert_allclose(learner.estimator_.coef_, alone.coef_, rtol=1e-6)
    asked = np.concatenate([record["rows"] for record in learner.history_])
    assert sorted(asked) == list(range(260))


def test_a_query_does_not_wait_for_a_teach(at_the_gate, data):
    learner, teaching = at_the_gate
    before = len(learner.query_state().labelled)
    rows = learner.query(batch_size=5)  # by the model of before
    assert before == 20
    assert len(rows) == 5
    assert not teaching.done()
    Gate.passed.set()
    teaching.result(WAIT)
    assert learner.query_state().labelled.rows[-1] == 30
    learner.teach(rows, data[1][rows])  # is a round of its own: what the query told is kept
    assert learner.history_[-1]["query_seconds"] > 0
    assert learner.history_[-1]["n_labelled"] == len(set(range(20)) | {30} | set(rows.tolist()))


def test_a_fit_meanwhile_begins_afresh_and_the_teach_is_refused(at_the_gate, data):
    learner, teaching = at_the_gate
    X, _, y = data
    learner.fit(X[::-1], y)  # few labels, so that it passes the gate
    Gate.passed.set()
    with pytest.raises(RuntimeError, match="fit was called again before these labels"):
        teaching.result(WAIT)
    assert len(learner.query_state().labelled) == 20
    assert learner.teach([40], [1]).history_[-1]["n_labelled"] == 21


def test_a_teach_that_waited_for_its_turn_is_of_the_fit_that_it_began_with(at_the_gate, data):
    learner, teaching = at_the_gate
    X, truth, y = data
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(learner.teach, [31], truth[[31]])
        assert not waiting.done()
        Gate.passed.set()
        teaching.result(WAIT)
        waiting.result(WAIT)
    assert learner.query_state().labelled.rows[-2:].tolist() == [30, 31]


def test_teach_within_teach(data):
    X, _, y = data
    learner = ActiveLearner(Teaching(), Margin()).fit(X, y)
    Teaching.learner = learner
    with pytest.raises(RuntimeError, match="teach was called within teach"):
        learner.teach([30], [1])
    assert learner.query_state().labelled.rows[20:].tolist() == [31]
    learner.teach([32], [1])
    assert learner.query_state().labelled.rows[20:].tolist() == [31, 32]


def test_locks_are_no_part_of_a_learner(at_the_gate, data):
    learner, teaching = at_the_gate
    copies = [copy.deepcopy(learner), copy.copy(learner), pickle.loads(pickle.dumps(learner))]
    assert not any("turn" in name or "lock" in name for name in vars(learner))
    assert clone(learner).get_params()["strategy"].__class__ is Margin
    Gate.passed.set()
    for one in copies:  # each has turns of its own
        one.teach([50], [1])
        assert one.query_state().labelled.rows[20:].tolist() == [50]
    teaching.result(WAIT)
    assert learner.query_state().labelled.rows[20:].tolist() == [30]
