"""Items that can be drawn, and random draws from them."""

import sqlite3
from dataclasses import dataclass

import numpy as np

from skal.labelling.rounds import Draw


@dataclass(frozen=True)
class Pool:
    """The items of a source's rows, read once because items never change."""

    items: np.ndarray  # row → item
    reserve: np.ndarray  # row → whether strategies leave it alone

    @classmethod
    def read(cls, connection: sqlite3.Connection) -> "Pool":
        """Read the items of the source that was bound last."""
        cursor = connection.cursor()
        cursor.row_factory = None  # plain tuples: NumPy reads them ten times as fast
        rows = cursor.execute(
            "SELECT item, reserve FROM item_row JOIN item ON item.id = item_row.item "
            "WHERE source = (SELECT max(id) FROM source) ORDER BY row"
        )
        table = np.array(rows.fetchall(), dtype=np.int64).reshape(-1, 2)
        return cls(table[:, 0], table[:, 1].astype(bool))

    def free(
        self, connection: sqlite3.Connection, *, reserve: bool, replaced: bool = False
    ) -> np.ndarray:
        """Return the items of the reserve, or of the rest, that are not answered or queued.

        Of a queue that is to be `replaced`, only what somebody holds is taken.
        """
        table = "lease" if replaced else "queue"
        taken = connection.execute(f"SELECT item FROM current UNION SELECT item FROM {table}")
        free = np.ones(self.items.max(initial=0) + 1, dtype=bool)
        free[[row[0] for row in taken if row[0] < len(free)]] = False
        return self.items[free[self.items] & (self.reserve == reserve)]

    def rows_of(self, items: np.ndarray) -> np.ndarray:
        """Return the rows of items; -1 for items that are no longer in the source."""
        order = np.argsort(self.items, kind="stable")
        places = np.searchsorted(self.items, items, sorter=order).clip(0, len(self.items) - 1)
        rows = order[places]
        return np.where(self.items[rows] == items, rows, -1)


def sample(
    connection: sqlite3.Connection,
    pool: Pool,
    kind: str,
    n: int,
    rng: np.random.Generator,
    replaced: bool = False,
) -> list[Draw]:
    """Draw items one after the other, each uniformly from those that are left.

    Audit draws come from the reserve, cold ones from the rest: so what a strategy leaves alone
    stays a sample of the rows to come.
    """
    free = pool.free(connection, reserve=kind == "audit", replaced=replaced)
    picks = rng.choice(free, size=min(n, len(free)), replace=False, shuffle=True)
    return [
        Draw(int(item), kind, propensity=1 / (len(free) - before))
        for before, item in enumerate(picks)
    ]
