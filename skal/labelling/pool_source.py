"""A pool of Parquet files as a source: rows are read from their files, and never copied."""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from glob import has_magic
from pathlib import Path
from typing import Any

from skal.labelling.source import Row, Source, Stamp, as_text, digester
from skal.labelling.trouble import StoreError
from skal.pools.parquet_files import ParquetFiles, home_of, matching, state_of

BLOCK = 10_000  # rows that are read at a time
NUMBERED = re.compile(r"(.*?)(\d+)")  # x0, x1, …: an embedding in columns of its own
FEWEST = 16  # of such columns
State = tuple[tuple[str, int, int], ...]


def is_pool(path: Path, others: tuple[str, ...] = ()) -> bool:
    """Whether this is a glob, or a folder of Parquet files and no files of `others` but README."""
    if not path.is_dir():
        return has_magic(str(path)) and not path.exists()
    found = False
    for _, folders, names in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in map(Path, names):
            ending, hidden = name.suffix.lower(), name.name.startswith(".")
            if ending in others and not hidden and name.stem.lower() != "readme":
                return False
            found = found or (ending == ".parquet" and not hidden)
    return found


@dataclass
class PoolSource(Source):
    """The rows of a glob or a folder of Parquet files, in the order of the files' names.

    Columns of vectors are not shown, nor are 16 float columns or more that count, such as x0, x1
    and so on: they are the `embedding`, from which the model learns.
    """

    def __post_init__(self) -> None:
        try:
            self.files = ParquetFiles.of(str(self.path))
            self._state = state_of(self.files.paths)
        except (ValueError, OSError) as error:
            raise StoreError(str(error)) from error
        self._expected: dict[int, dict[str, str]] = {}

    @cached_property
    def embedding(self) -> str | list[str] | None:
        """The column of vectors that the model learns from, or the columns that count; None."""
        own = (self.label, self.id)
        vectors = [name for name in self.files.vectors if name not in own]
        counted = self._counted()
        if len(vectors) > 1 or (vectors and counted):
            raise StoreError(
                f"{self.path} has several embeddings ({', '.join([*vectors, *counted[:1]])}), and "
                "the model learns from one: keep one of them in the files."
            )
        return vectors[0] if vectors else counted or None

    @cached_property
    def shown(self) -> list[str]:
        """The columns that people see: texts, numbers, dates, but not embedding and label."""
        embedding = self.embedding
        counted = embedding if isinstance(embedding, list) else []
        hidden = {*counted, *self.files.vectors}
        names = [field.name for field in self._readable() if field.name not in hidden]
        return [name for name in names if self.describes(name)]

    @property
    def columns(self) -> list[str]:
        """The columns that people see, and that of the label if it is there."""
        there = {*self.shown, self.label}
        return [name for name in self.files.schema.names if name in there]

    def check_columns(self) -> None:
        super().check_columns()
        if not [name for name in self.shown if name != self.id]:
            raise StoreError(
                f"{self.path} has no column of texts or numbers to show: add one to the files, or "
                "label rows with skal query."
            )

    def records(self) -> Iterator[tuple[Mapping[str, str], int | None, str | None]]:
        names = self.columns
        for cells in self._cells(names):
            yield dict(zip(names, cells)), None, None

    def rows(self) -> Iterator[Row]:
        names, missing = self.columns, self.missing
        label = names.index(self.label) if self.label in names else None
        by_id = None if self.id is None else digester(names, [self.id])
        content_of = digester(names, self.shown)
        for cells in self._cells(names):
            content = content_of(cells)
            known = None if label is None else cells[label].strip()
            known = None if known in missing else known
            yield Row(content if by_id is None else by_id(cells), content, known)

    def expect(self, rows: Sequence[int]) -> None:
        with contextlib.suppress(OSError, ValueError, LookupError):  # which `record` tells
            self._expected = dict(zip(rows, self._read(rows)))

    def record(self, row: int, offset: int | None, name: str | None) -> Mapping[str, str]:
        expected = self._expected.pop(row, None)
        return self._read([row])[0] if expected is None else expected

    def is_there(self) -> bool:
        return bool(matching(str(self.path)))

    def seen(self) -> tuple[int, int]:
        """Bytes in all files, and a number that changes with their names, sizes and times."""
        state = state_of(matching(str(self.path)))
        told = repr([(self._short(name), *rest) for name, *rest in state])
        number = hashlib.blake2b(told.encode("utf-8", "surrogateescape"), digest_size=7).digest()
        return sum(size for _, size, _ in state), int.from_bytes(number)

    def stamp(self) -> Stamp:
        told = hashlib.sha256()
        size, mtime = self.seen()
        for path in matching(str(self.path)):
            told.update(self._short(path).encode("utf-8", "surrogateescape"))
            with open(path, "rb") as file:
                told.update(hashlib.file_digest(file, "sha256").digest())
        return Stamp(size, mtime, told.hexdigest())

    def looks_like(self, size: int, mtime: int) -> bool:
        try:
            return self.seen() == (size, mtime)
        except OSError:
            return False

    def _check_rows(self):
        """Raise an error if a row may have another number now: a file has come, gone or grown."""
        if (state := state_of(matching(str(self.path)))) == self._state:
            return
        now = ParquetFiles.of(str(self.path))
        before = self.files
        if now.paths != before.paths or now.starts.tolist() != before.starts.tolist():
            raise LookupError("other files, or other numbers of rows")
        self.files, self._state = now, state

    def _read(self, rows):
        """Some rows, in this order: groups of rows are read from their beginning."""
        self._check_rows()
        found = self.files.take(rows, self.shown).to_pylist()
        return [{name: as_text(cell) for name, cell in cells.items()} for cells in found]

    def _cells(self, names):
        """The cells of all rows as texts, in the order of these columns."""
        from pyarrow import parquet

        for path in self.files.paths:
            with parquet.ParquetFile(path) as file:
                for batch in file.iter_batches(BLOCK, columns=names):
                    columns = [_texts(batch.column(name)) for name in names]
                    yield from zip(*columns)

    def _readable(self):
        """Fields that can be shown as a text."""
        from pyarrow import types

        unread = (types.is_struct, types.is_binary, types.is_large_binary, types.is_map,
                  types.is_fixed_size_binary)  # fmt: skip
        return [one for one in self.files.schema if not any(is_it(one.type) for is_it in unread)]

    def _counted(self):
        """Columns of floats whose names count from 0 or 1; none where there would be no other."""
        from pyarrow import types

        found: dict[str, dict[int, str]] = {}
        for field in self.files.schema:
            named = NUMBERED.fullmatch(field.name)
            if named and types.is_floating(field.type) and field.name not in (self.label, self.id):
                found.setdefault(named[1], {})[int(named[2])] = field.name
        many = [
            list(names.values())
            for names in found.values()
            if len(names) >= FEWEST and sorted(names) == list(range(min(names), max(names) + 1))
            and min(names) in (0, 1)
        ]  # fmt: skip
        counted = [name for names in many for name in names]
        hidden = {*counted, *self.files.vectors, self.label, self.id}
        return counted if any(one.name not in hidden for one in self._readable()) else []

    def _short(self, path):
        """The name of a file below the folder of all, which may move with the store."""
        return os.path.relpath(path, home_of(str(self.path)))


def _texts(column: Any) -> list[str]:
    """A column as texts; empty where a cell is missing."""
    return [cell if type(cell) is str else as_text(cell) for cell in column.to_pylist()]
