"""Blocks of Dask's collections are rated where they lie: ratings and leading rows travel."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from skal._rows import as_container, joined, take

Rating = Callable[[Any], np.ndarray]  # rows ↦ a number for each
Keep = Callable[[np.ndarray, np.ndarray], np.ndarray]
Part = tuple[int, int, Any]  # the first row of a block, the one after its last, and the block


class OnWorkers:
    """Ratings of rows that lie in blocks of Dask's; rows that may be needed stay where they are.

    Parameters
    ----------
    parts : list of (start, stop, delayed)
        The blocks of the pool.
    rows : ndarray of int
        The rows to rate, which ascend.
    size : int
        Rows of a piece: pieces are those that they would be in one process, so that the ratings
        are the same.
    rating : callable
        Sent to where the blocks are.
    keep : callable
        (rows, ratings) ↦ places of the rows that may be needed, of a group of pieces.
    """

    def __init__(
        self, parts: Sequence[Part], rows: np.ndarray, size: int, rating: Rating, keep: Keep
    ):
        import dask

        starts = np.array([start for start, _, _ in parts])
        owner = np.searchsorted(starts, rows[::size], side="right") - 1  # of each piece
        rated, send = dask.delayed(_rated, pure=False), dask.delayed(rating, traverse=False)
        self._rows, tasks = [], []
        for block in np.unique(owner):
            pieces = np.flatnonzero(owner == block)
            mine = rows[pieces[0] * size : (pieces[-1] + 1) * size]
            tasks.append(rated(_slices(parts, mine), mine, size, send, keep))
            self._rows.append(mine)
        self._tasks = dask.persist(*tasks)

    def ratings(self) -> np.ndarray:
        """The ratings of all rows."""
        import dask

        return np.concatenate(dask.compute(*[task[0] for task in self._tasks]))

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
        first, last = np.searchsorted(rows, [start, stop])
        if last > first:
            slices.append(some(block, rows[first:last] - start))
    return slices


def _some(block: Any, places: np.ndarray) -> Any:
    """Rows of a block."""
    return take(as_container(block), places)


def _rated(
    slices: list[Any], rows: np.ndarray, size: int, rating: Rating, keep: Keep
) -> tuple[np.ndarray, np.ndarray, Any]:
    """The ratings of rows, a piece at a time, and the numbers and rows that are kept."""
    X = joined(slices)
    places = (np.arange(start, min(start + size, len(rows))) for start in range(0, len(rows), size))
    ratings = np.concatenate([rating(take(X, some)) for some in places])
    kept = keep(rows, ratings)
    return ratings, rows[kept], take(X, kept)


def _chosen(kept: tuple[np.ndarray, np.ndarray, Any], rows: np.ndarray) -> Any:
    """Some of the rows that were kept."""
    return take(kept[2], np.searchsorted(kept[1], rows))
