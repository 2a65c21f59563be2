"""The Parquet files of a pool: which rows lie in which file, and which columns are used."""

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skal.cli.draws import FILE, PLACE
from skal.cli.trouble import Trouble
from skal.pools import BlockPool


def is_pool(path: str) -> bool:
    """Whether this names a folder or a glob, rather than one file."""
    return Path(path).is_dir() or (not Path(path).exists() and glob.has_magic(path))


@dataclass(frozen=True)
class PoolFiles:
    """Several Parquet files of the same columns, in the order of their names.

    `starts` are the numbers of their first rows, and last how many rows there are.
    """

    paths: tuple[str, ...]
    starts: np.ndarray
    schema: Any

    @classmethod
    def of(cls, path: str) -> "PoolFiles":
        """The files in a folder, or that a glob matches; an error where their columns differ."""
        from pyarrow import parquet

        pattern = str(Path(path) / "**" / "*.parquet") if Path(path).is_dir() else path
        paths = [found for found in sorted(glob.glob(pattern, recursive=True)) if _is_file(found)]
        if not paths:
            raise Trouble(f"No Parquet file matches {pattern}: a pool is one such file or more.")
        starts, first = [0], None
        for name in paths:
            try:
                file = parquet.ParquetFile(name)
            except (OSError, ValueError) as error:
                raise Trouble(f"{name} cannot be read as a Parquet file: {error}") from error
            schema = file.schema_arrow
            first = schema if first is None else first
            _check_alike(name, schema, paths[0], first)
            starts.append(starts[-1] + file.metadata.num_rows)
        if not starts[-1]:
            raise Trouble(f"The files that {pattern} matches have no rows.")
        return cls(tuple(paths), np.array(starts), first)

    @property
    def n_rows(self) -> int:
        """How many rows all files hold."""
        return int(self.starts[-1])

    def inputs(self, without: Sequence[str]) -> tuple[str | list[str], list[str]]:
        """Columns to learn from, and those left out since they hold no numbers.

        A column of vectors is the only one that is learned from.
        """
        from pyarrow import types

        fields = [field for field in self.schema if field.name not in without]
        vectors = [field.name for field in fields if hasattr(field.type, "value_field")]
        numbers = [
            field.name
            for field in fields
            if types.is_integer(field.type)
            or types.is_floating(field.type)
            or types.is_boolean(field.type)
        ]
        if len(vectors) > 1:
            raise Trouble(
                f"The pool has several columns of vectors ({', '.join(vectors)}), and skal query "
                "reads one: keep one of them in the files, or name it in Python, as "
                f"BlockPool(files, columns={vectors[0]!r})."
            )
        used = vectors or numbers
        if not used:
            raise Trouble("The pool has no column of numbers or of vectors to learn from.")
        left_out = [field.name for field in fields if field.name not in used]
        return (used[0] if vectors else used), left_out

    def pool(self, columns: str | list[str]) -> BlockPool:
        """The rows of all files, which are read in blocks."""
        return BlockPool(list(self.paths), columns=columns)

    def where(self, rows: np.ndarray) -> pd.DataFrame:
        """The file of each row, and its number there."""
        owner = np.searchsorted(self.starts, rows, side="right") - 1
        names = np.array(self.paths, dtype=object)[owner]
        return pd.DataFrame({FILE: names, PLACE: rows - self.starts[owner]})

    def rows_at(self, files: Sequence[str], places: np.ndarray, source: str) -> np.ndarray:
        """Row numbers by file and row there; an error where there is no such row."""
        known = {path: i for i, path in enumerate(self.paths)}
        known |= {str(Path(path).absolute()): i for path, i in known.items()}
        owner = np.array([known.get(name, -1) for name in files], dtype=int)
        if (owner < 0).any():
            name = files[int(np.argmax(owner < 0))]
            raise Trouble(f"{source} has a row of {name}, which is no file of this pool.")
        rows = self.starts[owner] + places
        wrong = (places < 0) | (rows >= self.starts[owner + 1])
        if wrong.any():
            i = int(np.argmax(wrong))
            raise Trouble(f"{source} has row {places[i]} of {files[i]}, which has fewer rows.")
        return rows

    def rows_where(self, column: str, values: Any) -> tuple[np.ndarray, pd.Series]:
        """Row numbers, ascending, where a column holds one of the values, and what it holds there.

        None: where it holds anything.
        """
        from pyarrow import compute, parquet

        rows, found = [], []
        for path, start in zip(self.paths, self.starts[:-1], strict=True):
            cells = parquet.read_table(path, columns=[column]).column(column)
            if values is None:
                is_there = compute.is_valid(cells)
            else:
                texts = compute.cast(cells, "string")
                is_there = compute.is_in(texts, value_set=values)
            rows.append(start + np.flatnonzero(is_there.to_numpy()))
            found.append(cells.filter(is_there).to_pandas())
        return np.concatenate(rows), pd.concat(found, ignore_index=True).rename(column)

    def read(self, rows: np.ndarray) -> pd.DataFrame:
        """Some rows as a frame of all columns but vectors."""
        names = [field.name for field in self.schema if not hasattr(field.type, "value_field")]
        pool = BlockPool(list(self.paths), columns=names).as_seen(names)
        return pool.take_rows(rows).reset_index(drop=True)


def _is_file(path: str) -> bool:
    return Path(path).is_file() and not Path(path).name.startswith((".", "_"))


def _check_alike(name: str, schema: Any, first_name: str, first: Any) -> None:
    """An error that names a file whose columns are not those of the first one."""
    lacking = [column for column in first.names if column not in schema.names]
    more = [column for column in schema.names if column not in first.names]
    if lacking or more:
        what = f"has no column {lacking[0]!r}" if lacking else f"has another column, {more[0]!r}"
        raise Trouble(
            f"{name} {what}, unlike {first_name}: the files of a pool have the same columns."
        )
    for column in first.names:
        one, other = schema.field(column).type, first.field(column).type
        if one != other:
            raise Trouble(
                f"Column {column!r} holds {one} in {name}, and {other} in {first_name}: the files "
                "of a pool hold the same types."
            )
