"""Features that lie in the files of a pool, from which a model reads what a round needs."""

from typing import TYPE_CHECKING

import numpy as np

from skal.pools import BlockPool

if TYPE_CHECKING:
    from skal import ActiveLearner

MOST_BYTES = 2**27  # of rows that are looked at together


class BlockRows:
    """Rows of a pool by number; those of the current round stay in memory.

    A round reads the pool twice at most: once for rows that it predicts, once for the query.
    """

    def __init__(self, pool: BlockPool) -> None:
        self.pool = pool
        self._rows, self._X = np.empty(0, dtype=np.int64), pool.take_rows([])

    def __len__(self) -> int:
        return len(self.pool)

    @property
    def most(self) -> int:
        """How many rows can be looked at together."""
        return max(1_000, MOST_BYTES * len(self) // max(self.pool.nbytes, 1))

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """Rows in the order of their numbers; those that are not in memory are read."""
        new = np.setdiff1d(rows, self._rows)
        if len(new):
            every = np.concatenate([self._rows, new])
            X = np.concatenate([self._X, self.pool.take_rows(new)])
            order = np.argsort(every)
            self._rows, self._X = every[order], X[order]
        return self._X[np.searchsorted(self._rows, rows)]

    def keep(self, rows: np.ndarray) -> None:
        """Have these rows in memory, and no others."""
        rows = np.unique(rows)
        self._rows, self._X = rows, self[rows]

    def query(self, learner: "ActiveLearner", candidates: np.ndarray, n: int) -> np.ndarray:
        """Row numbers of the candidates that the learner asks for: one pass."""
        is_out = np.ones(len(self), dtype=bool)
        is_out[candidates] = False
        return learner.query(self.pool, batch_size=n, exclude=np.flatnonzero(is_out))
