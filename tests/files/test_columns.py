"""Two columns of a user's table written at once."""

import io

import pandas as pd
import pytest

from skal.files.columns import with_texts
from skal.files.csv_file import CsvFile


def test_a_text_keeps_all_other_bytes():
    content = b'\xef\xbb\xbfa;"y"\r\n"x\ry";"u"\r\n\r\n3;\r\n'
    file = CsvFile.of(content)
    made = with_texts(file, 1, {1: "v"}, "how", {1: "random; so"}, ".csv")
    assert made == b'\xef\xbb\xbfa;"y";how\r\n"x\ry";"u";\r\n\r\n3;"v";"random; so"\r\n'
    again = with_texts(CsvFile.of(made), 1, {}, "how", {0: "later"}, ".csv")
    assert again == made.replace(b'"u";\r\n', b'"u";"later"\r\n')


def frame():
    table = pd.DataFrame({"a": [1, 2, 3], "y": ["u", None, None]})
    return table.assign(when=pd.Timestamp("2024-03-01"), kind=pd.Categorical(["p", "q", "p"]))


def test_a_parquet_file_keeps_its_types(tmp_path):
    pytest.importorskip("pyarrow")
    from skal.files.parquet_file import ParquetFile

    frame().to_parquet(tmp_path / "t.parquet", row_group_size=2, compression="gzip")
    for _ in range(2):
        file = ParquetFile(tmp_path / "t.parquet")
        content = with_texts(file, 1, {2: "v"}, "how", {0: "random"}, ".parquet")
        (tmp_path / "t.parquet").write_bytes(content)
    made = pd.read_parquet(io.BytesIO(content))
    pd.testing.assert_frame_equal(made.drop(columns=["how", "y"]), frame().drop(columns="y"))
    assert made["y"].tolist()[::2] == ["u", "v"]
    assert made["how"].tolist()[0] == "random"
    assert made["how"].isna().tolist() == [False, True, True]


def test_a_parquet_file_that_pandas_did_not_write(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    from skal.files.parquet_file import ParquetFile

    pq.write_table(pa.table({"a": [1, 2], "y": ["u", None]}), tmp_path / "t.parquet")
    file = ParquetFile(tmp_path / "t.parquet")
    content = with_texts(file, 1, {}, "how", {1: "random"}, ".parquet")
    assert pq.read_table(io.BytesIO(content))["how"].to_pylist() == [None, "random"]


def test_a_workbook_keeps_its_sheets(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    from skal.files.workbook import Workbook

    with pd.ExcelWriter(tmp_path / "t.xlsx") as writer:
        frame().to_excel(writer, sheet_name="one", index=False)
        frame().to_excel(writer, sheet_name="two", index=False)
    for _ in range(2):
        file = Workbook(tmp_path / "t.xlsx")
        content = with_texts(file, 1, {2: "v"}, "how", {0: "random", 2: "strategy"}, ".xlsx")
        (tmp_path / "t.xlsx").write_bytes(content)
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == ["one", "two"]
    rows = list(book["one"].iter_rows(values_only=True))
    assert [row[-1] for row in rows] == ["how", "random", None, "strategy"]
    assert [row[1] for row in rows] == ["y", "u", None, "v"]
    assert book["two"].max_column == 4
