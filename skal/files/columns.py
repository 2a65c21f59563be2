"""Changes to two columns of a table file at once, one of which may be new."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skal.files.csv_file import CsvFile
from skal.files.kinds import kind_of, write_content

if TYPE_CHECKING:
    from skal.files.parquet_file import ParquetFile
    from skal.files.workbook import Workbook


def with_texts(
    file: "CsvFile | ParquetFile | Workbook",
    position: int,
    cells: Mapping[int, Any],
    name: str,
    texts: Mapping[int, str],
    ending: str,
) -> bytes:
    """Return the content of a file with cells of one column, and texts in the column `name`.

    If the file has no such column, it is added.  Each step is read back: if anything else differs,
    a ValueError is raised.  `ending` is that of the file's name, which determines its kind.
    """
    with tempfile.TemporaryDirectory() as folder:
        first, second, third = (Path(folder) / f"{i}{ending}" for i in range(3))
        if cells:
            file.write(first, position, cells)
            file.check(first, position, cells)
            file = _opened(first)
        names = [one.strip() for one in file.names]
        if name not in names:
            file = _with_column(file, second, name)
        place = names.index(name) if name in names else len(names)
        file.write(third, place, texts)
        file.check(third, place, texts)
        return third.read_bytes()


def _opened(path):
    """Parse the content as a file of its kind."""
    if kind_of(path) == "parquet":
        from skal.files.parquet_file import ParquetFile

        return ParquetFile(path)
    if kind_of(path) == "workbook":
        from skal.files.workbook import Workbook

        return Workbook(path)
    return CsvFile.read(path)


def _with_column(file, path, name):
    """Return the file with an empty text column added at the end, and no other change."""
    if isinstance(file, CsvFile):
        wider = file.with_column(name)
        write_content(path, wider.encoding.encoded(wider.text))
        for position in range(len(file.names)):
            if wider.column(position) != file.column(position):
                raise ValueError(f"with column {name!r} added, its other cells would differ")
        return CsvFile.read(path)
    return file.with_column(path, name)
