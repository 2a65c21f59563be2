"""The rows of the highest ratings, as blocks of rows come by."""

from typing import Any

import numpy as np

from skal._rows import joined, take
from skal.selection import top


class Leaders:
    """So many rows of the highest ratings; ties in the order in which they came.

    At most twice as many are in memory, with what is to be kept of the block that comes next.
    """

    def __init__(self, size: int):
        self._size = size
        self._parts: list[tuple[np.ndarray, np.ndarray, Any]] = []
        self._level = -np.inf  # what a later row must exceed, once there are enough
        self._n, self._full = 0, False

    def add(self, rows: np.ndarray, ratings: np.ndarray, X: Any) -> None:
        """A block: row numbers above those before, their ratings and the rows themselves."""
        keep = np.flatnonzero(ratings > self._level) if self._full else np.arange(len(rows))
        if len(keep) > self._size:
            keep = np.sort(keep[top(ratings[keep], self._size)])
        if not len(keep):
            return
        self._parts.append((rows[keep], ratings[keep], _own(take(X, keep))))
        self._n += len(keep)
        if self._n >= 2 * self._size or not self._full:
            self._narrow()

    def best(self) -> tuple[np.ndarray, np.ndarray, Any]:
        """Row numbers, ascending, their ratings, and the rows."""
        self._narrow()
        return self._parts[0]

    def _narrow(self):
        """Only as many as asked for."""
        rows, ratings, X = zip(*self._parts, strict=True)
        best = np.concatenate(rows), np.concatenate(ratings), joined(list(X))
        if len(best[0]) > self._size:
            keep = np.sort(top(best[1], self._size))
            best = best[0][keep], best[1][keep], take(best[2], keep)
        self._parts, self._n = [best], len(best[0])
        if self._n == self._size:
            self._full, self._level = True, best[1].min()


def united(
    one: tuple[np.ndarray, np.ndarray, Any], other: tuple[np.ndarray, np.ndarray, Any]
) -> tuple[np.ndarray, np.ndarray, Any]:
    """The rows of both, each once, ascending."""
    rows, first = np.unique(np.concatenate([one[0], other[0]]), return_index=True)
    ratings, X = np.concatenate([one[1], other[1]]), joined([one[2], other[2]])
    return rows, ratings[first], take(X, first)


def _own(X: Any) -> Any:
    """Rows that do not keep the block in memory that they are part of."""
    view = isinstance(X, np.ndarray) and X.base is not None
    return X.copy() if view or hasattr(X, "iloc") else X
