"""Exports: the table with its labels, all events, and nothing replaced unasked."""

import json

import pandas as pd
import pytest

from skal.labelling import Answer, Store, StoreError


@pytest.fixture
def labelled(store):
    store.desk.draw(10)
    for item, value in ((1, "a"), (2, "b")):
        store.desk.record(Answer(item, 1, "label", value))
    store.desk.record(Answer(3, 1, "skip", reason="unclear"))
    return store


@pytest.mark.parametrize("ending", ["csv", "tsv", "csv.gz", "parquet", "xlsx"])
def test_the_table_with_its_labels(labelled, tmp_path, ending):
    pytest.importorskip({"parquet": "pyarrow", "xlsx": "openpyxl"}.get(ending, "pandas"))
    path = tmp_path / f"done.{ending}"
    assert labelled.export(path) == []
    read = {"parquet": pd.read_parquet, "xlsx": pd.read_excel}.get(ending)
    frame = read(path) if read else pd.read_csv(path, sep="\t" if ending == "tsv" else ",")
    assert frame.columns.tolist() == ["number", "text", "category"]
    assert frame["text"].tolist() == [f"text {i}" for i in range(40)]
    assert frame["category"][:3].tolist()[:2] == ["a", "b"]
    assert frame["category"].notna().sum() == 2


def test_the_export_is_the_file_that_was_bound(labelled, tmp_path, tickets):
    labelled.export(tmp_path / "done.csv")
    (tmp_path / "done.csv").replace(tickets)
    assert not labelled.changes()  # labels are no change of rows


def test_all_events(labelled, tmp_path):
    labelled.export(tmp_path / "log.jsonl")
    events = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [event["value"] for event in events] == ["a", "b", None]
    assert [event["row"] for event in events] == [0, 1, 2]
    assert events[2]["reason"] == "unclear"
    assert events[0]["holds"] is True


def test_nothing_is_replaced_unasked(labelled, tmp_path, tickets):
    before = tickets.read_bytes()
    with pytest.raises(StoreError, match="is the labelled file"):
        labelled.export(tickets)
    (tmp_path / "there.csv").write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        labelled.export(tmp_path / "there.csv")
    assert (tmp_path / "there.csv").read_text() == "mine"
    assert tickets.read_bytes() == before
    labelled.export(tmp_path / "there.csv", force=True)
    labelled.export(tickets, force=True)
    assert pd.read_csv(tickets)["category"].notna().sum() == 2


@pytest.mark.parametrize("name", ["done.doc", "done", "no folder/done.csv", "folder.csv"])
def test_places_that_cannot_be_written(labelled, tmp_path, name):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        labelled.export(tmp_path / name, force=True)
    assert not list(tmp_path.glob(".skal*"))


def test_cells_that_are_formulas_are_told_and_guarded(make, tmp_path):
    path = tmp_path / "risky.csv"
    path.write_text('text,category\n"=1+1",\n@x,\n-5,\nplain,\n')
    store = make(path, classes=["=evil"])
    store.desk.record(Answer(4, 1, "label", "=evil"))
    (warning,) = store.export(tmp_path / "exact.csv")
    assert "3 cells begin with" in warning
    assert (tmp_path / "exact.csv").read_text() == 'text,category\n"=1+1",\n@x,\n-5,\nplain,=evil\n'
    assert store.export(tmp_path / "safe.csv", spreadsheet_safe=True) == []
    assert (tmp_path / "safe.csv").read_text() == "text,category\n'=1+1,\n'@x,\n-5,\nplain,'=evil\n"


def test_whole_numbers_stay_whole(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "a.parquet"
    pd.DataFrame({"x": [2**53 + 1, 2, 3], "label": pd.array([1, None, 2], "Int64")}).to_parquet(
        path
    )
    with Store.create(path) as store:
        store.desk.record(Answer(2, 1, "label", "2"))
        store.export(tmp_path / "b.parquet")
        store.add_class("many")
        store.desk.record(Answer(2, 1, "label", "many"))
        with pytest.raises(StoreError, match="holds numbers, but a label is not a number"):
            store.export(tmp_path / "c.parquet")
    done = pd.read_parquet(tmp_path / "b.parquet")
    assert done["x"].tolist() == [2**53 + 1, 2, 3]
    assert done["label"].tolist() == [1, 2, 2]


def test_a_folder_is_exported_as_a_table(tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("hello")
    with Store.create(tmp_path / "texts", classes=["x"], audit_reserve=0) as store:
        store.desk.record(Answer(1, 1, "label", "x"))
        store.export(tmp_path / "done.csv")
    assert (tmp_path / "done.csv").read_text() == "file,label\na.txt,x\n"


def test_a_column_of_labels_that_was_not_there(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text\nhello\nworld\n")
    with Store.create(path, label="topic", classes=["x"], audit_reserve=0) as store:
        store.desk.record(Answer(2, 1, "label", "x"))
        store.export(tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_text() == "text,topic\nhello,\nworld,x\n"


def test_who_only_reads_can_export(labelled, tmp_path):
    with Store.open(labelled.folder, read_only=True) as other:
        other.export(tmp_path / "done.csv")
    assert pd.read_csv(tmp_path / "done.csv")["category"].notna().sum() == 2
