"""Rows of a new file, as the model of an earlier one knows them."""

from typing import Any, NamedTuple

import pandas as pd
from pandas.api import types

from skal.cli.cells import as_dates, as_numbers
from skal.cli.draws import without
from skal.cli.tables import Table, read_table
from skal.cli.trouble import Trouble

READ_FIRST = ("text", "numeric", "categorical", "date")


class Rows(NamedTuple):
    """A new file, its columns as the model takes them, and what to say of it."""

    table: Table
    inputs: pd.DataFrame
    remarks: list[str]


def read_rows(path: str, held: dict[str, Any]) -> Rows:
    """The rows to predict; a `Trouble` where a column is missing."""
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
        remarks.append(f"The model does not know, and does not use: {', '.join(others)}.")
    inputs = pd.DataFrame(columns).reindex(columns=held["columns"])
    return Rows(table, inputs, remarks)


def _column(table, name, kind, first, remarks):
    """A column as one of the kind that it was where the model learned."""
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
    """Values, and a sentence about the cells that are none."""
    odd = column[column.notna() & values.isna()]
    if len(odd):
        cells = f"{len(odd):,} cell{'s' * (len(odd) > 1)}"
        remarks.append(
            f"Column {column.name!r} held {what} where the model learned, and {cells} of it are "
            f"none, such as {odd.iloc[0]!r}: taken as missing."
        )
    return values


def _decimals(table):
    return ",." if table.separator == ";" else ".,"


def writes_commas(table: Table, names: list[str]) -> bool:
    """Whether numbers of these columns are written with a decimal comma."""
    if table.separator != ";":
        return False
    cells = (table.written[name].astype(str) for name in names if name in table.written)
    return any(column.str.fullmatch(r"\s*[+-]?\d+,\d+\s*").any() for column in cells)
