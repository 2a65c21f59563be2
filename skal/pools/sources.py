"""Where the blocks of a pool come from: arrays on a disk, and blocks that somebody yields."""

import mmap
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sklearn import get_config

from skal._rows import BLOCK_SHARE


@dataclass(frozen=True)
class Span:
    """Rows that are read together.

    Attributes
    ----------
    start, stop : int
        The first of them, and the one after the last; `stop` is None where nobody knows.
    name : str or None
        What errors call them; None: the number of the block.
    key : object
        What the source finds them by.
    counts_blocks : bool
        Whether errors number the blocks within.
    """

    start: int
    stop: int | None
    name: str | None = None
    key: Any = None
    counts_blocks: bool = False


class Source(Protocol):
    """What a pool reads.  `columns` mean something where `is_table` is true.

    `mapped` is all rows as one array, where they are in memory or the system maps them there.
    """

    is_table: bool
    mapped: np.ndarray | None

    def spans(self) -> Sequence[Span]:
        """The rows in order, as parts that can be read alone."""

    def read(self, span: Span, columns: "Columns") -> Iterator[Any]:
        """The blocks of a part, in order."""

    def check(self, columns: "Columns") -> None:
        """An error where a table has no such columns."""

    def parts(self, columns: "Columns") -> list[tuple[int, int, Any]] | None:
        """Blocks that Dask knows: their first row, the one after their last, and they delayed."""

    def state(self) -> object:
        """What changes when the rows do, as far as that can be told; compared by ==."""


@dataclass(frozen=True)
class Columns:
    """Which columns of a table are read, and as what; hashable.

    Attributes
    ----------
    names : tuple of str, str or None
        The columns; one name: a column of vectors or of numbers; None: all.
    frame : bool
        Whether a block is a frame of them, rather than an array.
    """

    names: tuple[str, ...] | str | None = None
    frame: bool = False


def chosen(names: tuple[str, ...] | str | None, there: Sequence[str]) -> list[str]:
    """The columns to read of those that there are; an error where one is missing."""
    asked = [names] if isinstance(names, str) else list(there if names is None else names)
    if lacking := [name for name in asked if name not in there]:
        shown = ", ".join(map(str, there[:8])) + (", …" if len(there) > 8 else "")
        raise ValueError(
            f"The pool has no column {lacking[0]!r}: it has {shown}. Name the columns that the "
            "model was fitted on, as BlockPool(source, columns=[...])."
        )
    return asked


def step_of(bytes_a_row: float, chunk: int = 1) -> int:
    """Rows of a block that is small beside scikit-learn's `working_memory`: whole chunks."""
    rows = int(get_config()["working_memory"] * 2**20 * BLOCK_SHARE // max(bytes_a_row, 1))
    return max(rows // chunk * chunk, chunk, 1) if chunk * bytes_a_row < 2**28 else max(rows, 1)


class ArraySource:
    """An array whose rows are read by slices: `numpy.memmap`, a data set of HDF5 or of zarr."""

    is_table = False

    def __init__(self, array: Any, block_size: int | None = None):
        self.array = array
        plain = isinstance(array, np.ndarray) and not isinstance(array, np.ma.MaskedArray)
        self.mapped = np.asarray(array) if plain else None
        chunks = getattr(array, "chunks", None)  # None of data that lies in one piece
        chunk = int(chunks[0]) if chunks else 1
        width = int(np.prod(array.shape[1:], dtype=np.int64)) * array.dtype.itemsize
        self.step = block_size or step_of(width, chunk)
        self._file = _file_of(array)

    def spans(self) -> Sequence[Span]:
        """Slices of so many rows."""
        n = self.array.shape[0]
        starts = range(0, n, self.step)
        return [Span(start, min(start + self.step, n)) for start in starts]

    def read(self, span: Span, columns: Columns) -> Iterator[Any]:
        """The rows as an array in memory; of a memory map, the map itself."""
        rows = self.array[span.start : span.stop]
        if isinstance(rows, np.memmap):
            _bring(rows)
        yield rows if isinstance(rows, np.ma.MaskedArray) else np.asarray(rows)

    def check(self, columns: Columns) -> None:
        """Arrays have no columns to check."""

    def parts(self, columns: Columns) -> None:
        """Dask knows nothing of them."""

    def state(self) -> object:
        """The shape, and of a file its size and when it was written to."""
        return self.array.shape, None if self._file is None else stamp(self._file)


def _bring(rows: np.memmap) -> None:
    """Have the system bring rows of a file into its memory, while another thread computes."""
    if rows.size and rows.flags.c_contiguous:
        np.bitwise_or.reduce(rows.reshape(-1).view(np.uint8)[:: mmap.PAGESIZE])


def _file_of(array: Any) -> str | None:
    """The one file that holds an array, if it is known."""
    name = getattr(array, "filename", None) or getattr(
        getattr(array, "file", None), "filename", None
    )
    return os.fspath(name) if name is not None and os.path.isfile(name) else None


def stamp(path: str) -> tuple[int, int]:
    """Size of a file, and when it was written to."""
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns


class FactorySource:
    """Blocks that a function yields anew each time it is called."""

    is_table = False
    mapped: np.ndarray | None = None

    def __init__(self, factory: Callable[[], Iterable[Any]], n: int | None = None):
        self.factory = factory
        self._n = n

    def spans(self) -> Sequence[Span]:
        """One part: what a function yields has to be read from its beginning."""
        return [Span(0, self._n, counts_blocks=True)]

    def read(self, span: Span, columns: Columns) -> Iterator[Any]:
        """The blocks as they come."""
        yield from self.factory()

    def check(self, columns: Columns) -> None:
        """What a function yields is checked as it comes."""

    def parts(self, columns: Columns) -> None:
        """Dask knows nothing of them."""

    def state(self) -> object:
        """Nothing is known of a function."""
        return None
