"""Tables that people keep in files."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.utils.multiclass import type_of_target

from skal.cli.trouble import Trouble
from skal.cli.writing import whole

PARQUET = (".parquet", ".pq")


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
    try:
        if path.suffix.lower() in PARQUET:
            typed = written = pd.read_parquet(path)
        else:
            separator = _separator(path)
            typed = pd.read_csv(path, sep=separator, low_memory=False)
            written = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False)
    except ImportError as error:
        raise Trouble('Parquet files need pip install "skal[parquet]".') from error
    except (ValueError, OSError) as error:  # of pandas too: parsers, empty files, encodings
        raise Trouble(f"{path} cannot be read as a table: {error}") from error
    for column in [label, *([id] if id else [])]:
        if column not in typed.columns:
            there = ", ".join(map(str, typed.columns))
            raise Trouble(f"{path} has no column {column!r}: it has {there}.")
    if typed[label].isna().all():
        raise Trouble(
            f"No label is filled in in column {label!r}: label some rows first, of two classes at "
            "least."
        )
    return Table(typed, written, label, id)


def task_of(y) -> str:
    """What to predict: "regression" for numbers that are not whole, else "classification"."""
    continuous = type_of_target(y.dropna().to_numpy()) == "continuous"
    return "regression" if continuous else "classification"


def labels(table: Table, task: str):
    """Labels as an array that a learner reads: objects with None, or floats with NaN."""
    y = table.y
    if task == "regression":
        if not pd.api.types.is_numeric_dtype(y):
            raise Trouble(f"Column {table.label!r} holds {y.dropna().iloc[0]!r}, not numbers.")
        return y.to_numpy(dtype=float, na_value=float("nan"))
    y = y.convert_dtypes()  # whole numbers among missing ones are not floats
    return y.astype(object).where(y.notna(), None).to_numpy()


def write_table(frame, path) -> None:
    """A frame as CSV or Parquet, by the name of the file."""
    with whole(path) as unfinished:
        if Path(path).suffix.lower() in PARQUET:
            frame.to_parquet(unfinished, index=False)
        else:
            frame.to_csv(unfinished, index=False)


def _separator(path) -> str:
    """Comma, semicolon, tab or bar: what the first lines are cut by."""
    with open(path, encoding="utf-8", newline="") as file:
        beginning = file.read(2**16)
    try:
        return csv.Sniffer().sniff(beginning.partition("\n")[0], delimiters=",;\t|").delimiter
    except csv.Error:  # a single column
        return ","
