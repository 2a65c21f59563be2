"""Several Parquet files as one table: which row lies where, and single rows read by number."""

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

BATCH = 10_000  # rows of a group that are in memory at once


def matching(pattern: str) -> list[str]:
    """Return the Parquet files in a folder, or the files that a glob matches, sorted by name."""
    found = glob.glob(glob_of(pattern), recursive=True)
    return [path for path in sorted(found) if _is_file(path)]


def glob_of(pattern: str) -> str:
    """Return the glob of all Parquet files in a folder; of a glob, the glob itself."""
    if not os.path.isdir(pattern):
        return pattern
    return str(Path(glob.escape(pattern)) / "**" / "*.parquet")


def home_of(pattern: str) -> Path:
    """Return the folder that holds all files that a glob can match; of a folder, itself."""
    if os.path.isdir(pattern):
        return Path(pattern)
    parts = Path(pattern).parts
    fixed = next((i for i, part in enumerate(parts) if glob.has_magic(part)), len(parts) - 1)
    return Path(*parts[:fixed])


def state_of(paths: Sequence[str]) -> tuple[tuple[str, int, int], ...]:
    """Return names, sizes and times of the last change of files: equal if nobody wrote to them."""
    stats = [os.stat(path) for path in paths]
    return tuple((path, s.st_size, s.st_mtime_ns) for path, s in zip(paths, stats, strict=True))


@dataclass(frozen=True)
class ParquetFiles:
    """Several Parquet files of the same columns, sorted by name.

    `starts` are the numbers of their first rows, and last the number of all rows.  `groups` has a
    row for each group of rows: the number of its first row, its file, and its place in that file.
    """

    paths: tuple[str, ...]
    starts: np.ndarray
    schema: Any
    groups: np.ndarray

    @classmethod
    def of(cls, pattern: str) -> Self:
        """Open the files in a folder, or that a glob matches; their columns must be alike."""
        from pyarrow import parquet

        paths = matching(pattern)
        if not paths:
            raise FileNotFoundError(
                f"No Parquet file matches {glob_of(pattern)}: a pool is one such file or more."
            )
        starts, groups, first = [0], [], None
        for i, name in enumerate(paths):
            try:
                file = parquet.ParquetFile(name)
            except (OSError, ValueError) as error:
                raise ValueError(f"{name} cannot be read as a Parquet file: {error}") from error
            schema, told = file.schema_arrow, file.metadata
            first = schema if first is None else first
            _check_alike(name, schema, paths[0], first)
            at = starts[-1]
            for group in range(told.num_row_groups):
                groups.append((at, i, group))
                at += told.row_group(group).num_rows
            starts.append(at)
        if not starts[-1]:
            raise ValueError(f"The files that {glob_of(pattern)} matches have no rows.")
        return cls(tuple(paths), np.array(starts), first, np.array(groups))

    @property
    def n_rows(self) -> int:
        """The number of rows in all files."""
        return int(self.starts[-1])

    @cached_property
    def vectors(self) -> list[str]:
        """The columns that hold a vector of numbers in each row."""
        from pyarrow import types

        return [
            field.name
            for field in self.schema
            if hasattr(kind := field.type, "value_field")
            and (types.is_floating(kind.value_type) or types.is_integer(kind.value_type))
        ]

    def place_of(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the file of each row, as its position in `paths`, and the row's number there."""
        owner = np.searchsorted(self.starts, rows, side="right") - 1
        return owner, rows - self.starts[owner]

    def take(self, rows: np.ndarray | Sequence[int], columns: Sequence[str]) -> Any:
        """Return some rows as a table of Arrow, in this order; only their groups are read."""
        import pyarrow as pa
        from pyarrow import parquet

        unique, order = np.unique(np.asarray(rows, dtype=np.int64), return_inverse=True)
        owners = np.searchsorted(self.groups[:, 0], unique, side="right") - 1
        parts = [pa.schema([self.schema.field(name) for name in columns]).empty_table()]
        for group in np.unique(owners):
            start, file, place = self.groups[group].tolist()
            with parquet.ParquetFile(self.paths[file]) as opened:
                batches = opened.iter_batches(BATCH, row_groups=[place], columns=list(columns))
                found = _taken(batches, unique[owners == group] - start)
                parts += [pa.Table.from_batches([batch]).select(list(columns)) for batch in found]
        table = pa.concat_tables(parts, promote_options="default")
        return table.unify_dictionaries().combine_chunks().take(order)


def _taken(batches: Iterator[Any], rows: np.ndarray) -> Iterator[Any]:
    """Yield the rows of these numbers, which ascend; no batch after the last one is read."""
    start = 0
    for batch in batches:
        first, stop = np.searchsorted(rows, [start, start + batch.num_rows])
        if stop > first:
            yield batch.take(rows[first:stop] - start)
        if stop == len(rows):
            return
        start += batch.num_rows


def _is_file(path: str) -> bool:
    return Path(path).is_file() and not Path(path).name.startswith((".", "_"))


def _check_alike(name: str, schema: Any, first_name: str, first: Any) -> None:
    """Raise an error that names a file if its columns are not those of the first file."""
    lacking = [column for column in first.names if column not in schema.names]
    more = [column for column in schema.names if column not in first.names]
    if lacking or more:
        what = f"has no column {lacking[0]!r}" if lacking else f"has another column, {more[0]!r}"
        raise ValueError(
            f"{name} {what}, unlike {first_name}: the files of a pool have the same columns."
        )
    for column in first.names:
        one, other = schema.field(column).type, first.field(column).type
        if one != other:
            raise ValueError(
                f"Column {column!r} holds {one} in {name}, and {other} in {first_name}: the files "
                "of a pool hold the same types."
            )
