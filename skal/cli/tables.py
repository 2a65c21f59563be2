"""Tables that people keep in files."""

import bz2
import csv
import gzip
import lzma
import warnings
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from skal.cli.cells import parsed
from skal.cli.labels import read_labels
from skal.cli.trouble import Trouble
from skal.cli.writing import PARQUET, check_parquet

COMPRESSED: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
# Of pandas too, where it parses; and what decompressors say of files that are broken off.
UNREADABLE = (ValueError, OSError, EOFError, lzma.LZMAError, zlib.error)


@dataclass(frozen=True)
class Table:
    """A file's columns as numbers and texts, and as they were written."""

    typed: Any
    written: Any
    label: str
    id: str | None
    separator: str

    @property
    def y(self) -> pd.Series:
        return self.typed[self.label]

    @property
    def inputs(self) -> pd.DataFrame:
        return self.typed.drop(columns=[self.label, *([self.id] if self.id else [])])


def read_table(
    path: str | Path, label: str, id: str | None = None, missing: Sequence[str] = ()
) -> Table:
    """The table in a CSV, TSV or Parquet file; `missing` are words that stand for no label."""
    path = Path(path)
    label, id = label.strip(), id and id.strip()
    if label == id:
        raise Trouble(f"--label and --id are both {label!r}: name two columns.")
    separator = ","
    try:
        if path.suffix.lower() in PARQUET:
            check_parquet()
            typed = written = pd.read_parquet(path)
        else:
            separator = _separator(path)
            typed = _read_csv(path, separator, "error")
            as_written = {"dtype": str, "keep_default_na": False}
            written = _read_csv(path, separator, "ignore", **as_written)
    except UnicodeError as error:
        raise Trouble(
            f"{path} cannot be read as a table: it is not in UTF-8. Save it as UTF-8 (of a "
            'spreadsheet: "CSV UTF-8").'
        ) from error
    except pd.errors.ParserWarning as error:
        raise Trouble(
            f"{path} cannot be read as a table: its rows have more cells than its header has "
            "names, and the last would be lost. Name each column."
        ) from error
    except UNREADABLE as error:
        why = " ".join(str(error).split())
        raise Trouble(f"{path} cannot be read as a table: {why}") from error
    if typed.empty:
        raise Trouble(f"{path} has no rows.")
    decimals = ",." if separator == ";" else ".,"
    typed, written = (_with_clean_names(frame, path) for frame in (typed, written))
    for column in [label, *([id] if id else [])]:
        if column not in typed.columns:
            there = ", ".join(typed.columns)
            raise Trouble(f"{path} has no column {column!r}: it has {there}.")
    y = read_labels(written[label], decimals, missing)
    inputs = typed.columns.difference([label, *([id] if id else [])])
    typed = typed.assign(**{name: parsed(typed[name], decimals) for name in inputs})
    return Table(typed.assign(**{label: y}), written, label, id, separator)


def unused(name: str, frame: pd.DataFrame) -> str:
    """The name of a new column, other than those there are."""
    while name in frame.columns:
        name = f"skal_{name}"
    return name


def name_of(path: str | Path) -> str:
    """people for people.csv and people.csv.gz."""
    path = Path(path)
    return Path(path.stem).stem if path.suffix.lower() in COMPRESSED else path.stem


def _read_csv(path, separator, what_if_cells_are_lost, **options):
    """Columns by their names, not shifted where rows end with a separator."""
    with warnings.catch_warnings():
        warnings.simplefilter(what_if_cells_are_lost, pd.errors.ParserWarning)
        return pd.read_csv(path, sep=separator, index_col=False, low_memory=False, **options)


def _with_clean_names(frame, path):
    names = frame.columns.astype(str).str.strip()
    if names.has_duplicates:
        raise Trouble(f"{path} has several columns {names[names.duplicated()][0]!r}: rename them.")
    return frame.set_axis(names, axis=1)


def _separator(path: Path) -> str:
    """Comma, semicolon, tab or bar: what the first lines are cut by."""
    opened = COMPRESSED.get(path.suffix.lower(), open)
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        beginning = file.read(2**16)
    try:
        return csv.Sniffer().sniff(beginning.partition("\n")[0], delimiters=",;\t|").delimiter
    except csv.Error:  # a single column
        return ","
