"""A model that learns beside the page, and what happens when it does not."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skal.labelling import Answer, Draw
from skal.labelling.model.fitting import Plan, Progress, Question, Reply, reply, to_nobody
from skal.labelling.model.pace import Pace
from skal.labelling.model.process import ModelProcess
from skal.labelling.model.trainer import Trainer, mixed
from skal.strategies import Margin

ME = 1
RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
TRUTH = np.where(X[:, 0] > 0, "a", "b").astype(object)
QUICK = Pace(quiet=0.2, look=0.02, queue=12, queue_each=1)


class Raises(LogisticRegression):
    def fit(self, X, y, sample_weight=None):
        raise ArithmeticError("of this model")


class Hangs(LogisticRegression):
    def fit(self, X, y, sample_weight=None):
        time.sleep(1000)


class Reads(Plan):
    """A plan whose features come slowly, or not at all."""

    def rows(self, tell=to_nobody):
        if not isinstance(self.features, np.ndarray):
            raise LookupError(self.features)
        for done in range(4):
            tell(Progress("Reading images", done, 3))
            time.sleep(0.3)
        return self.features


class Sleeps(Plan):
    """A plan whose features never come."""

    def rows(self, tell=to_nobody):
        tell(Progress("Reading images", 0, 1))
        time.sleep(1000)

    def learner(self, seed):
        return None


def until(condition, seconds=60):
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def train(store):
    """Start trainers of the store, and label."""
    started = []

    def train(estimator, pace=QUICK, features=X, kind=Plan):
        trainer = Trainer(store, kind(features, estimator, Margin()), pace=pace)
        started.append(trainer)
        return trainer.start()

    yield train
    for trainer in started:
        trainer.stop()


def label(store, n):
    for lease in store.desk.lease(ME, "page", n):
        store.desk.record(Answer(lease["item"], ME, "label", TRUTH[lease["item"] - 1]))


def test_a_reply_is_what_the_learner_asks_for():
    y = np.full(40, None, dtype=object)
    y[:20] = TRUTH[:20]
    candidates, audits = np.arange(20, 35), np.arange(35, 40)
    said = reply(Plan(X, LogisticRegression(), Margin()), Question(y, candidates, audits, 4, 0))
    model = LogisticRegression().fit(X[:20], y[:20].astype(str))
    margins = np.abs(np.diff(model.predict_proba(X[20:35]), axis=1)).ravel()
    assert said.picks.tolist() == (20 + np.argsort(margins)[:4]).tolist()
    shown = [*said.picks, *audits]
    assert said.predicted == model.predict(X[shown]).tolist()
    assert [row["a"] for row in said.proba] == pytest.approx(
        model.predict_proba(X[shown])[:, 0], abs=1e-5
    )
    assert said.metrics["n_labelled"] == 20
    assert said.watched is None
    watched = np.arange(15, 40)
    question = Question(y, candidates, audits, 4, 0, watched)
    said = reply(Plan(X, LogisticRegression(), Margin()), question).watched
    assert said.predicted == model.predict(X[watched]).tolist()
    likely = model.predict_proba(X[20:]).max(axis=1)  # of those without a label
    assert said.expected == pytest.approx(likely.mean(), abs=1e-4)


def test_a_large_pool_is_sampled(tmp_path):
    np.save(tmp_path / "X.npy", X)
    y = np.full(40, np.nan)
    y[:10] = X[:10, 0]
    from sklearn.linear_model import Ridge

    plan = Plan(tmp_path / "X.npy", Ridge(), size=5)
    said = reply(plan, Question(y, np.arange(10, 40), np.arange(0), 50, 0))
    assert len(said.picks) == 5
    assert said.proba is None


def test_audits_stand_at_random_places():
    items = np.arange(100, 140)
    audits = [Draw(item, "audit", 0.5) for item in (1, 2)]
    said = Reply(np.array([3, 1, 2, 0]), list("abcdef"), None, {})
    found = mixed(said, items, audits, np.random.default_rng(0))
    assert [draw.item for draw in found if draw.kind == "strategy"] == [103, 101, 102, 100]
    assert {(d.item, d.predicted, d.propensity) for d in found if d.kind == "audit"} == {
        (1, "e", 0.5),
        (2, "f", 0.5),
    }
    places = {
        tuple(draw.kind for draw in mixed(said, items, audits, np.random.default_rng(seed)))
        for seed in range(200)
    }
    assert len(places) == 15  # all places of 2 among 6


def test_the_queue_is_random_until_there_are_labels(store, train):
    trainer = train(LogisticRegression())
    assert store.progress()["queued"] == 12
    assert trainer.status() == {
        "state": "cold", "error": "", "progress": None, "n_learned": 0, "first_pending": True,
        "audit": 0.1,
    }  # fmt: skip
    label(store, 4)
    time.sleep(0.5)
    assert trainer.status()["state"] == "cold"  # too few
    assert all(one["strategy"] == "ColdStart()" for one in store.desk.rounds())


@pytest.mark.slow
def test_typical_rows_come_first_once_their_features_are_there(store, train):
    """Three clusters: random rows miss some of them, typical ones do not."""
    rng = np.random.default_rng(0)
    cluster = np.repeat(np.arange(3), [14, 13, 13])
    clusters = rng.normal(size=(40, 3)) / 20 + 10 * np.eye(3)[cluster]
    few = Pace(quiet=100, look=0.02, queue=12, queue_each=1, cold_labels=3)
    trainer = train(LogisticRegression(), few, clusters)
    held = store.desk.lease(ME, "page", 1)  # which stays
    assert trainer.status()["first_pending"]
    until(lambda: [one["status"] for one in store.desk.rounds()] == ["done"])
    leases = store.desk.lease(ME, "page", 4)
    assert leases[0]["item"] == held[0]["item"]
    assert {int(cluster[lease["item"] - 1]) for lease in leases[1:]} == {0, 1, 2}
    for lease in leases:
        store.desk.record(Answer(lease["item"], ME, "label", "a"))
    events = store.events()
    assert events["drawn"].tolist() == ["cold", *["strategy"] * 3]
    assert events["strategy"].tolist()[1:] == ["ColdStart()"] * 3


@pytest.mark.slow
def test_of_rows_that_lie_nowhere_in_particular_random_ones_stay(store, train):
    trainer = train(LogisticRegression(), features=(X > 0).astype(float))
    store.desk.lease(ME, "page", 1)
    until(lambda: trainer._first_at is None)
    assert not trainer.status()["first_pending"]
    assert store.desk.rounds() == []
    assert store.progress()["queued"] == 12


@pytest.mark.slow
def test_a_model_learns_and_the_strategy_asks(store, train):
    trainer = train(LogisticRegression())
    label(store, 12)
    until(lambda: trainer.status()["n_learned"] == 12)
    leases = store.desk.lease(ME, "page", 8)
    assert all(lease["predicted"] in ("a", "b") for lease in leases)
    label(store, 8)
    events = store.events()
    assert {*events["drawn"][12:]} == {"strategy", "audit"} or {*events["drawn"][12:]} == {
        "strategy"
    }
    assert events["propensity"][events["drawn"] == "strategy"].isna().all()
    assert store.check() == []


@pytest.mark.slow
def test_a_model_learns_as_soon_as_there_are_two_classes(store, train):
    trainer = train(LogisticRegression(), Pace(quiet=1000, look=0.02, queue=30, queue_each=1))
    items = [lease["item"] for lease in store.desk.lease(ME, "page", 14)]
    for item in items[:12]:
        store.desk.record(Answer(item, ME, "label", "a"))
    time.sleep(0.3)
    assert trainer.status()["state"] == "cold"
    for item in items[12:]:
        store.desk.record(Answer(item, ME, "label", "b"))
    until(lambda: trainer.status()["n_learned"] == 14)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("estimator", "patience", "told"),
    [(Raises(), 60, "ArithmeticError: of this model"), (Hangs(), 8, "did not finish in 8 s")],
)
def test_a_model_that_fails_stops_nobody(store, train, estimator, patience, told):
    pace = Pace(quiet=0.2, look=0.02, queue=12, queue_each=1, patience=patience)
    trainer = train(estimator, pace)
    label(store, 12)
    until(lambda: trainer.status()["state"] == "failed")
    assert told in trainer.status()["error"]
    assert told in store.desk.rounds()[0]["error"]
    until(lambda: store.progress()["queued"] >= 8)  # random rows go on
    label(store, 4)
    assert store.check() == []


@pytest.mark.slow
def test_a_model_that_is_killed_is_told_and_tried_again(store, train):
    trainer = train(Hangs(), Pace(quiet=0.2, look=0.02, queue=12, queue_each=1))
    label(store, 12)
    until(lambda: trainer.pid is not None)
    time.sleep(0.5)
    start = time.monotonic()
    os.kill(trainer.pid, signal.SIGKILL)
    until(lambda: trainer.status()["state"] == "failed")
    assert time.monotonic() - start < 5
    assert "ended (exit code -9)" in trainer.status()["error"]
    first = max((one["id"] for one in store.desk.rounds()), default=0)
    until(lambda: store.progress()["queued"] >= 8)
    label(store, 2)
    trainer.ask_for_round()
    until(lambda: store.desk.rounds() and store.desk.rounds()[0]["id"] > first)


@pytest.mark.slow
def test_a_model_that_hangs_is_told_soon_and_begins_anew_when_asked(store, train):
    pace = Pace(quiet=0.2, look=0.02, queue=12, queue_each=1)
    trainer = train(Hangs(), pace)
    label(store, 12)
    until(lambda: trainer.status()["state"] == "slow")
    label(store, 12)
    until(lambda: store.progress()["queued"] >= 8)  # random rows go on meanwhile
    before = trainer.pid
    trainer.ask_for_round()
    until(lambda: len(store.desk.rounds()) == 2)
    assert "started it again" in store.desk.rounds()[1]["error"]
    until(lambda: trainer.pid not in (None, before))


@pytest.mark.slow
def test_a_question_that_no_pipe_holds_waits_for_a_model_that_reads():
    """The trainer goes on meanwhile, so that the queue stays filled and Ctrl+C ends it."""
    many = 10**6  # 2 MB of labels
    model = ModelProcess(Reads(np.zeros((many, 1), np.float32), LogisticRegression(), Margin()))
    y = np.full(many, None, dtype=object)
    y[:2] = "a", "b"
    try:
        start = time.monotonic()
        model.ask(Question(y, np.arange(2, 100), np.arange(0), 5, 0))
        assert model._waiting is not None
        told = []
        while not told or not isinstance(told[-1], Reply):
            told += [one for one in [model.told(0.1)] if one is not None]
            assert time.monotonic() - start < 60
        assert len(told[-1].picks) == 5
        assert model._waiting is None
    finally:
        model.end()


SERVER = """
import time
from skal.labelling.model.process import ModelProcess
from tests.labelling.model.test_trainer import Sleeps
model = ModelProcess(Sleeps(None, None))
model.start()
while "Reading images" not in str(model.told(1)):
    pass
print(model.pid, flush=True)
time.sleep(1000)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self"), reason="reads the states of processes")
@pytest.mark.slow
def test_a_model_ends_with_the_server_that_was_killed():
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    pid = int(server.stdout.readline())
    assert runs(pid)
    server.kill()
    server.wait()
    server.stdout.close()
    until(lambda: not runs(pid))


def runs(pid):
    """Whether there is such a process that is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
def test_what_is_read_once_is_shown_and_its_errors_are_told(store, train):
    trainer = train(LogisticRegression(), kind=Reads)
    label(store, 1)
    until(lambda: (trainer.status()["progress"] or {}).get("what") == "Reading images")
    assert trainer.status()["progress"]["total"] == 3
    until(lambda: trainer.status()["progress"] is None)
    assert trainer.status()["state"] == "cold"
    trainer.stop()
    trainer = train(LogisticRegression(), features="no such features", kind=Reads)
    until(lambda: trainer.status()["state"] == "failed")
    assert "LookupError: no such features" in trainer.status()["error"]
