"""Comparisons from end to end: the frame, its figures, workers, and what may be compared."""

import sys

import joblib
import numpy as np
import pytest
from pandas.testing import assert_frame_equal
from sklearn.datasets import load_digits, make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score
from sklearn.neighbors import KNeighborsClassifier

from skal.experiments import recommend
from skal.strategies import CoreSet, Diversify, Entropy, GreedySampling, Margin, Oracle, Random
from tests.experiments.small import BOTH, IRIS, MODEL, TIMES, small


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


def test_a_budget_beyond_the_labels_is_told_once_in_the_users_words():
    with pytest.warns(
        UserWarning, match="budget=500 is more than the 105 labels of 'iris'"
    ) as all_:
        results = small(data={"iris": IRIS}, seeds=2, budget=500, batch_size=40)
    assert len(all_) == 1
    assert all_[0].filename == small.__code__.co_filename
    assert results.groupby(["strategy", "seed"])["n_labelled"].max().unique().tolist() == [105]


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
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        there = small(results=tmp_path / "kept.jsonl")
    assert_frame_equal(small().drop(columns=TIMES), there.drop(columns=TIMES))
    assert len((tmp_path / "kept.jsonl").read_text().splitlines()) == 4


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
        ({"budget": 8}, ValueError, "The first batch of 8 random rows uses"),
        ({"strategies": ["Rondom"]}, ValueError, "no strategy Rondom: did you mean Random"),
        ({"batch_size": 2.5}, ValueError, "batch_size"),
        ({"initial_size": -1}, ValueError, "initial_size"),
        ({"test_size": 0}, ValueError, "test_size=0 must be"),
        ({"test_size": 148}, ValueError, "148 rows for evaluation, of 150"),
        ({"test_size": 0.99}, ValueError, "148 rows for evaluation, of 150"),
        ({"seeds": [0.5]}, ValueError, "list of different whole numbers"),
        ({"seeds": [2**32]}, ValueError, "list of different whole numbers"),
        ({"estimators": LogisticRegression}, TypeError, "is a class"),
        ({"strategies": {1: Random(), "1": Margin()}}, ValueError, "would have the same name"),
        ({"strategies": {"A": GreedySampling("outputs")}}, ValueError, "needs a regressor"),
        ({"data": [IRIS, IRIS]}, TypeError, "several data sets by name"),
        ({"scoring": {"round": "accuracy"}}, ValueError, r"\['round'\] are names of columns"),
        ({"holdout_size": 1.5}, ValueError, "holdout_size=1.5 must be"),
        ({"scoring": []}, ValueError, "scoring is empty"),
        ({"n_jobs": 0}, ValueError, "n_jobs=0 must be the number of parallel replays"),
        ({"n_jobs": True}, ValueError, "n_jobs=True must be"),
        ({"n_jobs": 1.5}, ValueError, r"n_jobs=1\.5 must be"),
        ({"strategies": lambda state, n: None}, ValueError, r"called with the state alone"),
        ({"strategies": Margin}, TypeError, "is a class"),
        ({"scoring": "brilliance"}, ValueError, "brilliance"),
        ({"strategies": {"A": Oracle(3)}}, ValueError, "set holdout_size="),
    ],
)
def test_errors_say_what_is_wrong(arguments, error, message):
    with pytest.raises(error, match=message):
        small(**arguments)


@pytest.mark.parametrize(("module", "extra"), [("pandas", "experiments"), ("rich", "experiments")])
def test_what_is_not_installed(monkeypatch, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"skal\[{extra}\]"):
        small(progress=True)


def test_the_oracle_is_ahead_and_says_how_it_looked():
    X, y = load_digits(return_X_y=True)
    results = small(
        {**BOTH, "Oracle": Oracle(15)}, KNeighborsClassifier(1), (X[:600], y[:600]), seeds=3,
        holdout_size=200,
    )  # fmt: skip
    last = results[results["n_labelled"] == 24].groupby("strategy")["accuracy"].mean()
    assert last["Oracle"] > last["Random"]
    oracle = results[(results["strategy"] == "Oracle") & (results["round"] > 0)]
    assert (oracle["oracle_candidates"] == 15).all()
    assert (oracle["oracle_holdout"] == 200).all()
    advice = recommend(results)  # for people who do not know the labels
    assert "Oracle" not in {advice.strategy, *advice.level_with, *advice.ahead}


def test_entropy_and_margin_are_one_for_two_classes():
    X, y = make_classification(300, random_state=1)
    results = small({"Margin": Margin(), "Entropy": Entropy()}, data=(X, y), seeds=3)
    margin, entropy = (results[results["strategy"] == name] for name in ("Margin", "Entropy"))
    assert margin["rows"].map(set).tolist() == entropy["rows"].map(set).tolist()
