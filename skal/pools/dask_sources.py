"""Arrays and frames of Dask as blocks of a pool."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from skal.pools.sources import Columns, Span, chosen


class DaskArraySource:
    """A Dask array, read a chunk of rows at a time."""

    is_table = False
    mapped: np.ndarray | None = None

    def __init__(self, array: Any, block_size: int | None = None):
        if any(np.isnan(size) for size in array.chunks[0]):
            array = array.compute_chunk_sizes()
        if array.ndim > 1:  # a row lies in one chunk
            array = array.rechunk(dict.fromkeys(range(1, array.ndim), -1))
        self.array = array if block_size is None else array.rechunk({0: block_size})

    def spans(self) -> Sequence[Span]:
        """The chunks that hold rows."""
        stops = np.cumsum(self.array.chunks[0]).tolist()
        starts = [0, *stops[:-1]]
        pairs = zip(starts, stops, strict=True)
        return [Span(*pair, key=i) for i, pair in enumerate(pairs) if pair[1] > pair[0]]

    def read(self, span: Span, columns: Columns) -> Iterator[Any]:
        """A chunk, computed where Dask computes."""
        yield np.asanyarray(self.array.blocks[span.key].compute())

    def check(self, columns: Columns) -> None:
        """Arrays have no columns to check."""

    def parts(self, columns: Columns) -> list[tuple[int, int, Any]]:
        """The chunks, delayed."""
        blocks = self.array.to_delayed().ravel()
        return [(span.start, span.stop or 0, blocks[span.key]) for span in self.spans()]

    def state(self) -> object:
        """The name of the graph, which stands for its content."""
        return self.array.name


class DaskFrameSource:
    """A Dask frame, read a partition at a time."""

    is_table = True
    mapped: np.ndarray | None = None

    def __init__(self, frame: Any, block_size: int | None = None):
        self.frame = frame
        self.block_size = block_size

    @cached_property
    def _lengths(self) -> list[int]:
        """Rows of each partition: Dask has to look."""
        return self.frame.map_partitions(len).compute().tolist()

    @property
    def names(self) -> list[str]:
        """The columns of the frame."""
        return list(self.frame.columns)

    def spans(self) -> Sequence[Span]:
        """The partitions that hold rows."""
        stops = np.cumsum(self._lengths).tolist()
        pairs = zip([0, *stops[:-1]], stops, strict=True)
        return [
            Span(*pair, f"partition {i}", i) for i, pair in enumerate(pairs) if pair[1] > pair[0]
        ]

    def read(self, span: Span, columns: Columns) -> Iterator[Any]:
        """A partition, computed where Dask computes."""
        frame = self.frame[chosen(columns.names, self.names)].partitions[span.key].compute()
        size = self.block_size or max(len(frame), 1)
        for start in range(0, len(frame), size):
            block = frame.iloc[start : start + size]
            yield block if columns.frame else _as_array(block)

    def check(self, columns: Columns) -> None:
        """An error where the table has no such columns."""
        chosen(columns.names, self.names)

    def parts(self, columns: Columns) -> list[tuple[int, int, Any]]:
        """The partitions, delayed."""
        frame = self.frame[chosen(columns.names, self.names)]
        blocks = frame.to_delayed() if columns.frame else _arrays(frame)
        return [(span.start, span.stop or 0, blocks[span.key]) for span in self.spans()]

    def state(self) -> object:
        """Nothing: a frame of Dask's is what its graph says."""
        return None


def _arrays(frame: Any) -> list[Any]:
    """The partitions of a frame as arrays, delayed."""
    import dask

    return list(map(dask.delayed(_as_array, pure=False), frame.to_delayed()))


def _as_array(frame: Any) -> np.ndarray:
    return np.ascontiguousarray(frame.to_numpy())
