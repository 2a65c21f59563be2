"""The Parquet files of a pool: which rows lie in which file, and which columns are used."""

import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from skal.cli.draws import FILE, PLACE
from skal.cli.trouble import Trouble, told
from skal.pools import BlockPool
from skal.pools.parquet_files import ParquetFiles, matching


def is_pool(path: str) -> bool:
    """Whether this names a folder or a glob, rather than one file."""
    return Path(path).is_dir() or (not Path(path).exists() and glob.has_magic(path))


def pattern_of(paths: Sequence[str], command: str) -> str:
    """Find a glob that matches these Parquet files and no others, as the shell had it.

    An error says what to quote, if there is none.
    """
    typed = " ".join(map(str, paths[:3])) + (" …" if len(paths) > 3 else "")
    if not all(Path(path).suffix == ".parquet" for path in paths):
        raise Trouble(
            f"{command} takes one file, and got {len(paths)}: {typed}. Only Parquet files can be "
            "several: they are one pool."
        )
    names = [os.path.normpath(path) for path in paths]
    folders = {os.path.dirname(name) for name in names}
    home = glob.escape(os.path.commonpath(folders) if len(folders) > 1 else folders.pop())
    first = glob.escape(os.path.commonprefix([os.path.basename(name) for name in names]))  # noqa: RUF071
    for pattern in ("*.parquet", f"{first}*.parquet", "*/*.parquet", "**/*.parquet"):
        pattern = os.path.join(home, pattern)
        if sorted(names) == matching(pattern):
            return pattern
    raise Trouble(
        f"{command} takes a quoted glob, and got {len(paths)} files: {typed}. No glob matches "
        "these files and no others: move them to a folder of their own, and give the folder."
    )


class PoolFiles(ParquetFiles):
    """Several Parquet files of the same columns, with what the commands ask of them."""

    @classmethod
    def of(cls, path: str) -> Self:
        """The files in a folder, or that a glob matches; an error where their columns differ."""
        with told():
            return super().of(path)

    def inputs(self, without: Sequence[str]) -> tuple[str | list[str], list[str]]:
        """Columns to learn from, and those left out since they hold no numbers.

        A column of vectors is the only one that is learned from.
        """
        from pyarrow import types

        fields = [field for field in self.schema if field.name not in without]
        vectors = [name for name in self.vectors if name not in without]
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
        owner, places = self.place_of(rows)
        return pd.DataFrame({FILE: np.array(self.paths, dtype=object)[owner], PLACE: places})

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
        names = [name for name in self.schema.names if name not in self.vectors]
        pool = BlockPool(list(self.paths), columns=names).as_seen(names)
        return pool.take_rows(rows).reset_index(drop=True)
