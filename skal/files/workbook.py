"""Excel workbooks, whose cells are replaced in place.

A workbook is an archive of XML files.  Only the cells of the labels are replaced in the XML of
their sheet: charts, images, macros, formats and all other sheets stay the same byte for byte.
"""

import posixpath
import re
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import column_index_from_string, get_column_letter

NAMES = {
    "main": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "of": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "rel": "http://schemas.openxmlformats.org/package/2006/relationships",
}
ROW = re.compile(rb'<row\b[^>]*?\br="(\d+)"[^>]*?(?:/>|>.*?</row>)', re.DOTALL)
CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]+)\d+"[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
STYLE = re.compile(rb'<c\b[^>]*?(\bs="\d+")')
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # in XML, even escaped
LONGEST = 32_767  # maximum length of a cell; openpyxl truncates longer texts silently


@dataclass(frozen=True)
class Workbook:
    """Represent the first sheet of a workbook: names in the first row, and non-empty rows."""

    path: Path

    @cached_property
    def _book(self) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about content that it would lose, and we keep
            return openpyxl.load_workbook(self.path, data_only=True)

    @cached_property
    def sheets(self) -> list[str]:
        """Return the sheets that contain cells; the first one is read."""
        return [sheet.title for sheet in self._book.worksheets]

    @cached_property
    def _lines(self) -> list[tuple[int, tuple]]:
        """Return the number and the values of each line that is not empty."""
        lines = self._book.worksheets[0].iter_rows(values_only=True)
        filled = enumerate(lines, start=1)
        return [(i, line) for i, line in filled if any(cell not in (None, "") for cell in line)]

    @property
    def n_columns(self) -> int:
        """Return the number of columns, up to the last one that is not empty."""
        lengths = (i for _, line in self._lines for i, cell in enumerate(line) if cell is not None)
        return max(lengths, default=-1) + 1

    @property
    def names(self) -> list[str]:
        """Return the names of the columns in the first line."""
        if not self._lines:
            return []
        return ["" if cell is None else str(cell) for cell in self._lines[0][1][: self.n_columns]]

    @property
    def rows(self) -> list[tuple]:
        """Return the values of the rows under the names; None for an empty cell."""
        n = self.n_columns
        return [line[:n] for _, line in self._lines[1:]]

    def write(self, path: str | Path, position: int, cells: Mapping[int, Any]) -> None:
        """Write the workbook with these cells of a column."""
        lines = {self._lines[row + 1][0]: cell for row, cell in cells.items()}
        with zipfile.ZipFile(self.path) as old, zipfile.ZipFile(path, "w") as new:
            sheet = _sheet(old)
            for item in old.infolist():
                content = old.read(item)
                if item.filename == sheet:
                    content = _with_cells(content, position + 1, lines)
                new.writestr(item, content)
            new.comment = old.comment

    def with_column(self, path: str | Path, name: str) -> "Workbook":
        """Write the workbook with one more, empty column named in its first line."""
        self.write(path, self.n_columns, {-1: name})
        other = Workbook(Path(path))
        wider = [[*row, None] for row in self.rows]
        if other.names != [*self.names, name] or [list(row) for row in other.rows] != wider:
            raise ValueError(f"the workbook read back is not the workbook with a column {name!r}")
        return other

    def check(self, path: str | Path, position: int, cells: Mapping[int, Any]) -> None:
        """Read back what was written; raise a ValueError if anything except these cells differs."""
        wanted = [list(row) for row in self.rows]
        for row, cell in cells.items():
            wanted[row][position] = cell
        other = Workbook(Path(path))
        with zipfile.ZipFile(self.path) as old, zipfile.ZipFile(path) as new:
            names = old.namelist()
            same = new.namelist() == names and all(
                new.read(name) == old.read(name) for name in names if name != _sheet(old)
            )
        if not same or other.names != self.names or [list(row) for row in other.rows] != wanted:
            raise ValueError("the workbook read back differs from the workbook with its new labels")


def write_rows(path: str | Path, names: list[str], rows: list[list[Any]]) -> None:
    """Return a new workbook; texts stay texts, including those that begin with =."""
    for text in (value for line in (names, *rows) for value in line if isinstance(value, str)):
        _checked(text)  # before openpyxl starts a sheet, which it would complain about
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("labels")
    for line in (names, *rows):
        sheet.append([_cell(sheet, value) for value in line])
    book.save(path)
    book.close()


def _cell(sheet, value):
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def _checked(text):
    """Return the text, if a cell of a workbook can contain it."""
    start = text if len(text) <= 40 else f"{text[:40]}…"
    if FORBIDDEN.search(text):
        raise ValueError(f"{start!r} contains characters that a workbook cannot contain")
    if len(text) > LONGEST:
        raise ValueError(
            f"{start!r} has {len(text):,} letters, and a cell of a workbook can contain {LONGEST:,}"
        )
    return text


def _sheet(archive):
    """Return the path in the archive of the first sheet that contains cells."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in relations.iterfind("rel:Relationship", NAMES)
        if relation.get("Type", "").endswith("/worksheet")
    }
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    for sheet in book.iterfind("main:sheets/main:sheet", NAMES):
        if target := targets.get(sheet.get(f"{{{NAMES['of']}}}id")):
            return posixpath.normpath(posixpath.join("xl", target)).lstrip("/")
    raise ValueError("its first sheet is not where Excel would store it: save it in Excel once")


def _with_cells(content, column, cells):
    """Return the XML of a sheet with some cells of a column replaced, by line number."""
    parts, begin, left = [], 0, dict(cells)
    for row in ROW.finditer(content):
        if (line := int(row[1])) in left:
            parts += [
                content[begin : row.start()],
                _with_cell(row[0], column, line, left.pop(line)),
            ]
            begin = row.end()
    if left:
        raise ValueError(f"line {min(left)} is not as Excel would store it: save it in Excel once")
    return b"".join([*parts, content[begin:]])


def _with_cell(row, column, line, value):
    """Return the XML of a row with one cell replaced or inserted."""
    start = end = len(row) - len(b"</row>")
    name, style = f"{get_column_letter(column)}{line}", b""
    for cell in CELL.finditer(row):
        there = column_index_from_string(cell[1].decode())
        if there < column:
            continue
        start, end = cell.start(), cell.start()
        if there == column:
            if b"<f" in cell[0]:
                raise ValueError(f"cell {name} contains a formula: replace it by its value first")
            end = cell.end()
            if found := STYLE.match(cell[0]):
                style = b" " + found[1]
        break
    return row[:start] + _as_xml(name, style, value) + row[end:]


def _as_xml(name, style, value):
    if isinstance(value, str):
        inside = f'<is><t xml:space="preserve">{escape(_checked(value))}</t></is>'
        kind = "inlineStr"
    elif isinstance(value, bool):
        kind, inside = "b", f"<v>{int(value)}</v>"
    else:
        kind, inside = "n", f"<v>{value!r}</v>"
    return b'<c r="%b"%b t="%b">%b</c>' % (name.encode(), style, kind.encode(), inside.encode())
