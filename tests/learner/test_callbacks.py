"""scikit-learn's progress bar and scoring monitor, on replays and around them."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.strategies import Margin, Random

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn 1.9 brought callbacks")

X, Y = load_iris(return_X_y=True)


def learner(**kwargs):
    kwargs = {"replay_budget": 20, "batch_size": 5, "validation_fraction": 0.2, **kwargs}
    return ActiveLearner(LogisticRegression(max_iter=1000), random_state=0, **kwargs)


def test_scoring_monitor_scores_each_round_on_the_holdout():
    monitor = callback.ScoringMonitor(scoring="accuracy")
    one = learner(store_rounds=True)
    one.set_callbacks(monitor)
    one.fit(X, Y)
    rounds = [row for row in monitor.get_logs().data if row["task_name"] == "round"]
    holdout = one.query_state(X[:1]).holdout
    assert len(holdout) == 30
    assert [row["accuracy"] for row in rounds] == list(one.staged_score(holdout.X, holdout.y))


def test_scoring_monitor_on_a_plain_fit():
    monitor = callback.ScoringMonitor(scoring="accuracy")
    one = learner(replay_budget=None, validation_fraction=None)
    one.set_callbacks(monitor)
    one.fit(X[::2], Y[::2], X_val=X[1::2], y_val=Y[1::2])
    scores = [row["accuracy"] for row in monitor.get_logs().data]
    assert scores == [one.score(X[1::2], Y[1::2])] * len(scores)


def test_no_score_without_a_model():
    monitor = callback.ScoringMonitor(scoring="accuracy")
    one = learner(replay_budget=None, validation_fraction=None, initial=Random())
    one.set_callbacks(monitor)
    one.fit(X, [None] * 150, X_val=X, y_val=Y)
    with pytest.raises(ValueError, match="No logs"):
        monitor.get_logs()


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_scoring_monitor_inside_a_search(n_jobs):
    monitor = callback.ScoringMonitor(scoring="accuracy")
    one = learner()
    one.set_callbacks(monitor)
    GridSearchCV(
        one, {"strategy": [Random(), Margin()]}, cv=2, n_jobs=n_jobs, error_score="raise"
    ).fit(X, Y)
    rounds = [row for row in monitor.get_logs().data if row["task_name"] == "round"]
    assert len(rounds) == 4 * (2 * 2 + 1)  # rounds × (strategies × folds + the refit)
    assert all(np.isfinite(row["accuracy"]) for row in rounds)


@pytest.mark.parametrize("initial_size", [None, 1])
def test_progress_bar_on_a_replay(initial_size, capsys):
    one = learner(initial_size=initial_size)
    one.set_callbacks(callback.ProgressBar())
    one.fit(X, Y)
    assert one.history_[-1]["n_labelled"] == 20
    assert "ActiveLearner" in capsys.readouterr().out


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_progress_bar_on_the_search(n_jobs, capsys):
    for one, name in (
        (learner(), "strategy"),
        (make_pipeline(StandardScaler(), learner()), "activelearner__strategy"),
    ):
        search = GridSearchCV(
            one, {name: [Random(), Margin()]}, cv=2, n_jobs=n_jobs, error_score="raise"
        )
        search.set_callbacks(callback.ProgressBar(max_propagation_depth=None))
        search.fit(X, Y)
    assert "GridSearchCV" in capsys.readouterr().out


class Recorder:
    """A callback that remembers, and stops a fit or breaks it when told to."""

    def __init__(self, stop_after=None, break_after=None):
        self.stop_after, self.break_after = stop_after, break_after
        self.events = []

    def setup(self, estimator, context):
        self.events.append("setup")

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None):
        self.events.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
        self.events.append(f"end {context.task_name}")
        n_rounds = self.events.count("end round")
        if n_rounds == self.break_after:
            raise RuntimeError("enough")
        return n_rounds == self.stop_after

    def teardown(self, estimator, context):
        self.events.append("teardown")


def test_order_of_events():
    recorder = Recorder()
    one = learner()
    one.set_callbacks(recorder)
    one.fit(X, Y)
    assert recorder.events == [
        "setup", "begin fit", *["begin round", "end round"] * 4, "end fit", "teardown",
    ]  # fmt: skip


def test_a_callback_may_stop_a_replay():
    recorder = Recorder(stop_after=2)
    one = learner()
    one.set_callbacks(recorder)
    one.fit(X, Y)
    assert one.history_[-1]["n_labelled"] == 10
    assert recorder.events[-2:] == ["end fit", "teardown"]


def test_torn_down_after_an_error():
    recorder = Recorder(break_after=2)
    one = learner()
    one.set_callbacks(recorder)
    with pytest.raises(RuntimeError, match="enough"):
        one.fit(X, Y)
    assert recorder.events[-1] == "teardown"
    broken = Recorder()
    one = learner(strategy="nonsense")
    one.set_callbacks(broken)
    with pytest.raises(ValueError, match="no strategy nonsense"):
        one.fit(X, Y)
    assert broken.events in ([], ["setup", "teardown"])


def test_a_callback_sees_the_fit_as_it_stands():
    seen = []

    class Stop:
        def setup(self, estimator, context): ...

        def teardown(self, estimator, context): ...

        def on_fit_task_begin(self, estimator, context): ...

        def on_fit_task_end(self, estimator, context, *, fitted_estimator):
            seen.append((context.task_name, fitted_estimator.history_[-1]["n_labelled"]))
            return context.task_name == "round" and seen[-1][1] >= 10

    one = learner()
    one.set_callbacks(Stop())
    for _ in range(2):  # the second fit sees itself, not the first one
        assert one.fit(X, Y).history_[-1]["n_labelled"] == 10
    assert seen == [("round", 5), ("round", 10), ("fit", 10)] * 2
