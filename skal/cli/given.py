"""Convert labels that somebody filled in to cells of the file."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pandas as pd

from skal.cli.labels import is_numeric
from skal.cli.tables import Table
from skal.cli.trouble import Trouble
from skal.files.csv_file import CsvFile
from skal.files.kinds import kind_of

WORDS = {"true": True, "false": False}


def given_labels(table: Table, filled: Table) -> list[Any]:
    """Convert the labels of an answer: to texts in a text file, else to values of its type."""
    there = filled.y.notna()
    return as_cells(table, filled.y[there], filled.written[filled.label][there], filled.skipped)


def as_cells(
    table: Table, y: pd.Series, written: Iterable[Any], skipped: Iterable[Any] = ()
) -> list[Any]:
    """Convert labels to cells of a file, given how they were written.

    A column of a Parquet file is of one type: of texts too where a word for `skipped` is one.
    """
    texts = [_text(cell) for cell in written]
    typed = _plain(y.convert_dtypes().astype(object).tolist())
    if isinstance(table.file, CsvFile):
        return _as_texts(table, y, texts, typed)
    known = _known(table)
    if not known:
        return texts if any(skipped) else typed
    if any(isinstance(label, str) for label in known):
        return texts
    if isinstance(known[0], Decimal):
        return [_decimal(text, known[0]) for text in texts]
    if isinstance(known[0], bool):
        return [_like(WORDS.get(text.lower(), text), known[0], bool) for text in texts]
    return [_like(value, known[0], int | float) for value in typed]


def skip_words(table: Table, filled: Table) -> list[Any]:
    """Convert the words for "cannot tell" to cells of a file."""
    texts = filled.written[filled.label][filled.skipped].map(_text).tolist()
    if isinstance(table.file, CsvFile):
        return texts
    known = _known(table)
    if not texts or not known or any(isinstance(label, str) for label in known):
        return texts
    numbers = [pd.to_numeric(text, errors="coerce") for text in texts]
    if is_typed(table) and (isinstance(known[0], bool) or np.isnan(numbers).any()):
        raise Trouble(
            f"Column {table.label!r} of a Parquet file holds labels such as {known[0]!r}, and "
            f"cannot hold {texts[0]!r}: use a --skip-word of this type (such as -1), or store "
            "its labels as texts."
        )
    return _plain([text if np.isnan(n) else n for text, n in zip(texts, numbers)])


def _known(table):
    """Return the labels as the file holds them, with skip words if the column is typed."""
    there = table.y.notna() | (table.skipped & is_typed(table))
    return _plain(table.written[table.label][there].tolist())


def is_typed(table: Table) -> bool:
    """Tell whether the file gives each column a type."""
    return not isinstance(table.file, CsvFile) and kind_of(table.file.path) == "parquet"


def _as_texts(table, y, texts, typed):
    """Write labels with the file's decimal mark and its words for true and false."""
    known = table.y.dropna()
    if len(known) and is_numeric(known) and is_numeric(y):
        mark = "," if table.written[table.label].str.contains(",").any() else "."
        return [_number(text, value, mark) for text, value in zip(texts, typed)]
    words = set(table.written[table.label][table.y.notna()].str.strip())
    if not words or not all(word.lower() in WORDS for word in words):
        return texts
    example = next(iter(words))
    style = str.upper if example.isupper() else str.title if example.istitle() else str.lower
    return [style(text) if text.lower() in WORDS else text for text in texts]


def _number(text, value, mark):
    """Write a number with a decimal mark; keep it as typed if it has that mark."""
    other = "." if mark == "," else ","
    return text if other not in text else str(value).replace(".", mark)


def _like(value, known, kind):
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise Trouble(f"Label {value!r} is not of the type of the other labels, such as {known!r}.")
    return value


def _decimal(text, known):
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise Trouble(
            f"Label {text!r} is not of the type of the other labels, such as {known}."
        ) from error


def _text(cell):
    """Write a label as it was typed, whole numbers without a point."""
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        cell = int(cell)
    return str(cell).strip()


def _plain(values):
    """Convert values to Python's types."""
    return [value.item() if isinstance(value, np.generic) else value for value in values]
