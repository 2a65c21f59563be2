"""What a column of a table is: numbers, dates, categories, texts, or nothing to learn from."""

import numpy as np
import pandas as pd
from pandas.api import types

from skal.tables.identifiers import is_identifier

WORDS = 3  # a cell of a text has more, on average
KINDS = ("numeric", "date", "categorical", "text", "left out")


def kinds_of_columns(frame: pd.DataFrame) -> dict[str, list]:
    """Names of the columns of each kind; those to leave out hold one value, or identify rows."""
    kinds: dict[str, list] = {kind: [] for kind in KINDS}
    for name in frame.columns:
        kinds[_kind(frame[name])].append(name)
    return kinds


def _kind(column: pd.Series) -> str:
    values = column.dropna()
    n_values = values.nunique()
    if n_values <= 1 and not (n_values == 1 and column.isna().any()):
        return "left out"
    if types.is_bool_dtype(column):
        return "categorical"
    number, date = types.is_numeric_dtype(column), types.is_datetime64_any_dtype(column)
    words = 0 if number or date else values.astype(str).str.split().str.len().mean()
    if words > WORDS and n_values > len(values) / 4:
        return "text"
    if is_identifier(column):
        return "left out"
    return "numeric" if number else "date" if date else "categorical"


def check_cells(values: pd.Series) -> None:
    """An error for what is neither a number nor a word."""
    if types.is_complex_dtype(values):
        raise ValueError(f"Column {values.name!r} holds complex numbers: give each part a column.")
    if types.is_numeric_dtype(values) and not np.isfinite(values.to_numpy(dtype=float)).all():
        raise ValueError(f"Column {values.name!r} holds inf: leave that cell empty, or correct it.")
    if types.is_object_dtype(values):
        kinds = {type(value).__name__ for value in values if not types.is_hashable(value)}
        if kinds:
            raise ValueError(
                f"Column {values.name!r} holds cells of type {kinds.pop()}: leave it out, or give "
                "each of its parts a column."
            )
