"""Labels that somebody filled in, as the cells of a file that they become."""

from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from skal.cli.labels import is_numeric
from skal.cli.tables import Table
from skal.cli.trouble import Trouble
from skal.files.csv_file import CsvFile

WORDS = {"true": True, "false": False}


def given_labels(table: Table, filled: Table) -> list[Any]:
    """The labels of an answer in the way of a file: texts of a text, else values of its type."""
    there = filled.y.notna()
    texts = filled.written[filled.label][there].map(_text).tolist()
    typed = _plain(filled.y[there].convert_dtypes().astype(object).tolist())
    if isinstance(table.file, CsvFile):
        return _as_texts(table, filled, texts, typed)
    known = _plain(table.written[table.label][table.y.notna()].tolist())
    if not known:
        return typed
    if any(isinstance(label, str) for label in known):
        return texts
    if isinstance(known[0], Decimal):
        return [_decimal(text, known[0]) for text in texts]
    if isinstance(known[0], bool):
        return [_like(WORDS.get(text.lower(), text), known[0], bool) for text in texts]
    return [_like(value, known[0], int | float) for value in typed]


def _as_texts(table, filled, texts, typed):
    """Texts with the decimal mark, and the words for true and false, that the file has."""
    known = table.y.dropna()
    if len(known) and is_numeric(known) and is_numeric(filled.y):
        mark = "," if table.written[table.label].str.contains(",").any() else "."
        return [_number(text, value, mark) for text, value in zip(texts, typed)]
    words = set(table.written[table.label][table.y.notna()].str.strip())
    if not words or not all(word.lower() in WORDS for word in words):
        return texts
    example = next(iter(words))
    style = str.upper if example.isupper() else str.title if example.istitle() else str.lower
    return [style(text) if text.lower() in WORDS else text for text in texts]


def _number(text, value, mark):
    """A number's text with a decimal mark, as it was typed where that is the file's."""
    other = "." if mark == "," else ","
    return text if other not in text else str(value).replace(".", mark)


def _like(value, known, kind):
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise Trouble(f"Label {value!r} is not like those known, such as {known!r}.")
    return value


def _decimal(text, known):
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise Trouble(f"Label {text!r} is not like those known, such as {known}.") from error


def _text(cell):
    """A label as it was typed; of a number without a fraction no point either."""
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        cell = int(cell)
    return str(cell).strip()


def _plain(values):
    """Values of Python's types."""
    return [value.item() if isinstance(value, np.generic) else value for value in values]
