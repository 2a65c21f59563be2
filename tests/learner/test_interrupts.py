"""An interrupt or a lack of memory at any line leaves a learner as it was, or as it would be."""

import copy
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import skal
from skal import ActiveLearner
from skal.strategies import Bait, CoreSet, Margin, Sequential
from tests.conftest import snapshot

HERE = str(Path(skal.__file__).parent)
SECONDS = ("query_seconds", "fit_seconds")
STRATEGIES = [Margin(), Bait(oversample=1), CoreSet(), Sequential(Margin())]


class Lines:
    """The lines of skal that a call passes; at the first visit of one an error may be raised."""

    def __init__(self, error=None, at=None):
        self.error, self.at, self.seen = error, at, []
        self._known = set()

    def __enter__(self):
        self._before = sys.gettrace()
        sys.settrace(self._enter)
        return self

    def __exit__(self, *_):
        sys.settrace(self._before)

    def _enter(self, frame, event, arg):
        return self._line if frame.f_code.co_filename.startswith(HERE) else None

    def _line(self, frame, event, arg):
        place = (frame.f_code.co_filename, frame.f_lineno)
        if event == "line" and place not in self._known:
            self._known.add(place)
            self.seen.append(place)
            if place == self.at:
                raise self.error("injected")
        return self._line


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(24, 3))
    truth = (X[:, 0] + 0.3 * rng.normal(size=24) > 0).astype(int)
    y = np.where(np.arange(24) < 8, truth, -1)
    return X, truth, y


def began(strategy, data):
    """A learner after one round, and one query."""
    X, truth, y = data
    learner = ActiveLearner(
        LogisticRegression(),
        strategy,
        batch_size=2,
        missing_label=-1,
        store_rounds=True,
        random_state=0,
    ).fit(X, y)
    rows = learner.query()
    learner.teach(rows, truth[rows]).query()
    return learner


def do(learner, call, data):
    """One call, the same each time."""
    X, truth, y = data
    if call == "fit":
        learner.fit(X[::-1], y[::-1])
    elif call == "replay":
        labels = np.where(np.arange(24) < 20, truth, -1)
        learner.set_params(replay_budget=6, initial_size=4).fit(X, labels)
    elif call == "query":
        learner.query(batch_size=3)
    else:
        learner.teach([20, 21], truth[[20, 21]])


def known(learner):
    """What a learner knows, without seconds and without the identity of models."""
    kept = snapshot(learner)
    history = [{k: v for k, v in record.items() if k not in SECONDS} for record in learner.history_]
    models = [learner.estimator_.coef_.tolist(), learner.previous_estimator_ is None]
    rounds = [(r.number, r.n_labelled, r.model.estimator_.coef_.tolist()) for r in learner.rounds()]
    names = ("training.y", "training.status", "classes", "elsewhere", "number", "seed")
    return repr([history, models, rounds, [kept[name] for name in names]])


def check(strategy, call, error, data):
    """Inject the error at every line that the call passes; the number of lines."""
    start = began(strategy, data)
    undisturbed, before = copy.deepcopy(start), known(start)
    with Lines() as lines:
        do(undisturbed, call, data)
    after = known(undisturbed)
    next_rows = undisturbed.query().tolist()
    for place in lines.seen:
        learner = copy.deepcopy(start)
        with pytest.raises(error, match="injected"), Lines(error, place):
            do(learner, call, data)
        assert known(learner) in (before, after), place
        if known(learner) == before:
            do(learner, call, data)
        assert known(learner) == after, place
        assert learner.query().tolist() == next_rows, place
    return len(lines.seen)


@pytest.mark.parametrize("call", ["fit", "query", "teach"])
def test_before_or_after_never_between(call, data):
    assert check(Margin(), call, KeyboardInterrupt, data) > 50


@pytest.mark.slow
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("call", ["fit", "query", "teach"])
@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_whatever_the_strategy(strategy, call, error, data):
    assert check(strategy, call, error, data) > 50


@pytest.mark.slow
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_in_the_middle_of_a_replay(error, data):
    assert check(Margin(), "replay", error, data) > 100


def test_a_fit_that_fails_leaves_the_learner_as_it_was(data):
    X, truth, y = data
    learner = began(Margin(), data)
    before = known(learner)
    for bad_X, bad_y in [(np.full((24, 3), np.nan), y), (X[:5], y), (X, np.ones(24))]:
        with pytest.raises(ValueError, match=r"NaN|inconsistent|Only one class"):
            learner.fit(bad_X, bad_y)
        assert known(learner) == before
    assert len(learner.query()) == 2
