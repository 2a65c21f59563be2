"""Exports of the kind of the source: nothing changes but the label cells."""

import zipfile

import pandas as pd
import pytest

from skal.labelling import Answer, Store

ODD = (
    "\ufefftext;category ;price\r\n"
    '"a ""quoted"" one";;007\r\n'
    "two  ;x;1e5\r\n"
    "\r\n"
    "three; x ;1,50\r\n"
    "four;NA;+3\r\n"
    "five;"
)


def exported(path, out, labels, task="classification", **options):
    """Warnings of an export of a store with these labels by item."""
    with Store.create(path, label="category", task=task, audit_reserve=0, **options) as store:
        for item, value in labels.items():
            store.desk.record(Answer(item, 1, "label", value))
        return store.export(out)


def test_a_text_keeps_its_bytes(tmp_path):
    path, out = tmp_path / "odd.csv", tmp_path / "done.csv"
    path.write_bytes(ODD.encode())
    assert exported(path, out, {1: "x", 5: "ü;"}, missing=["NA"], classes=["ü;"]) == []
    wanted = ODD.replace('one";;007', 'one";x;007').replace("five;", 'five;"ü;"')
    assert out.read_bytes() == wanted.encode()


def test_a_column_that_was_not_there_is_added(tmp_path):
    path, out = tmp_path / "a.csv", tmp_path / "b.csv"
    path.write_bytes(b'"text","n"\r\n"one",1\r\n"two",2\r\n')
    assert exported(path, out, {2: "x"}, classes=["x"]) == []
    assert out.read_bytes() == b'"text","n",category\r\n"one",1,\r\n"two",2,x\r\n'


def test_numbers_that_hold_already_stay_as_they_are_written(tmp_path):
    path, out = tmp_path / "a.csv", tmp_path / "b.csv"
    path.write_text("text,category\none,1.50\ntwo,\nthree,\n")
    exported(path, out, {2: 3, 3: 0.1}, task="regression")
    assert out.read_text() == "text,category\none,1.50\ntwo,3\nthree,0.1\n"


def test_parquet_keeps_types_and_metadata(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    path, out = tmp_path / "a.parquet", tmp_path / "b.parquet"
    table = pa.table({
        "n": pa.array([1, None, 3], pa.int32()),
        "category": pa.array([None, "x", None], pa.large_string()),
    }).replace_schema_metadata({"mine": "kept"})  # fmt: skip
    pq.write_table(table, path)
    assert exported(path, out, {1: "x"}) == []
    done = pq.read_table(out)
    assert done.schema.equals(table.schema, check_metadata=True)
    assert done["n"].equals(table["n"])
    assert done["category"].to_pylist() == ["x", "x", None]


def test_a_workbook_keeps_its_other_parts(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    path, out = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    book = openpyxl.Workbook()
    for line in (["text", "category"], ["one", None], ["two", "x"]):
        book.active.append(line)
    book.create_sheet("notes").append(["mine"])
    book.save(path)
    assert exported(path, out, {1: "x"}) == []
    assert pd.read_excel(out)["category"].tolist() == ["x", "x"]
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out) as new:
        assert new.read("xl/worksheets/sheet2.xml") == old.read("xl/worksheets/sheet2.xml")


def test_what_cannot_be_kept_is_told(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    for line in (["text"], ["one"], ["two"]):
        book.active.append(line)
    book.save(path)
    (warning,) = exported(path, tmp_path / "b.xlsx", {1: "x"}, classes=["x"])
    assert "no column 'category' yet" in warning
    assert pd.read_excel(tmp_path / "b.xlsx")["category"].tolist()[0] == "x"


def test_the_label_of_a_file_that_was_undone_is_emptied(tmp_path):
    path, out = tmp_path / "a.csv", tmp_path / "b.csv"
    path.write_text("text,category\none,x\ntwo,y\n")
    with Store.create(path, label="category", audit_reserve=0) as store:
        store.desk.undo(1, 1)
        store.export(out)
    assert out.read_text() == "text,category\none,\ntwo,y\n"
