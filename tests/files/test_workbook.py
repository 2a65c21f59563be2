"""Workbooks, of which the label cells change and nothing else."""

import datetime
import zipfile

import pytest

pytest.importorskip("openpyxl")

import openpyxl
from openpyxl.chart import BarChart, Reference

from skal.files.workbook import Workbook, write_rows


def make(path, rows, **cells):
    """A workbook with formats, a chart, a second sheet and these cells."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for name, value in cells.items():
        sheet[name] = value
    sheet["A1"].font = openpyxl.styles.Font(bold=True)
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=3))
    sheet.add_chart(chart, "F2")
    sheet.conditional_formatting.add("A2:A9", openpyxl.formatting.rule.CellIsRule("equal", ["1"]))
    book.create_sheet("notes")["A1"] = "stays"
    book.save(path)
    return Workbook(path)


ROWS = [["a", "label", "when"], [1, "low", datetime.datetime(2024, 3, 1)], [2.5, None, None]]


def test_all_but_the_labels_stays(tmp_path):
    file = make(tmp_path / "old.xlsx", ROWS, A6="after a gap", C6=True)
    assert file.names == ["a", "label", "when"]
    assert file.rows[2] == ("after a gap", None, True)
    assert file.sheets == ["Sheet", "notes"]
    cells = {0: "high", 1: "<é & x>", 2: 3.5}
    file.write(tmp_path / "new.xlsx", 1, cells)
    file.check(tmp_path / "new.xlsx", 1, cells)
    with (
        zipfile.ZipFile(tmp_path / "old.xlsx") as old,
        zipfile.ZipFile(tmp_path / "new.xlsx") as new,
    ):
        assert old.namelist() == new.namelist()
        changed = [name for name in old.namelist() if old.read(name) != new.read(name)]
        assert changed == ["xl/worksheets/sheet1.xml"]
        assert b"<drawing" in new.read(*changed)
    books = [openpyxl.load_workbook(tmp_path / name) for name in ("old.xlsx", "new.xlsx")]
    for row in books[0].active.iter_rows():
        for cell in row:
            now = books[1].active[cell.coordinate]
            if cell.coordinate in ("B2", "B3", "B6"):
                continue
            assert (now.value, now.number_format, now.font.b) == (cell.value, cell.number_format, cell.font.b)  # fmt: skip
    assert [books[1].active[name].value for name in ("B2", "B3", "B6")] == ["high", "<é & x>", 3.5]


def test_a_difference_is_found(tmp_path):
    file = make(tmp_path / "old.xlsx", ROWS)
    make(tmp_path / "new.xlsx", ROWS, A2=7)
    with pytest.raises(ValueError, match="read back"):
        file.check(tmp_path / "new.xlsx", 1, {})


@pytest.mark.parametrize(
    ("cells", "label", "message"),
    [
        ({"B3": "=1+1"}, "low", "cell B3 contains a formula"),
        ({}, "a\x07", "a workbook cannot contain"),
    ],
)
def test_cells_that_cannot_be_written(tmp_path, cells, label, message):
    file = make(tmp_path / "old.xlsx", ROWS, **cells)
    with pytest.raises(ValueError, match=message):
        file.write(tmp_path / "new.xlsx", 1, {1: label})


@pytest.mark.parametrize(
    ("part", "old", "new", "message"),
    [
        ("xl/worksheets/sheet1.xml", b'<row r="3"', b"<row", "line 3 is not as Excel"),
        ("xl/_rels/workbook.xml.rels", b'/worksheet"', b'/other"', "first sheet is not where"),
    ],
)
def test_workbooks_of_another_make(tmp_path, part, old, new, message):
    file = make(tmp_path / "old.xlsx", ROWS)
    assert file.rows
    parts = {}
    with zipfile.ZipFile(tmp_path / "old.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(tmp_path / "old.xlsx", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(ValueError, match=message):
        file.write(tmp_path / "new.xlsx", 1, {1: "low"})


def test_texts_stay_texts_in_a_new_workbook(tmp_path):
    write_rows(tmp_path / "new.xlsx", ["a", "b"], [["=1+1", 2], ["007", None]])
    sheet = openpyxl.load_workbook(tmp_path / "new.xlsx").active
    assert [[cell.value for cell in row] for row in sheet] == [
        ["a", "b"],
        ["=1+1", 2],
        ["007", None],
    ]
    assert sheet["A2"].data_type == "s"


@pytest.mark.parametrize(
    ("text", "message"),
    [("a\x1f", "a workbook cannot contain"), ("z" * 32768, "32,768 letters, and a cell .* 32,767")],
)
def test_texts_that_no_new_workbook_can_hold(tmp_path, text, message):
    """openpyxl has an error of its own for the one, and cuts the other without a word."""
    for names, rows in ((["a"], [["b"], [text]]), ([text], [["b"]])):
        with pytest.raises(ValueError, match=message):
            write_rows(tmp_path / "new.xlsx", names, rows)
    write_rows(tmp_path / "new.xlsx", ["a"], [["z" * 32767]])
    assert len(Workbook(tmp_path / "new.xlsx").rows[0][0]) == 32767
