"""The labelled rows of a pool, exported."""

import json

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("pyarrow")
import pyarrow as pa
from pyarrow import parquet

from skal.labelling import Answer, Store, StoreError
from tests.labelling.test_pool_source import N, table


@pytest.fixture
def pool(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pool").mkdir()
    for i in range(3):
        parquet.write_table(table(N * i), f"pool/part-{i}.parquet", row_group_size=15)
    return tmp_path / "pool"


@pytest.fixture
def store(pool):
    with Store.create(pool / "*.parquet", label="kind", classes=["a", "b"], seed=0) as store:
        yield store


def exported(store, name="out.csv", **options):
    store.export(name, **options)
    return pd.read_csv(name) if name.endswith("csv") else pd.read_parquet(name)


def test_labelled_rows_with_their_places(store):
    for item, label in ((100, "a"), (42, "b"), (2, "a")):
        store.desk.record(Answer(item, 1, "label", label))
    out = exported(store)
    assert out.columns.tolist() == [
        "row", "file", "row_in_file", "skal_who", "skal_propensity", "text", "price", "day", "kind",
    ]  # fmt: skip
    assert out["row"].tolist() == [1, 41, 99]
    assert out["file"].tolist() == [f"pool/part-{i}.parquet" for i in range(3)]
    assert out["row_in_file"].tolist() == [1, 1, 19]
    assert out["text"].tolist() == ["text 1", "text 41", "text 99"]
    assert out["kind"].tolist() == ["a", "b", "a"]
    assert (out["skal_who"] == "owner").all()
    assert out["skal_propensity"].isna().all()


def test_the_probability_of_a_draw(store):
    store.desk.draw(1)
    (lease,) = store.desk.lease(1, "page", 1)
    store.desk.record(Answer(lease["item"], 1, "label", "a"))
    out = exported(store)
    n_left = int((~store.reserve()).sum())
    assert out["skal_propensity"].tolist() == [1 / n_left] == [store.events()["propensity"][0]]


def test_several_people_and_ties(store):
    store.set_overlap(2)
    kim = store.team.add("Kim")
    for item, labels in ((2, "ab"), (3, "aa")):
        for who, label in zip((1, kim), labels):
            store.desk.record(Answer(item, who, "label", label))
    out = exported(store)
    assert out["skal_who"].tolist() == ["owner, Kim"] * 2
    assert out["kind"].fillna("").tolist() == ["", "a"]


def test_skips_and_what_was_undone_are_left_out(store):
    store.desk.record(Answer(2, 1, "skip"))
    done = store.desk.record(Answer(3, 1, "label", "a"))
    store.desk.undo(done.event, 1)
    assert len(exported(store)) == 0


def test_numbers(pool):
    with Store.create(pool, label="y", task="regression", seed=0) as store:
        store.desk.record(Answer(2, 1, "label", "1.5"))
        out = exported(store, "out.parquet")
    assert out["y"].tolist() == [1.5]
    assert out["price"].dtype == np.float64


def test_columns_of_the_same_names(tmp_path):
    (tmp_path / "p").mkdir()
    names = {"file": ["x", "y"], "row": [7, 8], "text": ["a", "b"]}
    parquet.write_table(pa.table(names), tmp_path / "p/a.parquet")
    with Store.create(tmp_path / "p", label="kind", classes=["a"], seed=0) as store:
        store.desk.record(Answer(2, 1, "label", "a"))
        out = exported(store, str(tmp_path / "out.csv"))
    assert out["skal_row"].tolist() == [1]
    assert out["row"].tolist() == [8]
    assert out["file"].str.endswith("a.parquet").all()


def test_the_log_and_tasks(store):
    store.desk.record(Answer(2, 1, "label", "a"))
    store.export("log.jsonl")
    with open("log.jsonl") as file:
        assert json.loads(file.read())["row"] == 1
    store.export("tasks.json")
    with open("tasks.json") as file:
        tasks = json.load(file)
    assert len(tasks) == 120
    assert tasks[1]["data"]["text"] == "text 1"


@pytest.mark.parametrize("name", ["pool/new.parquet", "pool/part-0.parquet"])
def test_no_file_of_the_pool_is_written(store, pool, name):
    before = {path.name: path.read_bytes() for path in pool.iterdir()}
    with pytest.raises(StoreError, match="would be a file of the pool"):
        store.export(name, force=True)
    assert {path.name: path.read_bytes() for path in pool.iterdir()} == before
    store.export("pool/new.csv")  # which the glob does not match
