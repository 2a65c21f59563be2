"""Read tables from files."""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from skal.cli.cells import parsed
from skal.cli.dates import doubtful_dates
from skal.cli.draws import COLUMN, of_a_pool, without
from skal.cli.labels import MISSING, read_labels
from skal.cli.trouble import Trouble
from skal.cli.writing import check_readable
from skal.files.csv_file import CsvFile
from skal.files.kinds import BROKEN, kind_of, stem_of

if TYPE_CHECKING:
    from skal.files.parquet_file import ParquetFile
    from skal.files.workbook import Workbook

ROUND = re.compile(r"-(\d{1,3})$")
UNREADABLE = (*BROKEN, zipfile.BadZipFile, KeyError)  # the last two of workbooks


@dataclass(frozen=True)
class Table:
    """The columns of a file, as numbers and texts and as they were written.

    `file` is the file that can be written with other labels, and `notes` what to tell of it.
    `missing` are the words for no label yet, `skip` those of somebody who could not tell, and
    `skipped` the rows that hold one of these.
    """

    typed: Any
    written: Any
    label: str
    id: str | None
    separator: str
    file: "CsvFile | ParquetFile | Workbook"
    skipped: np.ndarray
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()

    @property
    def y(self) -> pd.Series:
        return self.typed[self.label]

    @property
    def inputs(self) -> pd.DataFrame:
        own = [self.label, *([self.id] if self.id else [])]
        return self.typed[without(self.typed.columns)].drop(columns=own, errors="ignore")

    @property
    def position(self) -> int:
        """Position of the label column in the file, counted from 0."""
        return [name.strip() for name in self.file.names].index(self.label)

    def relabelled(self, cells: Mapping[int, Any]) -> "Table":
        """Replace the labels of some rows."""
        if not cells:
            return self
        written = _with_cells(self.written[self.label], cells)
        y, skipped = _read(
            _labels(written, written.infer_objects()), self.separator, self.missing, self.skip
        )
        return replace(
            self,
            typed=self.typed.assign(**{self.label: y}),
            written=self.written.assign(**{self.label: written}),
            skipped=skipped,
        )


def read_table(
    path: str | Path,
    label: str,
    id: str | None = None,
    missing: Sequence[str] = (),
    skip: Sequence[str] = (),
) -> Table:
    """Read the table in a CSV, TSV, Parquet or Excel file.

    `missing` are words for no label yet, `skip` those of somebody who could not tell.
    """
    path = Path(path)
    label, id = label.strip(), id and id.strip()
    if label == id:
        raise Trouble(f"--label and --id are both {label!r}: give two different columns.")
    if COLUMN in (label, id):
        raise Trouble(f"Column {COLUMN!r} is skal's own: it says how a row was chosen.")
    file, typed, written, notes = _from_file(path)
    if typed.empty:
        raise Trouble(f"{path} has no rows.")
    separator = file.dialect.separator.decode() if isinstance(file, CsvFile) else ","
    typed, written = (_with_clean_names(frame, path) for frame in (typed, written))
    _check_columns(path, file, written, label, id, notes)
    y, skipped = _read(_labels(written[label], typed[label]), separator, missing, skip)
    inputs = typed.columns.difference([label, COLUMN, *([id] if id else [])], sort=False)
    notes += doubtful_dates(typed[inputs])
    if places := [name for name in of_a_pool(typed) if name not in (label, id)]:
        notes.append(f"Not used, since skal wrote them: {', '.join(places)}.")
    columns = {name: parsed(typed[name], _decimals(separator)) for name in inputs}
    typed = typed.assign(**columns, **{label: y})
    told = tuple(notes), tuple(missing), tuple(skip)
    return Table(typed, written, label, id, separator, file, skipped, *told)


def read_cells(path: str | Path) -> pd.DataFrame:
    """Read all columns of a file as they are written."""
    return _with_clean_names(_from_file(Path(path))[2], path)


def unused(name: str, frame: pd.DataFrame) -> str:
    """Make a name for a new column that the frame does not have."""
    while name in frame.columns:
        name = f"skal_{name}"
    return name


def successor(path: str | Path) -> str:
    """Make the name of the next file: people-2.csv for people.csv, then people-3.csv."""
    path = Path(path)
    stem, ending = stem_of(path), path.name[len(stem_of(path)) :]
    found = ROUND.search(stem)
    number, stem = (int(found[1]), stem[: found.start()]) if found else (1, stem)
    while (new := path.with_name(f"{stem}-{number + 1}{ending}")).exists():
        number += 1
    return str(new)


def name_of(path: str | Path) -> str:
    """Return the name of a file without its endings: people for people.csv.gz."""
    return stem_of(path)


def _from_file(path):
    """Read a file: its columns as numbers and texts, as written, and notes for the user."""
    check_readable(path)
    try:
        return READERS[kind_of(path)](path)
    except UNREADABLE as error:
        why = " ".join(str(error).split())
        raise Trouble(f"{path} cannot be read as a table: {why}") from error


def _from_text(path):
    """Read a separated text with pandas, and check it against our own reading."""
    file, notes = CsvFile.read(path), []
    if not file.names:
        raise ValueError("it is empty")
    row, n_cells = file.longest_row()
    if n_cells:
        raise ValueError(
            f"row {row} (counted from 0) has {n_cells} cells, more cells than its header has names "
            f"({len(file.names)}), and the last would be lost. Name each column."
        )
    if note := file.encoding.note(path):
        notes.append(note)
    typed = _read_csv(file)
    written = _read_csv(file, dtype=str, keep_default_na=False).fillna("")
    if len(written) != file.n_rows:
        raise ValueError(f"it has {len(written)} or {file.n_rows} rows, by how its quotes are read")
    return file, typed, written, notes


def _from_parquet(path):
    from skal.files.parquet_file import ParquetFile

    frame = pd.read_parquet(path)
    return ParquetFile(path), frame, frame, []


def _from_workbook(path):
    from skal.files.workbook import Workbook

    file, notes = Workbook(path), []
    if len(file.sheets) > 1 and not file.rows:
        raise Trouble(
            f"The first sheet of {path}, {file.sheets[0]!r}, has no rows: move the sheet with the "
            "table to the front."
        )
    if len(file.sheets) > 1:
        others = ", ".join(file.sheets[1:])
        notes.append(f"Reading the first sheet of {path}, {file.sheets[0]}, and not {others}.")
    written = pd.DataFrame(file.rows, columns=_unique(file.names), dtype=object)
    return file, written.infer_objects(), written, notes


READERS = {"text": _from_text, "parquet": _from_parquet, "workbook": _from_workbook}


def _read_csv(file, **options):
    frame = pd.read_csv(
        io.BytesIO(file.plain()),
        sep=file.dialect.separator.decode(),
        index_col=False,
        low_memory=False,
        **options,
    )
    return frame.set_axis(_unique(file.names), axis=1)


def _unique(names):
    """Make unique column names as pandas does: a, a.1, and Unnamed: 0 for an empty one."""
    names = [name or f"Unnamed: {i}" for i, name in enumerate(names)]
    used, made = set(names), []
    times: Counter[str] = Counter()
    for name in names:
        new = name
        while times[name] and new in used:
            new, times[name] = f"{name}.{times[name]}", times[name] + 1
        times[name] = max(times[name], 1)
        used.add(new)
        made.append(new)
    return made


def _read(labels, separator, missing, skip):
    """Read the labels, and find the rows that hold a skip word."""
    if both := set(missing) & set(skip):
        raise Trouble(
            f"{min(both)!r} cannot be a word of both --missing (such rows can be chosen) and "
            "--skip-word (they are not)."
        )
    if set(MISSING) & set(skip):
        raise Trouble(
            "Empty cells and nan mean that there is no label yet: use another --skip-word."
        )
    decimals = _decimals(separator)
    y = read_labels(labels, decimals, [*missing, *skip])
    answered = read_labels(labels, decimals, missing) if skip else y
    return y, (answered.notna() & y.isna()).to_numpy()


def _decimals(separator):
    """Return the decimal marks to try, the likelier first."""
    return ",." if separator == ";" else ".,"


def _with_cells(column, cells):
    """Replace cells of a column, and keep its type."""
    rows, values = list(cells), list(cells.values())
    new = column.astype(object).copy()
    new.iloc[rows] = values
    if isinstance(column.dtype, pd.CategoricalDtype):
        return new  # which may have got another category
    try:
        typed = new.astype(column.dtype)
        odd = [value for now, value in zip(typed.iloc[rows].tolist(), values) if now != value]
    except (TypeError, ValueError):
        odd = values
    if odd:
        told = " or ".join(sorted(set(map(repr, odd))))
        raise Trouble(f"{told} cannot be in column {column.name!r}, of type {column.dtype}.")
    return typed


def _labels(written, typed):
    """Return a column of labels as texts if any is a text, else as typed."""
    if not pd.api.types.is_object_dtype(written):
        return written
    if not written.map(lambda cell: isinstance(cell, str)).any():
        return typed
    return written.map(str, na_action="ignore")


def _with_clean_names(frame, path):
    names = frame.columns.astype(str).str.strip()
    if names.has_duplicates:
        raise Trouble(f"{path} has several columns {names[names.duplicated()][0]!r}: rename them.")
    return frame.set_axis(names, axis=1)


def _check_columns(path, file, frame, label, id, notes):
    """Raise an error if a column is missing or ambiguous."""
    times = Counter(name.strip() for name in file.names)
    for column in (label, id):
        if column and column not in frame.columns:
            there = ", ".join(frame.columns)
            raise Trouble(" ".join([f"{path} has no column {column!r}: it has {there}.", *notes]))
        if times[column] > 1:
            raise Trouble(f"{path} has {times[column]} columns {column!r}: rename one.")
    if not times[label]:
        raise Trouble(f"{path} has no name over column {label!r}: write one into its header.")
    if isinstance(file, CsvFile):
        position = [name.strip() for name in file.names].index(label)
        if frame[label].tolist() != file.column(position):
            raise Trouble(f"{path} has quotes that can be read in two ways: save it again.")
