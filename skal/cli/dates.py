"""Dates as people write them: 2024-03-01, 01.03.2024, 01/03/2024."""

import pandas as pd
from pandas.api import types

YEAR_FIRST = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:[T ]\d.*)?"
YEAR_LAST = r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[T ,]+(\d.*))?"
MONTHS = 12
SAMPLE = 1000  # rows that show whether a column has any date with its year last


def as_dates(column: pd.Series) -> pd.Series:
    """Read dates and times as UTC; cells that are none become missing.

    The year is first or last.  After a day comes a month if points separate them; else whichever
    no cell contradicts, and of both the day.  A column that mixes the two orders has no dates.
    """
    filled = texts_of(column)
    days = filled.where(filled.str.fullmatch(YEAR_FIRST)).str.replace("/", "-", regex=False)
    if order := order_of_days(column):
        parts = _parts(filled).dropna(subset=[0])
        day, month = (parts[0], parts[2]) if order != "month" else (parts[2], parts[0])
        time = parts[4].fillna("").str.replace(r"^(?=\d:)", "0", regex=True)
        turned = parts[3] + "-" + month.str.zfill(2) + "-" + day.str.zfill(2)
        turned = turned.where(time == "", turned + " " + time)
        days = days.where(days.notna(), turned.reindex(days.index))
    dates = pd.to_datetime(days, errors="coerce", utc=True, format="ISO8601")
    return dates.reindex(column.index)


def order_of_days(column: pd.Series) -> str:
    """Tell whether days or months come first in dates that end in a year.

    Returns day or month where the cells show it; either where they do not; nothing where there are
    no such dates, or some in each order.
    """
    filled = texts_of(column)
    if not filled.head(SAMPLE).str.match(YEAR_LAST).any():
        return ""
    parts = _parts(filled).dropna(subset=[0])
    first, second = parts[0].astype(int), parts[2].astype(int)
    of_points = parts[1] == "."
    day = bool((first > MONTHS).any() or of_points.any())
    month = bool(((second > MONTHS) & ~of_points).any())
    if day and month:
        return ""
    return "day" if day else "month" if month else "either"


def doubtful_dates(frame: pd.DataFrame) -> list[str]:
    """Name each column whose dates can be read in two ways."""
    told = []
    for name, column in frame.items():
        if not (types.is_object_dtype(column) or types.is_string_dtype(column)):
            continue
        if order_of_days(column) == "either":
            filled = texts_of(column)
            example = filled[filled.str.fullmatch(YEAR_LAST)].iloc[0]
            told.append(
                f"Dates in column {name} such as {example} are read with the day first, since no "
                "cell shows otherwise. If the month is first, write dates as 2024-03-01."
            )
    return told


def texts_of(column: pd.Series) -> pd.Series:
    """Return the filled cells as Python strings, which Python's patterns match."""
    return column.dropna().astype(str).astype(object).str.strip()


def _parts(filled):
    """Split dates that end in a year: first number, mark, second number, year, time."""
    return filled.str.extract(rf"^{YEAR_LAST}$")
