"""The source's file with its label cells filled in; every other byte or value stays."""

from pathlib import Path
from typing import Any

import numpy as np

from skal.files.csv_file import CsvFile
from skal.labelling.reading import CsvSource, ending
from skal.labelling.source import Source

ANEW = "The table is written anew, because {}: quotes and types of other cells may change."


def keeps(source: Source, path: Path) -> bool:
    """Return whether a file of this name has the format of the source."""
    kinds = [{".pq": ".parquet"}.get(ending(one), ending(one)) for one in (source.path, path)]
    return kinds[0] == kinds[1] and kinds[0] in (".csv", ".tsv", ".parquet", ".xlsx")


def rewrite(source: Source, y: np.ndarray, typed: Any, path: Path) -> str:
    """Write the source with the labels y; return why, if it has to be written anew.

    `typed` are the labels in the type of their column, where the file has types.
    """
    before = [cells.get(source.label, "") for cells, _, _ in source.records()]
    has_column = source.label in source.columns
    texts = [_text(value) for value in y.tolist()]
    changed = [row for row, text in enumerate(texts) if not _says(source, before[row], text)]
    if isinstance(source, CsvSource):
        return _rewrite_text(source, {row: texts[row] for row in changed}, len(y), path)
    cells = {row: typed[row] for row in changed}
    if ending(path) == ".xlsx":
        return _rewrite_workbook(source, cells, len(y), path)
    return _rewrite_parquet(source, cells if has_column else dict(enumerate(typed)), path)


def _text(value):
    """Convert a label to a cell of text; whole numbers have no decimal point."""
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _says(source, cell, text):
    """Return whether a cell already holds this label."""
    cell = cell.strip()
    if cell in source.missing or not text:
        return (cell in source.missing) == (not text)
    if cell == text:
        return True
    try:
        return float(cell) == float(text)
    except ValueError:
        return False


def _rewrite_text(source, cells, n, path):
    try:
        file = CsvFile.read(source.path)
    except ValueError as error:
        return ANEW.format(error)
    if [name.strip() for name in file.names] != source.columns or file.n_rows != n:
        return ANEW.format("two readers disagree on its rows")
    if source.label not in source.columns:
        file = file.with_column(source.label)
    position = [name.strip() for name in file.names].index(source.label)
    file.write(path, position, cells)
    file.check(path, position, cells)
    return ""


def _rewrite_workbook(source, cells, n, path):
    from skal.files.workbook import Workbook

    book = Workbook(source.path)
    names = [name.strip() for name in book.names]
    if source.label not in names:
        return ANEW.format(f"it has no column {source.label!r} yet")
    if len(book.rows) != n:
        return ANEW.format("it has empty rows")
    position = names.index(source.label)
    book.write(path, position, cells)
    book.check(path, position, cells)
    return ""


def _rewrite_parquet(source, cells, path):
    from skal.files.parquet_file import ParquetFile

    file = ParquetFile(source.path)
    names = [name.strip() for name in file.names]
    if source.label not in names:
        return ANEW.format(f"it has no column {source.label!r} yet")
    position = names.index(source.label)
    file.write(path, position, cells)
    file.check(path, position, cells)
    return ""
