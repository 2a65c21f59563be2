"""A bar where a loop takes long and somebody sees it; nothing anywhere else."""

import threading
from typing import ClassVar

import numpy as np
import pytest
import sklearn
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner, _progress
from skal._progress import counted, reported, unreported
from skal.pools import BlockPool
from skal.strategies import Bait, Margin, Sequential, Strategy


class Bar:
    """What rich would be told."""

    made: ClassVar[list] = []

    def __init__(self):
        self.told, self.is_live = [], False
        Bar.made.append(self)

    def start(self):
        self.is_live = True

    def stop(self):
        self.is_live = False

    def add_task(self, what, total):
        self.told.append((what, total))

    def update(self, task, completed, description):
        self.told.append(completed)
        self.description = description


@pytest.fixture
def terminal(monkeypatch):
    """Standard error is a terminal, and each look at the clock is 3 s later."""
    now = iter(range(0, 10**6, 3))
    monkeypatch.setattr(_progress, "_seen", lambda: True)
    monkeypatch.setattr(_progress, "_bar", Bar)
    monkeypatch.setattr(_progress.time, "perf_counter", lambda: float(next(now)))
    monkeypatch.setattr(Bar, "made", [])
    return Bar


def test_a_long_loop_is_shown_from_its_first_steps_on(terminal):
    with reported():
        assert list(counted(range(5), "Picking rows")) == [0, 1, 2, 3, 4]
    (bar,) = terminal.made
    assert bar.told == [("Picking rows", 5), 1, 2, 3, 4, 5]
    assert not bar.is_live


def test_rows_of_a_pool_are_told_with_their_speed(terminal):
    learner = ActiveLearner(LogisticRegression(), Margin()).fit([[0.0], [1.0]], [0, 1])
    pool = BlockPool(lambda: np.arange(5000.0).reshape(5, 1000, 1))
    with sklearn.config_context(working_memory=0.5):  # pieces of 1,024 rows
        learner.query(pool)
    (bar,) = terminal.made
    assert bar.told == [
        (f"Reading the pool, {1024 / 3:.0f} rows a second", 5000),
        1024,
        2048,
        3072,
        4096,
        5000,
    ]
    assert bar.description == f"Reading the pool, {5000 / 15:.0f} rows a second"
    assert not bar.is_live


def test_a_short_loop_is_not_shown(terminal):
    with reported():
        list(counted(range(3), "Picking rows"))  # 9 s
    assert terminal.made == []


def test_a_loop_within_one_that_is_shown_is_not(terminal):
    with reported():
        for _ in counted(range(5), "outer"):
            list(counted(range(9), "inner"))
    names = [bar.told[0] for bar in terminal.made]
    assert names == [("inner", 9), ("outer", 5)]  # the first inner one is before the outer's step
    assert not any(bar.is_live for bar in terminal.made)


def test_the_bar_is_gone_after_an_error(terminal):
    def interrupted():
        with reported():
            for step in counted(range(9), "Picking rows"):
                if step == 4:
                    raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    (bar,) = terminal.made
    assert not bar.is_live


@pytest.mark.parametrize("where", ["outside", "quiet", "thread"])
def test_elsewhere_steps_are_handed_on_as_they_are(terminal, where):
    steps = range(9)
    if where == "outside":
        assert counted(steps, "x") is steps
    elif where == "quiet":
        with unreported(), reported():
            assert counted(steps, "x") is steps
    else:
        found = []
        with reported():
            thread = threading.Thread(target=lambda: found.append(counted(steps, "x")))
            thread.start()
            thread.join()
        assert found[0] is steps


def test_pipes_threads_and_a_variable_keep_it_away(monkeypatch):
    class Terminal:
        def isatty(self):
            return True

    assert not _progress._seen()  # a test is no terminal
    monkeypatch.setattr("sys.stderr", Terminal())
    pytest.importorskip("rich")
    assert _progress._seen()
    found = []
    thread = threading.Thread(target=lambda: found.append(_progress._seen()))
    thread.start()
    thread.join()
    assert found == [False]
    monkeypatch.setenv("SKAL_PROGRESS", "0")
    assert not _progress._seen()
    monkeypatch.setattr("sys.stderr", None)
    assert not _progress._seen()


def test_richs_bar_leaves_the_streams_alone(capsys):
    pytest.importorskip("rich")
    import sys

    before = sys.stdout, sys.stderr
    bar = _progress._bar()
    bar.start()
    assert (sys.stdout, sys.stderr) == before
    bar.update(bar.add_task("Picking rows", total=3), completed=2)
    bar.stop()
    assert capsys.readouterr().out == ""


class Slow(Strategy):
    """Steps on and on."""

    def select(self, state, n):
        return np.array([row for row in counted(state.candidates[:n], "Being slow")])


def test_a_query_is_reported_and_a_replay_is_not(blobs, terminal):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), Slow(), batch_size=9).fit(X, y)
    rows = learner.query()
    assert [bar.told[0] for bar in terminal.made] == [("Being slow", 9)]
    terminal.made.clear()
    learner.set_params(replay_budget=40).fit(X, truth)
    assert terminal.made == []
    assert len(rows) == 9


@pytest.mark.parametrize("strategy", [Bait(), Sequential(Margin())], ids=str)
def test_greedy_loops_say_how_far_they_are(blobs, terminal, strategy):
    X, _, y = blobs
    ActiveLearner(LogisticRegression(), strategy, batch_size=9).fit(X, y).query()
    assert terminal.made
