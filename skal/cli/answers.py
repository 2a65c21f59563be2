"""Find the rows of an answer file in the table that they come from, and read their labels."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from skal.cli.draws import COLUMN
from skal.cli.tables import Table, read_cells, unused
from skal.cli.trouble import Trouble


def rows_by_id(table: Table, asked: pd.DataFrame, file: str) -> np.ndarray:
    """Find rows by the column that identifies them."""
    ids = table.written[table.id].map(text_of)
    wanted = asked[table.id].map(text_of)
    times = ids[ids.isin(set(wanted))].value_counts()
    if not (once := wanted.map(times).eq(1)).all():
        name = wanted[~once].iloc[0]
        raise Trouble(
            f"{table.id} {name!r} is in {times.get(name, 'no')} rows of {file}, not in one: it "
            "does not identify the rows."
        )
    places = pd.Series(np.arange(len(ids)), ids)
    return places[places.index.isin(set(wanted))].loc[wanted].to_numpy()


def rows_by_number(table: Table, asked: pd.DataFrame, answers: str) -> np.ndarray:
    """Find rows by their number, and check that their cells have not changed."""
    name = unused("row", table.written)
    if name not in asked:
        raise Trouble(
            f"{answers} has no column {name!r}: add --id COLUMN if you gave it to skal query."
        )
    rows = pd.to_numeric(asked[name], errors="coerce")
    known = rows.between(0, len(table.written) - 1) & (rows % 1 == 0)
    if not known.all():
        odd = asked[name][~known].iloc[0]
        raise Trouble(
            f"{answers} names row {odd!r}, and the file has rows 0 to {len(table.written) - 1}."
        )
    rows = rows.to_numpy(dtype=np.int64)
    for column in asked.columns.intersection(table.written.columns).drop(
        [table.label, COLUMN], errors="ignore"
    ):
        there = table.written[column].iloc[rows].to_numpy(dtype=object)
        here = asked[column].to_numpy(dtype=object)
        tolerance = _tolerance(table.written[column])
        for i, (now, then) in enumerate(zip(there, here)):
            if not is_same(now, then, tolerance):
                raise Trouble(
                    f"Row {rows[i]} of {answers} is not the row of the file: {column} is "
                    f"{text_of(then)!r} there, {text_of(now)!r} here. Was one of "
                    "the files sorted? If a program only writes these cells in its own format, "
                    "delete that column of the answers."
                )
    return rows


def rows_of_others(table: Table, file: str, lists: Iterable[str]) -> np.ndarray:
    """Find the rows that other files list, by their id or by their number."""
    rows = [np.zeros(0, np.int64)]
    for path in lists:
        cells, number = read_cells(path), unused("row", table.written)
        if table.id and table.id in cells:
            rows.append(rows_by_id(table, cells, file))
        elif table.id and number not in cells:
            raise Trouble(
                f"{path} does not say which rows it means: it has no column {table.id!r} or "
                f"{number!r}."
            )
        else:
            rows.append(rows_by_number(table, cells, path))
    return np.unique(np.concatenate(rows))


def new_labels(
    table: Table, known: pd.Series, rows: np.ndarray, given: list[Any], correct: bool = False
) -> tuple[dict[int, Any], dict[int, Any]]:
    """Return the new labels by row, and the known labels that they correct.

    Raise an error if two labels contradict each other.  With `correct`, new labels replace known
    ones.
    """
    before = known.to_numpy(dtype=object)
    said: dict[int, Any] = {}
    new: dict[int, Any] = {}
    corrected: dict[int, Any] = {}
    for row, label in zip(rows.tolist(), given):
        again = row in said
        old = said[row] if again else before[row]
        if again and is_same(old, label):
            continue
        said[row] = label
        if old is None or pd.isna(old):
            new[row] = label
        elif not is_same(old, label):
            if again or not correct:
                hint = "" if again else ", or add --correct to take the label of the answers"
                raise Trouble(
                    f"{name_of_row(table, row)} has two labels, {text_of(old)!r} and "
                    f"{text_of(label)!r}: correct one{hint}."
                )
            new[row], corrected[row] = label, old
    return new, corrected


def name_of_row(table: Table, row: int) -> str:
    """Name a row in a message."""
    return f"{table.id} {table.written[table.id].iloc[row]}" if table.id else f"Row {row}"


def text_of(cell: Any) -> str:
    """Return a cell as text, with single spaces; a missing cell is empty."""
    if isinstance(cell, str):
        return " ".join(cell.split())
    missing = pd.api.types.is_scalar(cell) and pd.isna(cell)
    return "" if missing else " ".join(str(cell).split())


def is_same(one: Any, other: Any, tolerance: float = 1e-9) -> bool:
    """Tell whether two cells are equal, also if a spreadsheet has reformatted one."""
    if isinstance(one, str) and isinstance(other, str) and one == other:
        return True
    texts = text_of(one), text_of(other)
    if len({text.lower() if text.lower() in ("true", "false") else text for text in texts}) == 1:
        return True
    try:
        if isinstance(one, pd.Timestamp):
            return one == pd.Timestamp(other)
        return math.isclose(*map(_number, texts), rel_tol=tolerance)
    except (ValueError, TypeError):
        return False


def _tolerance(column):
    """Return the relative tolerance of numbers: larger for those of 32 bits."""
    is_short = pd.api.types.is_float_dtype(column) and column.dtype.itemsize < 8
    return float(np.finfo(f"f{column.dtype.itemsize}").eps) if is_short else 1e-9


def _number(text):
    """Read a number with a decimal point or comma."""
    return float(text.replace(",", ".") if text.count(",") == 1 else text)
