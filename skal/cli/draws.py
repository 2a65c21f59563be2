"""How the labelled rows of a file were chosen: the column ``skal_drawn``.

``skal query`` and ``skal audit`` write it, ``skal fill --keep-draws`` puts it into the file.  A
cell says ``random 2 of 250 in round 3`` or ``strategy in round 3``; rows that were labelled without
skal have none.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skal.cli.trouble import Trouble

COLUMN = "skal_drawn"
FILE, PLACE = "file", "row_in_file"  # say where a row of a pool lies
BESIDE = ("rank", "row", "score")  # further columns of the table that a query of a pool writes
OF_LABEL = ("skal_who", "skal_propensity")  # the same, of an export of skal label
RANDOM = re.compile(r"random (\d+) of (\d+) in round (\d+)")
STRATEGY = re.compile(r"strategy in round (\d+)")


@dataclass(frozen=True)
class Draws:
    """How each row of a file was chosen.

    Attributes
    ----------
    random : ndarray of bool
        Which rows were drawn at random.
    round : ndarray of int64
        The round in which a row was chosen; 0 for rows that skal did not choose.
    """

    random: np.ndarray
    round: np.ndarray

    @property
    def by_strategy(self) -> np.ndarray:
        """Rows that a strategy chose, as a mask."""
        return (self.round > 0) & ~self.random

    @property
    def share(self) -> float:
        """The share of random rows since the first round with rows of both kinds, to two digits."""
        both = np.intersect1d(self.round[self.random], self.round[self.by_strategy])
        if not len(both):
            return 0.0
        rounds = self.round[self.by_strategy]
        rows = np.isin(self.round, rounds[rounds >= both.min()])
        return round(float(self.random[rows].mean()), 2)

    @property
    def next_round(self) -> int:
        """The number of the round to come."""
        return int(self.round.max(initial=0)) + 1


def at_random(n_drawn: int, n_rows: int, number: int) -> str:
    """Make the cell of a row that is one of `n_drawn` random rows out of `n_rows`."""
    return f"random {n_drawn} of {n_rows} in round {number}"


def by_strategy(number: int) -> str:
    """Make the cell of a row that a strategy chose."""
    return f"strategy in round {number}"


def draws_of(written: pd.DataFrame) -> Draws:
    """Read the column of a table; without the column, skal has chosen no row."""
    n = len(written)
    random, number = np.zeros(n, bool), np.zeros(n, np.int64)
    if COLUMN not in written:
        return Draws(random, number)
    cells = written[COLUMN].astype(object).where(written[COLUMN].notna(), "").astype(str)
    for cell in cells.unique():
        rows = (cells == cell).to_numpy()
        random[rows], number[rows] = _read(cell)
    return Draws(random, number)


def new_cells(there: pd.Series | None, rows: Iterable[int], cells: Iterable[Any]) -> dict[int, str]:
    """Select the cells to write into the column; a filled cell stays."""
    new: dict[int, str] = {}
    for row, cell in zip(rows, cells, strict=True):
        cell = "" if pd.isna(cell) else " ".join(str(cell).split())
        if cell and _read(cell)[1] and (there is None or _is_empty(there.iloc[row])):
            new.setdefault(int(row), cell)
    return new


def with_cells(written: pd.DataFrame, cells: Mapping[int, str]) -> pd.DataFrame:
    """Put these cells into the column, which is added if it is missing."""
    if not cells:
        return written
    column = written[COLUMN].astype(object) if COLUMN in written else pd.Series("", written.index)
    column = column.astype(object)
    column.iloc[list(cells)] = list(cells.values())
    return written.assign(**{COLUMN: column})


def without(columns: Mapping[str, Any] | Iterable[str]) -> list[str]:
    """Drop the columns of skal, from which no model may learn, from a list of names."""
    names = list(columns)
    own = {COLUMN, *of_a_pool(names)}
    return [name for name in names if name not in own]


def of_a_pool(names: Iterable[str]) -> list[str]:
    """Return the columns that `skal query` of a pool adds; none if the table has another origin."""
    names = list(names)
    beside = [own if (own := f"skal_{name}") in names else name for name in BESIDE]
    if not {FILE, PLACE, beside[1]} <= set(names):
        return []
    return [name for name in names if name in (FILE, PLACE, *beside, *OF_LABEL)]


def _is_empty(cell: Any) -> bool:
    return bool(pd.isna(cell)) or not str(cell).strip()


def _read(cell):
    """Read a cell: whether the row was drawn at random, and in which round."""
    text = " ".join(cell.split())
    if not text:
        return False, 0
    if found := RANDOM.fullmatch(text):
        return True, int(found[3])
    if found := STRATEGY.fullmatch(text):
        return False, int(found[1])
    raise Trouble(
        f"Column {COLUMN!r} holds {text!r}. It says how skal chose a row, such as "
        f"{at_random(2, 250, 3)!r} or {by_strategy(3)!r}: restore that cell or empty it."
    )
