"""Rating the blocks of Dask collections on their workers: only ratings and selected rows are sent.

Workers rate the same pieces as one process would, so the ratings are the same: if a piece spans two
blocks, its worker gets the missing rows from the next block.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from skal._rows import as_container, joined, take

Rating = Callable[[Any], np.ndarray]  # rows ↦ one number per row
Keep = Callable[[np.ndarray, np.ndarray], np.ndarray]  # (numbers, ratings) ↦ positions to keep
Part = tuple[int, int, Any]  # the first row of a block, the row after its last, and the block


class Stretch(NamedTuple):
    """Encode the row numbers from `start` to before `stop`, except `missing`, compactly."""

    start: int
    stop: int
    missing: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, shift: int = 0) -> "Stretch":
        """Encode ascending row numbers, minus `shift`."""
        start, stop = int(rows[0]), int(rows[-1]) + 1
        if stop - start == len(rows):
            return cls(start - shift, stop - shift, rows[:0])
        missing = np.setdiff1d(np.arange(start, stop), rows, assume_unique=True)
        return cls(start - shift, stop - shift, missing - shift)

    @property
    def rows(self) -> np.ndarray:
        """Return the row numbers."""
        return np.delete(np.arange(self.start, self.stop), self.missing - self.start)


class Group(NamedTuple):
    """Store the ratings of some pieces, and the rows kept of them."""

    ratings: np.ndarray
    kept: np.ndarray
    X: Any


def client() -> Any:
    """Return the `distributed.Client` that Dask uses; None if there is none."""
    distributed = sys.modules.get("distributed")
    try:
        return None if distributed is None else distributed.default_client()
    except ValueError:
        return None


class OnWorkers:
    """Rate rows in Dask blocks on the workers, which keep the rows that may be selected.

    Parameters
    ----------
    parts : list of (start, stop, delayed)
        The blocks of the pool.
    rows : ndarray
        The rows to rate, ascending.
    size : int
        Number of rows per piece.
    rating, keep : callable
        Sent to the workers of the blocks.
    """

    def __init__(
        self, parts: Sequence[Part], rows: np.ndarray, size: int, rating: Rating, keep: Keep
    ):
        import dask

        starts = np.array([start for start, _, _ in parts])
        owner = np.searchsorted(starts, rows[::size], side="right") - 1  # the block of each piece
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
        """Return the ratings of all rows."""
        import dask

        ratings = dask.delayed(_ratings, pure=False)
        return np.concatenate(dask.compute(*map(ratings, self._tasks)))

    def take(self, rows: np.ndarray) -> Any:
        """Fetch some of the kept rows, in ascending order; no other rows are sent."""
        import dask

        chosen, tasks = dask.delayed(_chosen, pure=False), []
        for mine, task in zip(self._rows, self._tasks, strict=True):
            first, last = np.searchsorted(rows, [mine[0], mine[-1] + 1])
            if last > first:
                tasks.append(chosen(task, rows[first:last]))
        return joined(list(dask.compute(*tasks)))


def _slices(parts: Sequence[Part], rows: np.ndarray) -> list[Any]:
    """Return the positions to take from each block that contains some of these rows."""
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
    """Return rows of a block."""
    return take(as_container(block), stretch.rows)


def _rated(slices: list[Any], stretch: Stretch, size: int, sent: tuple[Rating, Keep]) -> Group:
    """Rate rows piece by piece, and keep the selected ones."""
    X, rows = joined(slices), stretch.rows
    rating, keep = sent
    places = (np.arange(start, min(start + size, len(rows))) for start in range(0, len(rows), size))
    ratings = np.concatenate([rating(take(X, some)) for some in places])
    kept = keep(rows, ratings)
    return Group(ratings, rows[kept], take(X, kept))


def _ratings(group: Group) -> np.ndarray:
    return group.ratings


def _chosen(group: Group, rows: np.ndarray) -> Any:
    """Return some of the kept rows."""
    return take(group.X, np.searchsorted(group.kept, rows))
