"""Greedy selection: repeatedly add the row of the largest gain, then remove the worst rows."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from skal._array import Array, first_max, namespace, positions_at_least
from skal._progress import counted

# Rows with float32 gains within this share of the largest are compared again in float64.
CLOSE = 1e-4
# Gains that differ by at most this number of rounding errors are equal.
EQUAL = 8


class Gaining(Protocol):
    """Define what greedy selection requires of a set of rows in order to add rows."""

    @property
    def gains(self) -> Array:
        """Return the gain of adding each row (n); −inf for rows that are in the set."""

    @property
    def exact(self) -> Callable[[np.ndarray], np.ndarray] | None:
        """Return gains of these rows with higher precision; None if there is none."""

    def push(self, position: int) -> None:
        """Add a row."""


class Losing(Protocol):
    """Define what greedy selection requires of a set of rows in order to remove rows."""

    def loss(self) -> np.ndarray:
        """Return the loss of removing each row; inf for rows that cannot be removed."""

    def pop(self, position: int) -> None:
        """Remove a row."""


def forward(rows: Gaining, n: int) -> np.ndarray:
    """Return positions of n rows, each the one of the largest gain after those before it.

    Ties are broken by order.
    """
    picks: list[int] = []
    for _ in counted(range(n), "Adding rows"):
        j = _largest(rows)
        rows.push(j)
        picks.append(j)
    return np.array(picks, dtype=np.intp)


def backward(rows: Losing, n: int, n_left: int) -> np.ndarray:
    """Return the n_left positions that remain after repeatedly removing the row of smallest loss.

    If no row can be removed without harm, the last one is removed.
    """
    left = np.arange(n)
    for _ in counted(range(n - n_left), "Removing rows"):
        loss = rows.loss()[left]
        j = left[np.argmin(loss)] if np.isfinite(loss).any() else left[-1]
        rows.pop(int(j))
        left = left[left != j]
    return left


def _largest(rows: Gaining) -> int:
    """Return the first row of the largest gain."""
    gains, exact = rows.gains, rows.exact
    first = first_max(gains)
    highest = float(gains[first])
    eps = float(namespace(gains).finfo(gains.dtype).eps)
    share = EQUAL * eps if exact is None else CLOSE
    leaders = positions_at_least(gains, highest - share * abs(highest))
    if exact is None or len(leaders) < 2:
        return int(leaders[0]) if len(leaders) else first  # NaN
    closer = exact(leaders)
    equal = closer >= closer.max() * (1 - EQUAL * eps)
    return int(leaders[np.argmax(equal)])
