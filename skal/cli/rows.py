"""Read rows to predict in the form that the model was trained on."""

from typing import Any, NamedTuple

import pandas as pd
from pandas.api import types

from skal.cli.cells import as_dates, as_numbers
from skal.cli.draws import without
from skal.cli.tables import Table, read_table
from skal.cli.trouble import Trouble

READ_FIRST = ("text", "numeric", "categorical", "date")


class Rows(NamedTuple):
    """A new file, the model's inputs, and remarks for the user."""

    table: Table
    inputs: pd.DataFrame
    remarks: list[str]


def read_rows(path: str, held: dict[str, Any]) -> Rows:
    """Read the rows to predict; raise `Trouble` if a column is missing."""
    kinds: dict[str, list[str]] = held["kinds"]
    # A column that is needed anyway stands where a table has its labels: there need be none.
    used = [name for kind in READ_FIRST for name in kinds[kind]]
    table = read_table(path, used[0])
    for name in used:
        if name not in table.written:
            there = ", ".join(table.written.columns)
            raise Trouble(f"{path} has no column {name!r}, which the model uses: it has {there}.")
    remarks: list[str] = []
    columns = {}
    for kind in READ_FIRST:
        for name in kinds[kind]:
            columns[name] = _column(table, name, kind, name == used[0], remarks)
    known = {*used, *kinds["left out"], held["label"], held["id"]}
    if others := [name for name in without(table.written) if name not in known]:
        remarks.append(
            f"The model does not use these columns, which it does not know: {', '.join(others)}."
        )
    inputs = pd.DataFrame(columns).reindex(columns=held["columns"])
    return Rows(table, inputs, remarks)


def _column(table, name, kind, first, remarks):
    """Convert a column to the kind that it had in training."""
    written = table.written[name]
    written = written.where(written.notna() & (written.astype(str).str.strip() != ""), None)
    column = written if first else table.typed[name]
    if kind in ("text", "categorical"):
        as_typed = types.is_object_dtype(column) or types.is_string_dtype(column)
        words = column if as_typed or types.is_bool_dtype(column) else written
        return words.astype(object).where(column.notna(), None)
    if kind == "numeric" and not types.is_numeric_dtype(column):
        readings = [as_numbers(column, mark) for mark in _decimals(table)]
        return _told(column, max(readings, key=pd.Series.count), "numbers", remarks)
    if kind == "date" and not types.is_datetime64_any_dtype(column):
        return _told(column, as_dates(column), "dates", remarks)
    return column


def _told(column, values, what, remarks):
    """Return the values, and add a remark about cells that could not be read."""
    odd = column[column.notna() & values.isna()]
    if len(odd):
        cells = f"{len(odd):,} cell{'s' * (len(odd) > 1)}"
        remarks.append(
            f"Column {column.name!r} held {what} when the model was trained, and {cells} of it "
            f"cannot be read as such, for example {odd.iloc[0]!r}: they are treated as missing."
        )
    return values


def _decimals(table):
    return ",." if table.separator == ";" else ".,"


def writes_commas(table: Table, names: list[str]) -> bool:
    """Tell whether numbers of these columns have a decimal comma."""
    if table.separator != ";":
        return False
    cells = (table.written[name].astype(str) for name in names if name in table.written)
    return any(column.str.fullmatch(r"\s*[+-]?\d+,\d+\s*").any() for column in cells)
