"""The rows of the highest ratings, collected block by block."""

from typing import Any

import numpy as np

from skal._rows import joined, take
from skal.selection import top


class Leaders:
    """Keep the `size` rows of the highest ratings; break ties by their order.

    At most twice as many rows are in memory, plus those kept of the current block.
    """

    def __init__(self, size: int):
        self._size = size
        self._parts: list[tuple[np.ndarray, np.ndarray, Any]] = []
        self._level = -np.inf  # a later row must exceed this rating once there are enough rows
        self._n, self._full = 0, False

    def add(self, rows: np.ndarray, ratings: np.ndarray, X: Any) -> None:
        """Add a block: ascending row numbers, their ratings and the rows."""
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
        """Return ascending row numbers, their ratings, and the rows."""
        self._narrow()
        return self._parts[0]

    def _narrow(self):
        """Keep only the `size` best rows."""
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
    """Return the union of both sets of rows, ascending."""
    rows, first = np.unique(np.concatenate([one[0], other[0]]), return_index=True)
    ratings, X = np.concatenate([one[1], other[1]]), joined([one[2], other[2]])
    return rows, ratings[first], take(X, first)


def _own(X: Any) -> Any:
    """Return rows that do not keep the whole block in memory."""
    view = isinstance(X, np.ndarray) and X.base is not None
    return X.copy() if view or hasattr(X, "iloc") else X
