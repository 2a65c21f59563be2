"""Greedy selection: add the row of the largest gain, again and again; then take the worst back."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from skal._array import Array, first_max, namespace, positions_at_least
from skal._progress import counted

# So many of the rows that gained most are looked at first at the next pick.
N_LEADERS = 64
# Rounding in a bound's own type that it is given the benefit of.
SLACK = 64


class Gaining(Protocol):
    """What a set of rows must answer for rows to be added to it."""

    @property
    def bounds(self) -> Array:
        """Numbers (n) that the rows' gains do not exceed; −inf for rows that are in."""

    @property
    def closer(self) -> Callable[[np.ndarray], np.ndarray] | None:
        """Positions ↦ closer bounds of these; None where `bounds` are the gains themselves."""

    @property
    def gain(self) -> Callable[[np.ndarray], np.ndarray] | None:
        """Positions ↦ the gains of these; None where `bounds` are the gains themselves."""

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

    Of equal ones the first.  Gains are computed only where bounds leave a row a chance.
    """
    picks: list[int] = []
    leaders = np.arange(0)
    for _ in counted(range(n), "Adding rows"):
        j, leaders = _largest(rows, leaders)
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


class _Known(NamedTuple):
    """Rows and their gains, the largest first."""

    positions: np.ndarray
    gains: np.ndarray

    def joined(self, positions: np.ndarray, gains: np.ndarray) -> "_Known":
        positions = np.concatenate([self.positions, positions])
        gains = np.concatenate([self.gains, gains])
        order = np.lexsort((positions, -gains))[:N_LEADERS]
        return _Known(positions[order], gains[order])


def _largest(rows: Gaining, leaders: np.ndarray) -> tuple[int, np.ndarray]:
    """The first row of the largest gain, and rows to look at first at the next pick."""
    bounds = rows.bounds
    highest = first_max(bounds)
    if rows.closer is None or rows.gain is None:
        return highest, leaders
    slack = SLACK * float(namespace(bounds).finfo(bounds.dtype).eps) * abs(float(bounds[highest]))
    first = np.union1d(leaders, [highest]).astype(np.intp)
    known = _Known(np.arange(0), np.zeros(0)).joined(first, rows.gain(first))
    rest = np.setdiff1d(positions_at_least(bounds, known.gains[0] - slack), first)
    closer = rows.closer(rest)
    order = np.argsort(-closer, kind="stable")
    rest, closer = rest[order], closer[order]
    start, size = 0, N_LEADERS
    while start < len(rest) and closer[start] >= known.gains[0] - slack:
        some = rest[start : start + size]
        known = known.joined(some, rows.gain(some))
        start, size = start + size, 2 * size
    return int(known.positions[0]), known.positions[1:]
