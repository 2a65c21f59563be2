"""Numbers and dates in local formats: "1.234,50", "$1,234", "9.6%"."""

import re
from collections.abc import Callable
from functools import partial

import pandas as pd
from pandas.api import types

from skal.cli.dates import as_dates, texts_of

ENOUGH = 0.95  # of the filled cells must parse; the others are missing
AROUND = r"^[\s$€£¥]*([+-]?)[\s$€£¥]*|[\s$€£¥%]+$"
BEGINNING = r"[\d\s$€£¥+.,-]"


def parsed(column: pd.Series, decimals: str = ".,", enough: float = ENOUGH) -> pd.Series:
    """Convert a column of texts to numbers or dates if nearly all filled cells are such."""
    if types.is_object_dtype(column) or types.is_string_dtype(column):
        wanted = max(1, enough * column.notna().sum())
        if texts_of(column).str.match(BEGINNING).sum() < wanted:
            return column  # words, seen at once
        readings: list[Callable[[pd.Series], pd.Series]] = [as_dates]
        readings += [partial(as_numbers, decimal=mark) for mark in decimals]
        for reading in readings:
            values = reading(column)
            if values.notna().sum() >= wanted:
                return values
    return column


def as_numbers(column: pd.Series, decimal: str) -> pd.Series:
    """Read numbers with this decimal mark, with or without groups of three digits."""
    group = r"[.\s'’]" if decimal == "," else r"[,\s'’]"
    whole, exponent = rf"(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)?", r"(?:[eE][+-]?\d+)?"
    number = rf"[+-]?{whole}(?:{re.escape(decimal)}\d*)?{exponent}"
    bare = texts_of(column).str.replace(AROUND, r"\1", regex=True)
    bare = bare.where(bare.str.fullmatch(number)).str.replace(group, "", regex=True)
    numbers = pd.to_numeric(bare.str.replace(decimal, ".", regex=False), errors="coerce")
    return numbers.reindex(column.index)
