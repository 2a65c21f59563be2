"""A batch of rows: some that a strategy chooses, some that are drawn at random from the reserve."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from skal.cli.draws import COLUMN, at_random, by_strategy, draws_of
from skal.cli.options import counted
from skal.cli.reserve import SHARE, moved, places
from skal.cli.tables import Table

NO_ROWS = np.zeros(0, np.int64)
GOLDEN = (5**0.5 - 1) / 2  # its multiples are spread evenly between whole numbers


@dataclass(frozen=True)
class Batch:
    """The rows that are drawn at random, and those that a strategy may choose from.

    Attributes
    ----------
    drawn : ndarray of int64
        Rows that are drawn at random.
    pool : ndarray of int64
        Rows that a strategy may choose from.
    n_reserve : int
        How many rows the random ones are drawn from.
    round : int
        The number of this round.
    is_marked : bool
        Whether the answer says how its rows were chosen.
    n_moved : int
        How many earlier random rows are outside the reserve today.
    """

    drawn: np.ndarray
    pool: np.ndarray
    n_reserve: int
    round: int
    is_marked: bool
    n_moved: int

    def mixed(self, picks: np.ndarray, seed: int) -> np.ndarray:
        """Insert the random rows at random places among the picks."""
        n = len(picks) + len(self.drawn)
        places_ = np.random.default_rng([seed, self.round]).permutation(n)[: len(self.drawn)]
        rows = np.empty(n, np.int64)
        rows[places_] = self.drawn
        rows[np.setdiff1d(np.arange(n), places_)] = picks
        return rows

    def marked(self, answer: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
        """Add the column that says how each row was chosen."""
        if not self.is_marked:
            return answer
        random = at_random(len(self.drawn), self.n_reserve, self.round)
        cells = np.where(np.isin(rows, self.drawn), random, by_strategy(self.round))
        return answer.assign(**{COLUMN: cells})

    def notes(self) -> list[str]:
        """Say how the random rows were drawn."""
        told = []
        if self.n_moved:
            told.append(
                f"{counted(self.n_moved, 'random row')} of earlier rounds would not be drawn from "
                "today's reserve, since cells or columns have changed. A strategy may have chosen "
                "from the new reserve, so the accuracy may be misjudged. Restore the cells, or "
                "always give --id COLUMN: the reserve then depends on the id alone."
            )
        if len(self.drawn):
            told.append(
                f"{counted(len(self.drawn), 'more row is', 'more rows are')} drawn at random from "
                f"the {self.n_reserve:,} that no strategy may choose."
            )
        elif self.n_reserve:
            told.append(
                f"No strategy may choose from {counted(self.n_reserve, 'row')}, which are reserved "
                "for random draws: --audit 0.1 draws from them."
            )
        return told


def batch_of(table: Table, pool: np.ndarray, n: int, share: float | None) -> Batch:
    """Divide the rows without a label, and draw the random ones of a batch of n.

    Where the file holds random rows already, the reserve stays closed to strategies without a
    `share` too.  Where a strategy has no row left, the rest of the batch is drawn at random.
    """
    draws = draws_of(table.written)
    is_marked = share is not None or COLUMN in table.written
    if share is None and not draws.random.any():
        return Batch(NO_ROWS, pool, 0, draws.next_round, is_marked, 0)
    placed = places(table.typed.drop(columns=table.label), table.id)
    reserve, open_ = pool[placed[pool] < SHARE], pool[placed[pool] >= SHARE]
    due = 0 if share is None else _due(share, n, draws.next_round)
    due = min(max(due, n - len(open_)), len(reserve))
    drawn = in_order(reserve, placed)[:due]
    return Batch(drawn, open_, len(reserve), draws.next_round, is_marked, moved(draws, placed))


def in_order(rows: np.ndarray, placed: np.ndarray) -> np.ndarray:
    """Sort rows into the random order in which they are drawn."""
    return rows[np.argsort(placed[rows], kind="stable")]


def _due(share: float, n: int, number: int) -> int:
    """Compute the number of random rows in a batch; over small batches it averages to `share`."""
    return int(share * n + (number * GOLDEN) % 1 + 1e-9)
