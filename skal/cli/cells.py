"""Cells that say a number or a date in words of their own: "1.234,50", "$1,234", "9.6%"."""

import re
from collections.abc import Callable
from functools import partial

import pandas as pd
from pandas.api import types

ENOUGH = 0.95  # of the filled cells must parse; the others are missing
AROUND = r"^[\s$€£¥]*([+-]?)[\s$€£¥]*|[\s$€£¥%]+$"
BEGINNING = r"[\d\s$€£¥+.,-]"
DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:[T ]\d.*)?"


def parsed(column: pd.Series, decimals: str = ".,", enough: float = ENOUGH) -> pd.Series:
    """A column of texts as numbers or dates where nearly all of its filled cells are."""
    if types.is_object_dtype(column) or types.is_string_dtype(column):
        wanted = max(1, enough * column.notna().sum())
        if _filled(column).str.match(BEGINNING).sum() < wanted:
            return column  # words, seen at once
        readings: list[Callable[[pd.Series], pd.Series]] = [as_dates]
        readings += [partial(as_numbers, decimal=mark) for mark in decimals]
        for reading in readings:
            values = reading(column)
            if values.notna().sum() >= wanted:
                return values
    return column


def as_numbers(column: pd.Series, decimal: str) -> pd.Series:
    """Numbers with this decimal mark, in groups of three or not; missing where there is none."""
    group = r"[.\s'’]" if decimal == "," else r"[,\s'’]"
    whole, exponent = rf"(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)?", r"(?:[eE][+-]?\d+)?"
    number = rf"[+-]?{whole}(?:{re.escape(decimal)}\d*)?{exponent}"
    bare = _filled(column).str.replace(AROUND, r"\1", regex=True)
    bare = bare.where(bare.str.fullmatch(number)).str.replace(group, "", regex=True)
    numbers = pd.to_numeric(bare.str.replace(decimal, ".", regex=False), errors="coerce")
    return numbers.reindex(column.index)


def as_dates(column: pd.Series) -> pd.Series:
    """Days and times, the year first, in UTC; missing where there is none."""
    filled = _filled(column)
    days = filled.where(filled.str.fullmatch(DAY)).str.replace("/", "-", regex=False)
    dates = pd.to_datetime(days, errors="coerce", utc=True, format="ISO8601")
    return dates.reindex(column.index)


def _filled(column):
    """As objects, so that it is Python's patterns which are met, with or without pyarrow."""
    return column.dropna().astype(str).astype(object).str.strip()
