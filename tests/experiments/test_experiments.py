"""Comparisons: fair, whole, resumable, the same on one core as on many."""

import json
import os
import signal
import subprocess
import sys
import time

import joblib
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from scipy import sparse
from sklearn.datasets import load_digits, load_iris, make_classification, make_regression
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.experiments import compare, recommend
from skal.experiments.results import ResultsFile
from skal.strategies import (
    CoreSet,
    Diversify,
    Entropy,
    GreedySampling,
    Margin,
    Oracle,
    Random,
    Strategy,
    UtilityStrategy,
)

IRIS = load_iris(return_X_y=True)
MODEL = LogisticRegression(max_iter=500)
BOTH = {"Random": Random(), "Margin": Margin()}
TIMES = ["query_seconds", "fit_seconds"]


def small(strategies=BOTH, estimators=MODEL, data=IRIS, **changes):
    """A comparison of seconds."""
    settings = {"seeds": 2, "budget": 24, "batch_size": 8, "progress": False} | changes
    return compare(strategies, estimators, data, **settings)


def test_the_frame():
    results = small(data={"iris": IRIS}, estimators={"logistic": MODEL}, holdout_size=15)
    assert results.columns.tolist() == [
        "data", "estimator", "strategy", "seed", "round", "n_labelled", "accuracy", "imbalance",
        "mistakes", "base_error", "n_holdout", "query_seconds", "fit_seconds", "rows",
    ]  # fmt: skip
    assert results[["data", "estimator", "n_holdout"]].drop_duplicates().values.tolist() == [
        ["iris", "logistic", 15]
    ]
    assert results[["strategy", "seed", "n_labelled"]].values.tolist() == [
        [name, seed, n] for name in BOTH for seed in (0, 1) for n in (8, 16, 24)
    ]


def test_each_figure_is_that_of_a_loop_by_hand():
    X, y = IRIS
    results = small({"Margin": Margin()}, seeds=[3])
    drawn = results["rows"].map(list).sum()
    assert len(set(drawn)) == 24
    held = np.setdiff1d(np.arange(150), drawn)
    # the loop: the same rows, taught in the same order, to the same model
    model, known = None, []
    for _, got in results.iterrows():
        batch = np.array(got["rows"])
        if model is not None:
            assert got["mistakes"] == np.mean(model.predict(X[batch]) != y[batch])
        known.extend(batch)
        model = LogisticRegression(max_iter=500).fit(X[np.sort(known)], y[np.sort(known)])
        counts = np.bincount(y[known], minlength=3)
        assert got["imbalance"] == pytest.approx(counts.std() / counts.mean())
    assert results["base_error"].iloc[1:].to_numpy() == pytest.approx(
        1 - results["accuracy"].iloc[:-1].to_numpy()
    )
    test = rows_to_test_on(X, y, seed=3)
    assert np.isin(test, held).all()
    assert results["accuracy"].iloc[-1] == accuracy_score(y[test], model.predict(X[test]))


def test_a_long_name_is_cut_to_its_types():
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500, tol=1e-3, C=0.5))
    assert len(repr(model)) > 80
    results = small([Random()], model, seeds=1)
    assert results["estimator"].unique() == ["StandardScaler, LogisticRegression"]


def rows_to_test_on(X, y, seed):
    """The test rows of a seed: those that a replay of all the others never asks for."""
    everything = small({"Random": Random()}, seeds=[seed], budget=105, batch_size=100)
    return np.setdiff1d(np.arange(len(y)), everything["rows"].map(list).sum())


def test_the_same_first_batch_and_test_rows_for_all():
    results = small({**BOTH, "CoreSet": CoreSet()}, seeds=4)
    first = results[results["round"] == 0].groupby("seed")
    assert (first["rows"].agg(lambda rows: len({tuple(r) for r in rows})) == 1).all()
    assert (first["accuracy"].nunique() == 1).all()
    assert results.loc[results["round"] == 0, "rows"].map(tuple).nunique() == 4


def test_the_same_on_two_workers_as_on_one():
    one, two = small(), small(n_jobs=2)
    assert_frame_equal(one.drop(columns=TIMES), two.drop(columns=TIMES))


def test_on_a_local_dask_cluster(tmp_path):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        there = small(results=tmp_path / "kept.jsonl")
    assert_frame_equal(small().drop(columns=TIMES), there.drop(columns=TIMES))
    assert len((tmp_path / "kept.jsonl").read_text().splitlines()) == 4


# ------------------------------------------------------------------ what is kept
class Counting(UtilityStrategy):
    """Random, with a line in a file for each query."""

    def __init__(self, path):
        self.path = path

    def utilities(self, state):
        with open(self.path, "a") as file:
            file.write("asked\n")
        return state.rng.random(len(state.candidates))


def asked(path):
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_nothing_is_repeated(tmp_path):
    count, kept = tmp_path / "count", tmp_path / "deep" / "kept.jsonl"
    strategies = {"A": Counting(str(count)), "Random": Random()}
    first = small(strategies, results=kept)
    assert asked(count) == 4  # two seeds, two queries after the first batch
    again = small(strategies, results=kept)
    assert asked(count) == 4
    assert_frame_equal(first, again)
    more = small(strategies, results=kept, seeds=3)
    assert asked(count) == 6
    assert_frame_equal(more[more["seed"] < 2].reset_index(drop=True), first)


@pytest.mark.parametrize(
    "change",
    [
        {"budget": 16},
        {"batch_size": 4},
        {"scoring": "balanced_accuracy"},
        {"test_size": 0.5},
        {"holdout_size": 10},
        {"initial_size": 12},
        {"estimators": LogisticRegression(C=9)},
        {"data": (IRIS[0] + 1, IRIS[1])},
        {"strategies": {"Random": Entropy(), "Margin": Margin()}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_question_gets_an_answer_of_its_own(tmp_path, change):
    kept = tmp_path / "kept.jsonl"
    small(results=kept, seeds=1)
    lines = len(kept.read_text().splitlines())
    assert_frame_equal(
        small(results=kept, **({"seeds": 1} | change)).drop(columns=TIMES),
        small(**({"seeds": 1} | change)).drop(columns=TIMES),
    )
    assert len(kept.read_text().splitlines()) > lines


def test_a_torn_line_is_cut_off(tmp_path):
    kept = tmp_path / "kept.jsonl"
    whole = small(results=kept)
    text = kept.read_bytes()
    for cut in (1, 40, len(text.splitlines(keepends=True)[-1]) - 1):
        kept.write_bytes(text[:-cut])
        assert_frame_equal(small(results=kept).drop(columns=TIMES), whole.drop(columns=TIMES))
        assert all(json.loads(line) for line in kept.read_bytes().splitlines())


KILLED = """
import sys, time
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from skal.experiments import compare
from skal.strategies import Random, UtilityStrategy

class Slow(UtilityStrategy):
    def utilities(self, state):
        time.sleep(0.05)
        return state.rng.random(len(state.candidates))

results = compare(
    {"Random": Random(), "Slow": Slow()}, LogisticRegression(max_iter=500),
    load_iris(return_X_y=True), seeds=12, budget=24, batch_size=8, n_jobs=2, progress=False,
    results=sys.argv[1],
)
results.drop(columns=["query_seconds", "fit_seconds"]).to_pickle(sys.argv[2])
"""


def test_killed_and_started_again(tmp_path):
    """SIGKILL in the middle: what was finished stays, byte for byte, and is not run again."""
    script, kept, out = tmp_path / "script.py", tmp_path / "kept.jsonl", tmp_path / "out.pickle"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(kept), str(out)]
    running = subprocess.Popen(command, start_new_session=True, cwd=os.getcwd())
    for _ in range(12_000):
        if kept.exists() and kept.read_bytes().count(b"\n") >= 5:
            break
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    before = kept.read_bytes()
    finished = before[: before.rfind(b"\n") + 1]
    assert 5 <= finished.count(b"\n") < 24
    subprocess.run(command, check=True)
    assert kept.read_bytes().startswith(finished)
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    assert len({line["key"] for line in lines}) == len(lines) == 24
    uninterrupted = tmp_path / "whole.pickle"
    subprocess.run([*command[:2], str(tmp_path / "new.jsonl"), str(uninterrupted)], check=True)
    assert_frame_equal(pd.read_pickle(out), pd.read_pickle(uninterrupted))


def test_a_file_of_something_else_stays_as_it_is(tmp_path):
    other = tmp_path / "thesis.txt"
    other.write_text("Chapter 1\nIt was a dark night")
    with pytest.raises(ValueError, match=r"Line 1 of .*thesis\.txt is not the result of a replay"):
        small(results=other)
    assert other.read_text() == "Chapter 1\nIt was a dark night"


def test_a_single_line_of_something_else_stays_too(tmp_path):
    other = tmp_path / "note.txt"
    other.write_text("no line end")
    with pytest.raises(ValueError, match="is not the result of a replay"):
        ResultsFile(other)
    assert other.read_text() == "no line end"


class Breaks(Strategy):
    """Breaks on its second query."""

    def select(self, state, n):
        if len(state.labelled) > 10:
            raise RuntimeError("broken")
        return state.candidates[:n]


def test_an_error_says_which_replay_and_keeps_the_others(tmp_path):
    kept = tmp_path / "kept.jsonl"
    with pytest.raises(RuntimeError, match="broken") as caught:
        small({"Random": Random(), "Bad": Breaks()}, results=kept)
    note = "In the replay of Bad with LogisticRegression(max_iter=500) on data, seed 0."
    assert note in caught.value.__notes__
    assert len(kept.read_text().splitlines()) == 1


def test_what_cannot_be_recognised_later(tmp_path):
    own = {
        "Random": Random(),
        "own": Diversify(Random(), classes=lambda state: state.candidates % 2),
    }
    assert len(small(own)) == 12
    with pytest.raises(TypeError, match=r"own or LogisticRegression.* cannot be pickled"):
        small(own, results=tmp_path / "kept.jsonl")


# ------------------------------------------------------------------ what may be compared
def test_a_new_name_repeats_nothing(tmp_path):
    kept = tmp_path / "kept.jsonl"
    small(results=kept)
    lines = len(kept.read_text().splitlines())
    results = small({"chance": Random(), "also": Margin(), "Margin": Margin()}, results=kept)
    assert len(kept.read_text().splitlines()) == lines
    assert results["strategy"].unique().tolist() == ["chance", "also", "Margin"]


def test_what_does_not_matter_repeats_nothing(tmp_path):
    kept = tmp_path / "kept.jsonl"
    small(results=kept)
    before = kept.read_bytes()
    fitted = LogisticRegression(max_iter=500).fit(*IRIS)
    small(results=kept, estimators=fitted, budget=np.int64(24))
    small(results=kept, data=(np.asfortranarray(IRIS[0]), IRIS[1]))
    small(results=kept, estimators=ActiveLearner(fitted, Margin(), batch_size=7, random_state=3))
    assert kept.read_bytes() == before


class Records(Margin):
    """Records facts under names that the frame has already."""

    def select(self, state, n):
        state.record(accuracy=7.0, seed=9, own=1.5)
        return super().select(state, n)


def test_records_take_no_column_of_the_frame():
    results = small({"A": Records()}, seeds=[4])
    assert results["accuracy"].between(0, 1).all()
    assert (results["seed"] == 4).all()
    asked = results[results["round"] > 0]
    assert (asked["own"] == 1.5).all()
    assert (asked["recorded_accuracy"] == 7).all()
    assert (asked["recorded_seed"] == 9).all()


def test_several_of_everything():
    results = small(
        [Random(), Margin(), Diversify(Margin())],
        [MODEL, RandomForestClassifier(5)],
        {"iris": IRIS, "again": lambda: IRIS},
        seeds=1,
        scoring={"accuracy": "accuracy", "log": "neg_log_loss"},
    )
    assert results["strategy"].unique().tolist() == [
        "Random",
        "Margin",
        "Diversify(strategy=Margin())",
    ]
    assert results["data"].unique().tolist() == ["iris", "again"]
    assert results["estimator"].unique().tolist() == [
        "LogisticRegression(max_iter=500)",
        "RandomForestClassifier(n_estimators=5)",
    ]
    assert (results["log"] < 0).all()


def test_regression_texts_missing_labels_and_given_test_rows():
    X, y = make_regression(120, 4, random_state=0)
    results = small([Random(), GreedySampling()], Ridge(), (X[:90], y[:90], X[90:], y[90:]))
    assert results[["mistakes", "imbalance", "base_error"]].isna().all(axis=None)
    assert results["r2"].iloc[-1] > 0.5
    X, y = IRIS
    partly = np.where(np.arange(150) % 3 > 0, y, np.nan)
    results = small(data=(sparse.csc_array(X), partly))
    assert all(y % 3 for rows in results["rows"] for y in rows)
    words = np.array(["iris setosa", "iris versicolor", "iris virginica"])[y]
    results = small(data=(pd.DataFrame(X), words))
    assert results["accuracy"].between(0, 1).all()


def test_a_learner_stands_for_its_estimator():
    forest = ActiveLearner(RandomForestClassifier(5), surrogate=MODEL, initial=CoreSet())
    results = small({"CoreSet": CoreSet()}, forest, seeds=1)
    assert results["n_labelled"].tolist() == [8, 16, 24]


def test_the_first_batch_may_lack_classes():
    X, y = make_classification(200, weights=[0.8], random_state=0)
    results = small(data=(X, y), seeds=6, batch_size=2, budget=12)
    first = results[results["round"] == 0]
    assert first["n_labelled"].min() == 2
    assert first["n_labelled"].max() > 2  # went on until two classes were known
    assert (results["rows"].map(len).groupby(results["seed"]).sum() == 24).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"strategies": {}}, ValueError, "strategies is empty"),
        ({"strategies": [Margin(), Margin()]}, ValueError, "would have the same name"),
        ({"strategies": {"A": Margin}}, TypeError, "'A' is .* not a strategy"),
        ({"estimators": []}, ValueError, "estimators is empty"),
        ({"estimators": [MODEL, Ridge()]}, ValueError, "one kind at a time"),
        ({"data": {}}, ValueError, "data is empty"),
        ({"data": {"a": 3}}, TypeError, r"data\['a'\] must be \(X, y\)"),
        ({"data": (IRIS[0], IRIS[1][:9])}, ValueError, "150 rows, and y 9 labels"),
        ({"data": (IRIS[0], np.full(150, np.nan))}, ValueError, "y has no label"),
        ({"data": (*IRIS, IRIS[0], IRIS[1][:3])}, ValueError, "y_test 3 labels"),
        ({"data": (*IRIS, IRIS[0][:2], [0, np.nan])}, ValueError, "missing in y_test"),
        ({"seeds": 0}, ValueError, "seeds"),
        ({"seeds": [1, 1]}, ValueError, "list of different whole numbers"),
        ({"seeds": [-1]}, ValueError, "list of different whole numbers"),
        ({"budget": 0}, ValueError, "budget"),
        ({"budget": 8}, ValueError, "spent by the first batch of 8 random rows"),
        ({"strategies": ["Random"]}, TypeError, "strategies: 'Random' is 'Random', not a strategy"),
        ({"batch_size": 2.5}, ValueError, "batch_size"),
        ({"initial_size": -1}, ValueError, "initial_size"),
        ({"test_size": 0}, ValueError, "test_size=0 must be"),
        ({"test_size": 148}, ValueError, "148 rows to measure on, of 150"),
        ({"test_size": 0.99}, ValueError, "148 rows to measure on, of 150"),
        ({"seeds": [0.5]}, ValueError, "list of different whole numbers"),
        ({"seeds": [2**32]}, ValueError, "list of different whole numbers"),
        ({"estimators": LogisticRegression}, TypeError, "is a class"),
        ({"strategies": {1: Random(), "1": Margin()}}, ValueError, "would have the same name"),
        ({"strategies": {"A": GreedySampling("outputs")}}, ValueError, "needs a regressor"),
        ({"data": [IRIS, IRIS]}, TypeError, "several data sets by name"),
        ({"scoring": {"round": "accuracy"}}, ValueError, r"called \['round'\]"),
        ({"holdout_size": 1.5}, ValueError, "holdout_size=1.5 must be"),
        ({"scoring": []}, ValueError, "scoring is empty"),
        ({"scoring": "brilliance"}, ValueError, "brilliance"),
        ({"strategies": {"A": Oracle(3)}}, ValueError, "set holdout_size="),
    ],
)
def test_errors_say_what_is_wrong(arguments, error, message):
    with pytest.raises(error, match=message):
        small(**arguments)


def test_learners_must_agree_on_what_is_missing():
    learners = {"a": ActiveLearner(MODEL), "b": ActiveLearner(MODEL, missing_label=-1)}
    with pytest.raises(ValueError, match="differ in their missing_label"):
        small(estimators=learners)


@pytest.mark.parametrize(("module", "extra"), [("pandas", "experiments"), ("rich", "experiments")])
def test_what_is_not_installed(monkeypatch, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"skal\[{extra}\]"):
        small(progress=True)


def test_the_progress_bar_tells_what_was_kept(tmp_path, capsys):
    small(progress=True, results=tmp_path / "kept.jsonl", seeds=1)
    assert "2/2" in capsys.readouterr().err
    small(progress=True, results=tmp_path / "kept.jsonl", seeds=2)
    assert "(2 kept from before)" in capsys.readouterr().err


# ------------------------------------------------------------------ the oracle, and advice
def test_the_oracle_takes_what_raises_the_holdout_score_most():
    X, y = load_digits(return_X_y=True)
    X, y = X[:300] / 16, y[:300]
    learner = ActiveLearner(MODEL, Oracle(4), batch_size=1, replay_budget=31, initial_size=30,
                            validation_fraction=0.3, random_state=0).fit(X, y)  # fmt: skip
    holdout = np.flatnonzero(learner._training.status == 4)
    first, picked = learner.history_[0]["rows"], learner.history_[1]["rows"][0]

    def right(rows):
        rows = np.sort(rows)
        return MODEL.fit(X[rows], y[rows]).score(X[holdout], y[holdout])

    # nothing that it drew is better, so few of all the rows are
    others = [right([*first, row]) for row in range(300) if row not in {*first, *holdout}]
    assert np.mean(np.array(others) > right([*first, picked])) < 0.5


def test_the_oracle_takes_targets_as_a_column():
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = X[:, 0] + X[:, 1] ** 2
    learner = ActiveLearner(Ridge(), Oracle(5), replay_budget=9, batch_size=3, initial_size=6,
                            validation_fraction=0.3, random_state=0)  # fmt: skip
    rows = learner.fit(X, y).history_[-1]["rows"]
    np.testing.assert_array_equal(learner.fit(X, y[:, None]).history_[-1]["rows"], rows)


def test_the_oracle_is_ahead_and_says_how_it_looked():
    results = small(
        {**BOTH, "Oracle": Oracle(15)}, data=load_digits(return_X_y=True), budget=40, seeds=3,
        holdout_size=200,
    )  # fmt: skip
    last = results[results["n_labelled"] == 40].groupby("strategy")["accuracy"].mean()
    assert last["Oracle"] > last["Random"]
    oracle = results[(results["strategy"] == "Oracle") & (results["round"] > 0)]
    assert (oracle["oracle_candidates"] == 15).all()
    assert (oracle["oracle_holdout"] == 200).all()
    advice = recommend(results)  # for people who do not know the labels
    assert "Oracle" not in {advice.strategy, *advice.level_with, *advice.ahead}


def test_an_oracle_looks_ahead():
    """The first of the pair that is best of all pairs, when all rows are candidates."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:70] / 16, y[:70]
    learner = ActiveLearner(
        MODEL, Oracle(100, lookahead=2), initial_size=20, replay_budget=21, validation_fraction=0.6,
        random_state=1,
    ).fit(X, y)  # fmt: skip
    status = learner._training.status
    holdout, first = np.flatnonzero(status == 4), learner.history_[0]["rows"]
    pool = np.setdiff1d(np.flatnonzero(status != 4), first)

    def right(*more):
        rows = np.sort([*first, *more])
        return MODEL.fit(X[rows], y[rows]).score(X[holdout], y[holdout])

    best = max(right(i, j) for i in pool for j in pool if i < j)
    picked = learner.history_[1]["rows"][0]
    assert max(right(picked, j) for j in pool if j != picked) == best


def test_an_oracle_without_labels():
    X, y = IRIS
    partly = np.where(np.arange(150) % 3 > 0, y, np.nan)
    learner = ActiveLearner(MODEL, Oracle(3), validation_fraction=0.2).fit(X, partly)
    with pytest.raises(ValueError, match="works in a replay only"):
        learner.query()


def fake(**leads):
    """Curves whose areas differ by a lead that varies a little from seed to seed."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        [
            {"data": "a", "estimator": "e", "strategy": name, "seed": seed, "round": i,
             "n_labelled": n, "accuracy": 0.5 + n / 100 + lead + noise, "imbalance": 0.0}
            for name, lead in leads.items()
            for seed in range(6)
            for noise in [rng.normal(scale=0.002)]
            for i, n in enumerate([10, 20, 30])
        ]
    )  # fmt: skip


def test_advice_is_sure_where_it_can_be():
    advice = recommend(fake(Random=0, Good=0.05, AsGood=0.0499, Bad=-0.1))
    assert advice.strategy in {"Good", "AsGood"}
    assert advice.reliable
    assert set(advice.level_with) == {"Good", "AsGood"} - {advice.strategy}
    assert f"Use {advice.strategy}: +0.05" in str(advice)
    assert "fewer than Random" in str(advice)


def test_the_best_of_many_is_not_better_by_chance():
    rng = np.random.default_rng(0)
    sure = 0
    for _ in range(60):
        alike = fake(**{name: 0 for name in ["Random", *"ABCDEFGHIJ"]})
        chance = alike.groupby(["strategy", "seed"])["accuracy"].transform("size")
        alike["accuracy"] += np.repeat(rng.normal(scale=0.01, size=len(chance) // 3), 3)
        sure += recommend(alike).reliable
    assert sure / 60 <= 0.1


def test_advice_on_what_was_not_compared():
    both = pd.concat([fake(Random=0, A=0.1), fake(Random=0, B=0.1).assign(data="b")])
    with pytest.raises(ValueError, match="every data set"):
        recommend(both)
    seeds = pd.concat(
        [fake(Random=0, A=0.1), fake(Random=0, A=0.1).query("seed < 3").assign(data="b")]
    )
    with pytest.raises(ValueError, match="different seeds"):
        recommend(seeds)


def test_advice_is_unsure_where_it_must_be():
    advice = recommend(fake(Random=0, Good=0.0005))
    assert not advice.reliable
    assert "No strategy is reliably ahead of Random" in str(advice) or "as good as any" in str(
        advice
    )
    with pytest.raises(ValueError, match="One seed says nothing"):
        recommend(fake(Random=0, A=1).query("seed == 0"))
    with pytest.raises(ValueError, match="against='random'"):
        recommend(fake(Random=0, A=1), against="random")


def test_entropy_and_margin_are_one_for_two_classes():
    X, y = make_classification(300, random_state=1)
    results = small({"Margin": Margin(), "Entropy": Entropy()}, data=(X, y), seeds=3)
    margin, entropy = (results[results["strategy"] == name] for name in ("Margin", "Entropy"))
    assert margin["rows"].map(set).tolist() == entropy["rows"].map(set).tolist()
