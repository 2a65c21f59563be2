"""Labels that somebody filled in, as the cells of a file that they become."""

from typing import Any

import numpy as np
import pandas as pd

from skal.cli.labels import is_numeric
from skal.cli.tables import Table
from skal.cli.trouble import Trouble
from skal.files.csv_file import CsvFile

WORDS = {"true": True, "false": False}


def given_labels(table: Table, filled: Table) -> list[Any]:
    """The labels of an answer in the way of a file: texts of a text, else values of its type."""
    there = filled.y.notna()
    texts = filled.written[filled.label][there].map(_text).tolist()
    typed = filled.y[there].convert_dtypes().astype(object).tolist()
    known = table.y.dropna()
    if not len(known):
        return texts if isinstance(table.file, CsvFile) else _plain(typed)
    if is_true_or_false(known):
        return _truths(table, texts, known)
    if is_numeric(known):
        return _numbers(table, filled, texts, typed, known)
    return texts


def is_true_or_false(known: pd.Series) -> bool:
    """Whether labels say yes or no in the words of programs."""
    return bool(known.map(lambda label: str(label).lower() in WORDS).all())


def _truths(table, texts, known):
    """True and false as the file writes them, however a spreadsheet does."""
    spelled = {str(label).lower(): label for label in known}
    if not isinstance(known.iloc[0], str):
        spelled = {**WORDS, **{word: bool(label) for word, label in spelled.items()}}
        return [_like(spelled.get(text.lower(), text), known, bool) for text in texts]
    example = str(known.iloc[0])
    style = str.upper if example.isupper() else str.title if example.istitle() else str.lower
    spelled = {**{word: style(word) for word in WORDS}, **spelled}
    return [spelled.get(text.lower(), text) for text in texts]


def _numbers(table, filled, texts, typed, known):
    """Numbers as the file writes them; words among them are the user's affair in a text."""
    if not isinstance(table.file, CsvFile):
        return [_like(value, known, int | float) for value in _plain(typed)]
    if not is_numeric(filled.y):
        return texts
    mark = "," if table.written[table.label].str.contains(",").any() else "."
    return [_number(text, value, mark) for text, value in zip(texts, _plain(typed))]


def _number(text, value, mark):
    """A number's text with a decimal mark, as it was typed where that is the file's."""
    other = "." if mark == "," else ","
    return text if other not in text else str(value).replace(".", mark)


def _like(value, known, kind):
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise Trouble(f"Label {value!r} is not like those known, such as {_plain(known)[0]!r}.")
    return value


def _text(cell):
    """A label as it was typed; of a number without a fraction no point either."""
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        cell = int(cell)
    return str(cell).strip()


def _plain(values):
    """Values of Python's types."""
    return [value.item() if isinstance(value, np.generic) else value for value in values]
