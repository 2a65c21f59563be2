"""The audit reserve of a file: the random quarter of its rows that no strategy may choose.

A row is in the reserve by a hash of what it holds, so that every round finds the same reserve and
nothing has to be kept: in another process, after the rows were sorted, and after a spreadsheet has
written 1.50 as 1.5.  Rows that hold the same are in the reserve together.
"""

import numpy as np
import pandas as pd
from pandas.api import types

from skal.cli.draws import COLUMN, Draws

SHARE = 0.25
BITS = 40  # of a number: twelve digits, which every spreadsheet keeps
MIXED = np.uint64(0x9E3779B97F4A7C15)


def places(frame: pd.DataFrame, id: str | None = None) -> np.ndarray:
    """Compute a number from 0 to 1 for each row, from all of its cells or its id alone.

    The rows below `SHARE` are the reserve, and they are drawn in the order of these numbers.

    Parameters
    ----------
    frame : DataFrame
        The columns as numbers, dates and texts, without that of the labels.
    id : str, default=None
        The column that names the rows: other cells may then change between rounds.
    """
    names = [id] if id else sorted((name for name in frame if name != COLUMN), key=str)
    hashed = np.zeros(len(frame), np.uint64)
    for name in names:
        column = pd.util.hash_array(_plain(frame[name]))
        hashed = pd.util.hash_array(hashed * MIXED + column)
    return hashed / 2.0**64


def moved(draws: Draws, placed: np.ndarray) -> int:
    """Count random rows that are outside today's reserve because cells have changed.

    Where no strategy has chosen a row, all rows may be drawn from.
    """
    if not draws.by_strategy.any():
        return 0
    first = draws.round[draws.by_strategy].min()
    return int((draws.random & (draws.round >= first) & (placed >= SHARE)).sum())


def _plain(column):
    """Convert cells to floats of twelve digits, to whole numbers for dates, or to texts."""
    if types.is_datetime64_any_dtype(column):
        stamps = column.dt.tz_convert("UTC") if column.dt.tz is not None else column
        return stamps.dt.as_unit("ns").astype("int64").to_numpy()
    if types.is_bool_dtype(column) or not types.is_numeric_dtype(column):
        texts = column.astype(object).where(column.notna(), "").astype(str)
        return texts.str.split().str.join(" ").str.casefold().to_numpy(object)
    numbers = column.to_numpy(np.float64, na_value=np.nan)
    mantissa, exponent = np.frexp(numbers)
    return np.ldexp(np.round(np.ldexp(mantissa, BITS)), exponent - BITS) + 0.0
