"""Tables in Parquet files, or whatever else `pyarrow.dataset` reads, as blocks of a pool."""

import glob
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from skal.pools.sources import Columns, Span, chosen, stamp, step_of

# Rows that are put together at once.
FEW = 2048


def dataset_of(paths: Any) -> Any:
    """The data set of a path, a folder, a glob, or a list of paths of Parquet files."""
    try:
        from pyarrow import dataset
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'A pool in Parquet files needs pyarrow: pip install "skal[parquet]".'
        ) from error
    if isinstance(paths, str | os.PathLike):
        path = os.fspath(paths)
        if os.path.exists(path):
            return _opened(dataset, path)
        paths = sorted(glob.glob(path, recursive=True))
        if not paths:
            raise FileNotFoundError(f"There is no file {path!r}, and no file that it matches.")
    paths = [os.fspath(path) for path in paths]
    if gone := [path for path in paths if not os.path.exists(path)]:
        raise FileNotFoundError(f"There is no file {gone[0]!r}.")
    return _opened(dataset, paths)


def _opened(dataset: Any, paths: str | list[str]) -> Any:
    """Open Parquet files; an error about files of another format says how to open those."""
    try:
        return dataset.dataset(paths, format="parquet")
    except ValueError as error:
        endings = {
            os.path.splitext(path)[1] for path in ([paths] if isinstance(paths, str) else paths)
        }
        if ".npy" in endings:
            advice = "Open a .npy file with np.load(path, mmap_mode='r') and pass the array."
        elif endings & {".h5", ".hdf5"}:
            advice = "Open an HDF5 file with h5py.File(path) and pass one of its data sets."
        elif ".zarr" in endings:
            advice = "Open a zarr array with zarr.open_array(path) and pass it."
        else:
            advice = "Open files of another format with pyarrow.dataset.dataset(path, format=...)."
        raise ValueError(f"A path must name Parquet files. {advice} ({error})") from error


class TableSource:
    """A `pyarrow.dataset`: its files in order, and of Parquet files their groups of rows."""

    is_table = True
    mapped: np.ndarray | None = None

    def __init__(self, data: Any, block_size: int | None = None):
        self.data = data
        self.block_size = block_size
        self._spans: list[Span] | None = None
        self._files = {path: stamp(path) for path in _files_of(data)}

    @property
    def names(self) -> list[str]:
        """The columns of the table."""
        return list(self.data.schema.names)

    @property
    def _partitioned(self) -> list[str]:
        """Columns that the names of folders tell."""
        partitioning = getattr(self.data, "partitioning", None)
        return [] if partitioning is None else list(partitioning.schema.names)

    def spans(self) -> Sequence[Span]:
        """Groups of rows, whose lengths the files tell without being read."""
        if self._spans is None:
            self._spans, start = [], 0
            for part, n, name in self._parts():
                self._spans.append(Span(start, start + n, name, part))
                start += n
        return self._spans

    def _parts(self) -> Iterator[tuple[Any, int, str]]:
        for fragment in self.data.get_fragments():
            path = getattr(fragment, "path", "the table")
            groups = getattr(fragment, "row_groups", None)
            if groups is None:
                yield fragment, fragment.count_rows(), path
                continue
            for group in groups:
                part = fragment.subset(row_group_ids=[group.id])
                yield part, group.num_rows, f"row group {group.id} of {path}"

    def read(self, span: Span, columns: Columns) -> Iterator[Any]:
        """The rows of a group, some at a time."""
        read_as = self._vectors() if columns == Columns() else columns.names
        names = chosen(read_as, self.names)
        schema = self.data.schema
        there = {*span.key.physical_schema.names, *self._partitioned}
        if lacking := [name for name in names if name not in there]:
            raise ValueError(f"it has no column {lacking[0]!r}, and other files of the pool do")
        size = self.block_size or step_of(self._bytes_a_row(names))
        batches = span.key.to_batches(
            schema=schema, columns=names, batch_size=size, batch_readahead=1, fragment_readahead=1
        )
        for batch in batches:
            if batch.num_rows:
                yield batch.to_pandas() if columns.frame else _as_rows(batch, read_as)

    def _vectors(self) -> str | None:
        """The one column of vectors, which are the rows where nothing else was said; or None."""
        found = [field.name for field in self.data.schema if hasattr(field.type, "value_field")]
        return found[0] if len(found) == 1 else None

    def _bytes_a_row(self, names: Sequence[str]) -> float:
        """About how much memory a row takes."""
        return sum(_width(self.data.schema.field(name).type) for name in names)

    def check(self, columns: Columns) -> None:
        """An error where the table has no such columns."""
        chosen(columns.names, self.names)

    def parts(self, columns: Columns) -> None:
        """Dask knows nothing of them."""

    def state(self) -> object:
        """The sizes of the files, and when they were written to."""
        return {path: stamp(path) if os.path.isfile(path) else None for path in self._files}


def _files_of(data: Any) -> list[str]:
    """The files of a data set that this machine sees; none of a table in memory."""
    return [path for path in getattr(data, "files", ()) if os.path.isfile(path)]


def _width(kind: Any) -> float:
    """Bytes of a value of a column; of what has no width, a guess."""
    if hasattr(kind, "list_size"):
        return kind.list_size * _width(kind.value_type)
    try:
        return max(kind.bit_width // 8, 1)
    except ValueError:
        return 64.0


def _as_rows(batch: Any, names: tuple[str, ...] | str | None) -> np.ndarray | list[str]:
    """A batch as an array, a row of numbers each; one column of texts as a list of them."""
    if isinstance(names, str) and "string" in str(batch.schema.field(0).type):
        if batch.column(0).null_count:
            raise ValueError(f"Column {names!r} holds a row without a text.")
        return batch.column(0).to_pylist()
    arrays = [_values(batch.column(i), name) for i, name in enumerate(batch.schema.names)]
    if len(arrays) == 1 and (arrays[0].ndim == 2 or isinstance(names, str)):
        return arrays[0].reshape(batch.num_rows, -1)
    vectors = [name for name, array in zip(batch.schema.names, arrays) if array.ndim == 2]
    if vectors:
        which = " and ".join(map(repr, vectors))
        raise ValueError(
            f"Column {which} holds vectors, and there are other columns: give "
            f"BlockPool(source, columns={vectors[0]!r}) to have its vectors as rows."
        )
    rows = np.empty((batch.num_rows, len(arrays)), dtype=np.result_type(*arrays))
    for start in range(0, len(rows), FEW):  # which stay in a processor's cache
        some = slice(start, start + FEW)
        np.stack([array[some] for array in arrays], axis=1, out=rows[some], casting="unsafe")
    return rows


def _values(column: Any, name: str) -> np.ndarray:
    """A column as numbers (n), or as vectors (n×d)."""
    kind = column.type
    if hasattr(kind, "value_field"):  # a list in each row
        if column.null_count:
            raise ValueError(f"Column {name!r} holds a row without a vector.")
        values = column.flatten().to_numpy(zero_copy_only=False)
        lengths = np.diff(column.offsets) if hasattr(column, "offsets") else [kind.list_size]
        if len(set(np.unique(lengths).tolist())) > 1:
            raise ValueError(
                f"The vectors of column {name!r} differ in length: {min(lengths)} and "
                f"{max(lengths)}."
            )
        return values.reshape(len(column), -1)
    values = column.to_numpy(zero_copy_only=False)
    if values.dtype.kind not in "fiub":
        raise ValueError(
            f"Column {name!r} holds {kind}, and rows of an array hold numbers: name the columns of "
            "numbers as BlockPool(source, columns=[...]), or one column of texts as columns='name'."
        )
    return values
