"""Sources by what they are: separated texts, lines of JSON, Parquet, workbooks, folders."""

import bz2
import csv
import gzip
import hashlib
import json
import lzma
from codecs import BOM_UTF8 as UTF_8
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from skal.files.encoding import Encoding, encoding_of_stream
from skal.labelling.pool_source import PoolSource, is_pool
from skal.labelling.source import DIGEST, MISSING, Row, Source, Stamp, as_text, digester
from skal.labelling.trouble import StoreError

COMPRESSED: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
csv.field_size_limit(max(csv.field_size_limit(), 2**31 - 1))  # texts may be long
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
TEXTS = (".txt", ".md")
Record = tuple[Mapping[str, str], int | None, str | None]


@dataclass
class CsvSource(Source):
    """Cells separated by commas, semicolons, tabs or bars; rows are found by their offset."""

    @cached_property
    def columns(self) -> list[str]:
        for _, names in self._lines(0):
            return [name.strip() for name in names]
        raise StoreError(f"{self.path} is empty: it has no line of column names.")

    @cached_property
    def encoding(self) -> Encoding:
        """The encoding of the text, which is a guess if it is not UTF-8."""
        with _opened(self.path) as file:
            found = encoding_of_stream(file)
            file.seek(0)
            if "16" in found.name or (found.is_guess and b"\0" in file.read(2**20)):
                raise StoreError(f"{self.path} cannot be read as a table: save it as UTF-8.")
        return found

    @cached_property
    def separator(self) -> str:
        """The separator of the cells, as the header shows it."""
        with _opened(self.path) as file:
            header = file.readline().removeprefix(UTF_8).decode(self.encoding.name)
        try:
            return csv.Sniffer().sniff(header, delimiters=",;\t|").delimiter
        except csv.Error:  # a single column
            return ","

    def records(self) -> Iterator[Record]:
        lines = self._lines(0)
        next(lines)
        for offset, cells in lines:
            yield self._named(cells, offset), offset, None

    def record(self, row: int, offset: int | None, name: str | None) -> Mapping[str, str]:
        assert offset is not None
        return self._named(next(self._lines(offset))[1], offset)

    def rows(self) -> Iterator[Row]:
        """All rows, in order: as every source gives them, without a dictionary for each."""
        columns = self.columns
        n, missing = len(columns), self.missing
        label = columns.index(self.label) if self.label in columns else None
        by_id = None if self.id is None else digester(columns, [self.id])
        content_of = digester(columns, [name for name in columns if self.describes(name)])
        lines = self._lines(0)
        next(lines)
        for offset, cells in lines:
            if len(cells) != n:
                cells = self._padded(cells, offset)
            content = content_of(cells)
            known = None if label is None else cells[label].strip()
            if known in missing:
                known = None
            yield Row(content if by_id is None else by_id(cells), content, known, offset)

    def _padded(self, cells, offset):
        n = len(self.columns)
        if len(cells) > n:
            raise StoreError(
                f"{self.path} has a row (at byte {offset}) of {len(cells)} cells, and its header "
                f"names {n} columns: name each column."
            )
        return cells + [""] * (n - len(cells))

    def _named(self, cells, offset):
        return dict(zip(self.columns, self._padded(cells, offset)))

    def _lines(self, offset):
        """Rows from a place on, each with the place where it begins; blank lines are none."""
        with _opened(self.path) as file:
            file.seek(offset)
            lines = _Lines(self.encoding.name, file, offset)
            reader = csv.reader(lines, delimiter=self.separator, strict=True)
            begin = offset
            try:
                for cells in reader:
                    if cells:
                        yield begin, cells
                    begin = lines.offset
            except csv.Error as error:
                raise StoreError(f"{self.path} cannot be read (byte {begin}): {error}.") from error


class _Lines:
    """The lines of a file as texts, and how many bytes were read."""

    def __init__(self, encoding: str, file: IO[bytes], offset: int) -> None:
        self.encoding, self.file, self.offset = encoding, file, offset

    def __iter__(self) -> Iterator[str]:
        for line in self.file:
            at_start = self.offset == 0
            self.offset += len(line)
            yield (line.removeprefix(UTF_8) if at_start else line).decode(self.encoding)


@dataclass
class JsonLinesSource(Source):
    """An object a line."""

    @cached_property
    def columns(self) -> list[str]:
        return list(dict.fromkeys(name for cells, _, _ in self.records() for name in cells))

    def records(self) -> Iterator[Record]:
        offset = 0
        with _opened(self.path) as file:
            for line in file:
                if line.strip():
                    yield self._object(line, offset), offset, None
                offset += len(line)

    def record(self, row: int, offset: int | None, name: str | None) -> Mapping[str, str]:
        assert offset is not None
        with _opened(self.path) as file:
            file.seek(offset)
            return self._object(file.readline(), offset)

    def _object(self, line, offset):
        try:
            cells = json.loads(line)
        except ValueError as error:
            raise StoreError(f"{self.path} is no JSON at byte {offset}: {error}.") from error
        if not isinstance(cells, dict):
            raise StoreError(f"{self.path} holds no object at byte {offset}.")
        return {name: as_text(cell) for name, cell in cells.items()}


@dataclass
class FrameSource(Source):
    """Parquet files and workbooks, kept in memory as pandas reads them."""

    @cached_property
    def frame(self) -> Any:
        """The table, each cell of its own type."""
        import pandas as pd

        try:
            if self.path.suffix.lower() == ".xlsx":
                return pd.read_excel(self.path, dtype=object)
            return pd.read_parquet(self.path)
        except (ValueError, OSError, ImportError) as error:
            raise StoreError(f"{self.path} cannot be read as a table: {error}") from error

    @cached_property
    def columns(self) -> list[str]:
        return [str(name).strip() for name in self.frame.columns]

    def records(self) -> Iterator[Record]:
        for cells in self.frame.itertuples(index=False, name=None):
            yield self._named(cells), None, None

    def record(self, row: int, offset: int | None, name: str | None) -> Mapping[str, str]:
        return self._named(next(self.frame.iloc[[row]].itertuples(index=False, name=None)))

    def _named(self, cells):
        return {name: as_text(cell) for name, cell in zip(self.columns, cells)}


@dataclass
class FolderSource(Source):
    """A folder of images or texts: a file is a row, known by its content."""

    @property
    def columns(self) -> list[str]:
        return ["file"]

    @property
    def files(self) -> list[Path]:
        """Images and texts in the folder and below, but for hidden files and links outside."""
        inside = self.path.resolve()
        return sorted(
            path
            for path in self.path.rglob("*")
            if path.suffix.lower() in IMAGES + TEXTS
            and not any(part.startswith(".") for part in path.relative_to(self.path).parts)
            and path.is_file()
            and path.resolve().is_relative_to(inside)
        )

    def records(self) -> Iterator[Record]:
        for path in self.files:
            name = path.relative_to(self.path).as_posix()
            if not name.isprintable():
                raise StoreError(
                    f"{self.path} holds a file of an unreadable name, {name!r}: rename it."
                )
            yield {"file": name}, None, name

    def record(self, row: int, offset: int | None, name: str | None) -> Mapping[str, str]:
        assert name is not None
        path = self.path / name
        shown = {"file": name}
        if path.suffix.lower() in TEXTS:
            shown["text"] = path.read_text(encoding="utf-8", errors="replace")
        return shown

    def content_of(self, cells: Mapping[str, str], name: str | None) -> bytes:
        assert name is not None
        with (self.path / name).open("rb") as file:
            made = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=DIGEST))
        return made.digest()

    def stamp(self) -> Stamp:
        told = hashlib.sha256()
        size, mtime = self._seen()
        for path in self.files:
            told.update(path.relative_to(self.path).as_posix().encode("utf-8", "surrogateescape"))
            with path.open("rb") as file:
                told.update(hashlib.file_digest(file, "sha256").digest())
        return Stamp(size, mtime, told.hexdigest())

    def looks_like(self, size: int, mtime: int) -> bool:
        return self.path.is_dir() and self._seen() == (size, mtime)

    def _seen(self):
        """Bytes in all files, and the last change of a file or of the names in a folder."""
        files = [path.stat() for path in self.files]
        folders = [path.stat() for path in (self.path, *self.path.rglob("*/"))]
        return sum(s.st_size for s in files), max(s.st_mtime_ns for s in files + folders)


KINDS: dict[str, type[Source]] = {
    ".csv": CsvSource, ".tsv": CsvSource, ".jsonl": JsonLinesSource, ".ndjson": JsonLinesSource,
    ".parquet": FrameSource, ".pq": FrameSource, ".xlsx": FrameSource,
}  # fmt: skip


def open_source(
    path: Path, label: str, id: str | None = None, missing: frozenset[str] = MISSING
) -> Source:
    """The source that a file, a folder or a glob is."""
    if is_pool(path, IMAGES + TEXTS):
        pool = PoolSource(path, label, id, missing)
        pool.check_columns()
        return pool
    if path.is_dir():
        source: Source = FolderSource(path, label, id, missing)
        if id is not None:
            raise StoreError(f"{path} is a folder: its files have no column {id!r}.")
        return source
    if not path.exists():
        raise StoreError(f"{path} is not there.")
    kind = KINDS.get(ending(path))
    if kind is None:
        raise StoreError(
            f"{path} cannot be labelled: give a .csv, .tsv, .jsonl, .parquet or .xlsx file, or a "
            "folder of images or texts."
        )
    source = kind(path, label, id, missing)
    source.check_columns()
    return source


def ending(path: Path) -> str:
    """.csv for people.CSV and people.csv.gz."""
    if path.suffix.lower() in COMPRESSED:
        path = Path(path.stem)
    return path.suffix.lower()


def _opened(path: Path) -> IO[bytes]:
    return COMPRESSED.get(path.suffix.lower(), open)(path, "rb")


