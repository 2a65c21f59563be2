"""Tables that people keep in files."""

import bz2
import csv
import gzip
import lzma
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.utils.multiclass import type_of_target

from skal._labels import MISSING_WORDS
from skal.cli.cells import parsed
from skal.cli.trouble import Trouble
from skal.cli.writing import PARQUET, check_parquet

COMPRESSED = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
# Of pandas too, where it parses; and what decompressors say of files that are broken off.
UNREADABLE = (ValueError, OSError, EOFError, lzma.LZMAError, zlib.error)
MISSING = ("", "nan", "NaN")  # of a label; None and NA may be classes
QUOTED = {word: repr(word) for word in MISSING_WORDS}  # which a learner takes for missing
MANY = 20  # whole numbers, most of them once: hardly classes


@dataclass(frozen=True)
class Table:
    """A file's columns as numbers and texts, and as they were written."""

    typed: Any
    written: Any
    label: str
    id: str | None

    @property
    def y(self):
        return self.typed[self.label]

    @property
    def inputs(self):
        return self.typed.drop(columns=[self.label, *([self.id] if self.id else [])])


def read_table(path, label: str, id: str | None = None) -> Table:
    """The table in a CSV, TSV or Parquet file; some of its labels must be filled in."""
    path = Path(path)
    label, id = label.strip(), id and id.strip()
    if label == id:
        raise Trouble(f"--label and --id are both {label!r}: name two columns.")
    decimals = ".,"
    try:
        if path.suffix.lower() in PARQUET:
            check_parquet()
            typed = written = pd.read_parquet(path)
        else:
            separator = _separator(path)
            decimals = ",." if separator == ";" else decimals
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
    typed, written = (_with_clean_names(frame, path) for frame in (typed, written))
    for column in [label, *([id] if id else [])]:
        if column not in typed.columns:
            there = ", ".join(typed.columns)
            raise Trouble(f"{path} has no column {column!r}: it has {there}.")
    y = _read_labels(written[label], decimals)
    if y.isna().all():
        raise Trouble(
            f"No label is filled in in column {label!r}: label some rows first, of two classes at "
            "least."
        )
    inputs = typed.columns.difference([label, *([id] if id else [])])
    typed = typed.assign(**{name: parsed(typed[name], decimals) for name in inputs})
    return Table(typed.assign(**{label: y}), written, label, id)


def task_of(y) -> str:
    """What to predict: "regression" for numbers that are not whole, else "classification"."""
    known = y.dropna()
    if type_of_target(known.to_numpy()) == "continuous":
        return "regression"
    if pd.api.types.is_numeric_dtype(y) and not pd.api.types.is_bool_dtype(y):
        times = known.value_counts()
        if len(times) > MANY and (times == 1).mean() > 0.5:
            raise Trouble(
                f"Column {y.name!r} holds {len(times)} different whole numbers, most of them once: "
                "say --task regression (or, if they are classes, --task classification)."
            )
    return "classification"


def labels(table: Table, task: str):
    """Labels as an array that a learner reads: objects with None, or floats with NaN."""
    y = table.y
    if task == "regression":
        if not pd.api.types.is_numeric_dtype(y):
            raise Trouble(f"Column {table.label!r} holds {y.dropna().iloc[0]!r}, not numbers.")
        return y.to_numpy(dtype=float, na_value=float("nan"))
    if y.nunique() < 2:
        raise Trouble(
            f"Only one class is known ({y.dropna().iloc[0]}), and labels of two are wanted: fill "
            f"in labels of a second class in column {table.label!r} first."
        )
    y = y.convert_dtypes()  # whole numbers among missing ones are not floats
    y = y.astype(object).where(y.notna(), None)
    return y.map(lambda known: QUOTED.get(known, known), na_action="ignore").to_numpy()


def name_of(path) -> str:
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


def _read_labels(y, decimals):
    """Labels without spaces around them; numbers where all of them are."""
    if isinstance(first := next(iter(y.dropna()), None), str):
        y = y.astype(object).map(lambda label: label.strip(), na_action="ignore")
        y = y.where(~y.isin(MISSING), None)
        numbers = pd.to_numeric(y, errors="coerce")
        if not (numbers.notna() == y.notna()).all():
            numbers = parsed(y, decimals, enough=1)
        y = numbers if pd.api.types.is_numeric_dtype(numbers) else y
    elif pd.api.types.is_datetime64_any_dtype(y):
        raise Trouble(f"Column {y.name!r} holds dates, which are neither classes nor numbers.")
    elif pd.api.types.is_object_dtype(y) and not pd.api.types.is_hashable(first):
        raise Trouble(f"Column {y.name!r} holds {type(first).__name__}s, not labels.")
    if pd.api.types.is_float_dtype(y) and y.isin([float("inf"), -float("inf")]).any():
        raise Trouble(f"Column {y.name!r} holds inf: leave that cell empty, or correct it.")
    return y


def _separator(path) -> str:
    """Comma, semicolon, tab or bar: what the first lines are cut by."""
    opened = COMPRESSED.get(path.suffix.lower(), open)
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        beginning = file.read(2**16)
    try:
        return csv.Sniffer().sniff(beginning.partition("\n")[0], delimiters=",;\t|").delimiter
    except csv.Error:  # a single column
        return ","
