"""The kind of a table column: numbers, dates, categories, texts, or no information."""

import numpy as np
import pandas as pd
from pandas.api import types

from skal.tables.identifiers import is_identifier

WORDS = 3  # average number of words that a cell of a text exceeds
KINDS = ("numeric", "date", "categorical", "text", "left out")


def kinds_of_columns(frame: pd.DataFrame) -> dict[str, list]:
    """Return the names of the columns of each kind; "left out" are constants and identifiers."""
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
    """Raise an error for cells that are neither numbers nor strings."""
    if types.is_complex_dtype(values):
        raise ValueError(
            f"Column {values.name!r} contains complex numbers: use a column for each part."
        )
    if types.is_numeric_dtype(values) and not np.isfinite(values.to_numpy(dtype=float)).all():
        raise ValueError(
            f"Column {values.name!r} contains inf: leave that cell empty, or correct it."
        )
    if types.is_object_dtype(values):
        kinds = {type(value).__name__ for value in values if not types.is_hashable(value)}
        if kinds:
            raise ValueError(
                f"Column {values.name!r} contains cells of type {kinds.pop()}: drop it, or use a "
                "column for each of its parts."
            )
