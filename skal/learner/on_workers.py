"""Blocks of Dask's collections are rated where they lie: ratings and leading rows travel.

The pieces that are rated are those of one process, so that the ratings are the same: a worker gets
what a piece lacks from the block after.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from skal._rows import as_container, joined, take

Rating = Callable[[Any], np.ndarray]  # rows ↦ a number for each
Keep = Callable[[np.ndarray, np.ndarray], np.ndarray]  # (numbers, ratings) ↦ places to keep
Part = tuple[int, int, Any]  # the first row of a block, the one after its last, and the block


class Stretch(NamedTuple):
    """Row numbers from `start` to before `stop`, without those that are missing: short to send."""

    start: int
    stop: int
    missing: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, shift: int = 0) -> "Stretch":
        """Row numbers, which ascend, less `shift`."""
        start, stop = int(rows[0]), int(rows[-1]) + 1
        if stop - start == len(rows):
            return cls(start - shift, stop - shift, rows[:0])
        missing = np.setdiff1d(np.arange(start, stop), rows, assume_unique=True)
        return cls(start - shift, stop - shift, missing - shift)

    @property
    def rows(self) -> np.ndarray:
        """The numbers themselves."""
        return np.delete(np.arange(self.start, self.stop), self.missing - self.start)


class Group(NamedTuple):
    """The ratings of some pieces, and the rows that were kept of them."""

    ratings: np.ndarray
    kept: np.ndarray
    X: Any


def client() -> Any:
    """The `distributed.Client` whose workers compute what Dask computes; None if there is none."""
    distributed = sys.modules.get("distributed")
    try:
        return None if distributed is None else distributed.default_client()
    except ValueError:
        return None


class OnWorkers:
    """Ratings of rows that lie in blocks of Dask's; rows that may be needed stay where they are.

    Parameters
    ----------
    parts : list of (start, stop, delayed)
        The blocks of the pool.
    rows : ndarray of int
        The rows to rate, which ascend.
    size : int
        Rows of a piece.
    rating, keep : callable
        Sent to where the blocks are.
    """

    def __init__(
        self, parts: Sequence[Part], rows: np.ndarray, size: int, rating: Rating, keep: Keep
    ):
        import dask

        starts = np.array([start for start, _, _ in parts])
        owner = np.searchsorted(starts, rows[::size], side="right") - 1  # of each piece
        rated = dask.delayed(_rated, pure=False)
        sent = client().scatter([(rating, keep)], broadcast=True, hash=False)[0]
        self._rows, tasks = [], []
        for block in np.unique(owner):
            pieces = np.flatnonzero(owner == block)
            mine = rows[pieces[0] * size : (pieces[-1] + 1) * size]
            tasks.append(rated(_slices(parts, mine), Stretch.of(mine), size, sent))
            self._rows.append(mine)
        self._tasks = dask.persist(*tasks)

    def ratings(self) -> np.ndarray:
        """The ratings of all rows."""
        import dask

        ratings = dask.delayed(_ratings, pure=False)
        return np.concatenate(dask.compute(*map(ratings, self._tasks)))

    def take(self, rows: np.ndarray) -> Any:
        """Some of the rows that were kept, in ascending order: no others travel."""
        import dask

        chosen, tasks = dask.delayed(_chosen, pure=False), []
        for mine, task in zip(self._rows, self._tasks, strict=True):
            first, last = np.searchsorted(rows, [mine[0], mine[-1] + 1])
            if last > first:
                tasks.append(chosen(task, rows[first:last]))
        return joined(list(dask.compute(*tasks)))


def _slices(parts: Sequence[Part], rows: np.ndarray) -> list[Any]:
    """These rows, as what is to be taken from each block that holds some."""
    import dask

    some, slices = dask.delayed(_some, pure=False), []
    for start, stop, block in parts:
        if stop <= rows[0] or start > rows[-1]:
            continue
        first, last = np.searchsorted(rows, [start, stop])
        if last > first:
            slices.append(some(block, Stretch.of(rows[first:last], start)))
    return slices


def _some(block: Any, stretch: Stretch) -> Any:
    """Rows of a block."""
    return take(as_container(block), stretch.rows)


def _rated(slices: list[Any], stretch: Stretch, size: int, sent: tuple[Rating, Keep]) -> Group:
    """The ratings of rows, a piece at a time, and what is kept of them."""
    X, rows = joined(slices), stretch.rows
    rating, keep = sent
    places = (np.arange(start, min(start + size, len(rows))) for start in range(0, len(rows), size))
    ratings = np.concatenate([rating(take(X, some)) for some in places])
    kept = keep(rows, ratings)
    return Group(ratings, rows[kept], take(X, kept))


def _ratings(group: Group) -> np.ndarray:
    return group.ratings


def _chosen(group: Group, rows: np.ndarray) -> Any:
    """Some of the rows that were kept."""
    return take(group.X, np.searchsorted(group.kept, rows))
