"""Greedy selection: add the row of the largest gain, again and again; then take the worst back."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from skal._array import Array, first_max, namespace, positions_at_least
from skal._progress import counted

# Of gains in float32, rows within this share of the largest are looked at again in float64.
CLOSE = 1e-4
# So many roundings apart, gains are equal.
EQUAL = 8


class Gaining(Protocol):
    """What a set of rows must answer for rows to be added to it."""

    @property
    def gains(self) -> Array:
        """What adding each row would gain (n); −inf for rows that are in."""

    @property
    def exact(self) -> Callable[[np.ndarray], np.ndarray] | None:
        """Positions ↦ the gains of these with more digits; None where there are no more."""

    def push(self, position: int) -> None:
        """Add a row."""


class Losing(Protocol):
    """What a set of rows must answer for rows to be taken out of it."""

    def loss(self) -> np.ndarray:
        """What taking out each row costs: inf where it cannot be, or is out."""

    def pop(self, position: int) -> None:
        """Take a row out."""


def forward(rows: Gaining, n: int) -> np.ndarray:
    """Positions of n rows, each the one of the largest gain after those before it.

    Of equal ones the first.
    """
    picks: list[int] = []
    for _ in counted(range(n), "Adding rows"):
        j = _largest(rows)
        rows.push(j)
        picks.append(j)
    return np.array(picks, dtype=np.intp)


def backward(rows: Losing, n: int, n_left: int) -> np.ndarray:
    """Positions left of n rows when the one of the smallest loss is taken out until n_left are.

    Where none can be taken out without harm, the last one is.
    """
    left = np.arange(n)
    for _ in counted(range(n - n_left), "Taking rows out"):
        loss = rows.loss()[left]
        j = left[np.argmin(loss)] if np.isfinite(loss).any() else left[-1]
        rows.pop(int(j))
        left = left[left != j]
    return left


def _largest(rows: Gaining) -> int:
    """The first row of the largest gain."""
    gains, exact = rows.gains, rows.exact
    first = first_max(gains)
    highest = float(gains[first])
    eps = float(namespace(gains).finfo(gains.dtype).eps)
    share = EQUAL * eps if exact is None else CLOSE
    leaders = positions_at_least(gains, highest - share * abs(highest))
    if exact is None or len(leaders) < 2:
        return int(leaders[0]) if len(leaders) else first  # of NaN
    closer = exact(leaders)
    equal = closer >= closer.max() * (1 - EQUAL * eps)
    return int(leaders[np.argmax(equal)])
