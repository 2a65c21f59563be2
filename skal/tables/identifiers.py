"""Detection of columns that only identify the rows."""

import re

import numpy as np
import pandas as pd
from pandas.api import types

NAMES = {"key", "index", "unnamed: 0", "uuid", "guid", "pk", "rownum", "rowid"}
PART = {"id", "uuid", "guid"}  # at the beginning or end: customer_id, customerId, ID number


def is_identifier(column: pd.Series) -> bool:
    """Return whether a column has a unique value in each row that carries no other information.

    These are whole numbers without a gap, in any order; strings without repetition; and any values
    without repetition in a column whose name is that of an identifier (id, customer_id, key,
    index). Numbers with a fraction are measurements, whatever the name of their column.
    """
    values = column.dropna()
    if not values.is_unique or types.is_bool_dtype(column):
        return False
    if types.is_datetime64_any_dtype(column):
        return False
    everywhere = len(values) == len(column)
    if not types.is_numeric_dtype(column):
        return everywhere or names_rows(column.name)
    numbers = values.to_numpy()
    if not np.equal(numbers.astype(float) % 1, 0).all():
        return False
    gapless = everywhere and int(numbers.max()) - int(numbers.min()) + 1 == len(numbers)
    return (gapless and types.is_integer_dtype(column)) or names_rows(column.name)


def names_rows(name: object) -> bool:
    """Return whether a column has the name of an identifier."""
    called = str(name).strip()
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", called)
    words = [word.lower() for word in re.split(r"[^A-Za-z0-9]+", spaced) if word]
    return (
        called.lower() in NAMES
        or (bool(words) and (words[0] in PART or words[-1] in PART))
        or re.match(r"ID[a-z0-9]", called) is not None
    )  # fmt: skip
