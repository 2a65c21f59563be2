"""The file or folder whose rows are labelled, read row by row.

This is the one place where the store reads the user's data: `rows` reads all of it once, `cells`
reads one row again.
"""

import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from skal.labelling.trouble import SourceChanged, StoreError

MISSING = frozenset({"", "nan", "NaN"})  # of a label, as on the command line
DIGEST = 16  # bytes: the chance of two rows alike is 10^-27 among 10^6
WITH_HEADER = re.compile(r"\.(csv|tsv|xlsx)\b", re.IGNORECASE)  # a header line, as row 1
DRAWN = "skal_drawn"  # written by skal fill --keep-draws: how a row was chosen, not what it says


class Row(NamedTuple):
    """A row as the store remembers it."""

    digest: bytes
    content: bytes
    label: str | None
    offset: int | None = None
    name: str | None = None


@dataclass(frozen=True)
class Stamp:
    """The size and time of a file, and a digest of its content."""

    size: int
    mtime: int
    sha256: str


@dataclass
class Source(ABC):
    """A file of rows, with its label column, its id column, and words for no label."""

    path: Path
    label: str
    id: str | None = None
    missing: frozenset[str] = MISSING

    @property
    @abstractmethod
    def columns(self) -> list[str]:
        """Return the names of the columns."""

    @abstractmethod
    def records(self) -> Iterator[tuple[Mapping[str, str], int | None, str | None]]:
        """Yield each row's cells by column, its offset in the file, and its name."""

    @abstractmethod
    def record(self, row: int, offset: int | None, name: str | None) -> Mapping[str, str]:
        """Return the cells of one row."""

    def expect(self, rows: Sequence[int]) -> None:  # noqa: B027
        """Read these rows at once, where that is faster than one after the other."""

    def rows(self) -> Iterator[Row]:
        """Yield all rows in order.

        A loop over the rows in Python, once for each file: a digest is kept for years, so that it
        must not depend on how some version of pandas hashes.
        """
        for cells, offset, name in self.records():
            content = self.content_of(cells, name)
            digest = content if self.id is None else digest_of({self.id: cells[self.id]})
            label = cells.get(self.label, "").strip()
            yield Row(digest, content, None if label in self.missing else label, offset, name)

    def cells(self, row: int, offset: int | None, name: str | None, content: bytes) -> dict:
        """Return the cells to show for one row, if it is still the bound row."""
        try:
            cells = self.record(row, offset, name)
            same = self.content_of(cells, name) == content
        except (OSError, ValueError, LookupError, StopIteration):  # the last: a shorter file
            same = False
        if not same:
            raise SourceChanged(
                f"{self.path} has changed since its rows were read: restore it, or bind it again "
                "(store.bind()). All labels are kept."
            )
        return {name: cell for name, cell in cells.items() if self.describes(name)}

    def number_shown(self, row: int) -> int:
        """Return the number of a row as the page and a spreadsheet show it, from 1 or 2 on."""
        return row + (2 if WITH_HEADER.search(self.path.name) else 1)

    def content_of(self, cells: Mapping[str, str], name: str | None) -> bytes:
        """Return the digest of the cells that describe the row, in any order."""
        return digest_of({name: cell for name, cell in cells.items() if self.describes(name)})

    def describes(self, column: str) -> bool:
        """Return whether a column describes the row, not how it was labelled or drawn."""
        return column not in (self.label, DRAWN)

    def is_there(self) -> bool:
        """Return whether the file or folder exists."""
        return self.path.exists()

    def stamp(self) -> Stamp:
        """Return the size, time and digest of the file now."""
        found = self.path.stat()
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Stamp(found.st_size, found.st_mtime_ns, digest)

    def looks_like(self, size: int, mtime: int) -> bool:
        """Compare size and time of the last change, without reading the content."""
        try:
            found = self.path.stat()
        except OSError:
            return False
        return (found.st_size, found.st_mtime_ns) == (size, mtime)

    def check_columns(self) -> None:
        """Raise an error if the id column is missing, or two columns have the same name."""
        twice = {name for name in self.columns if self.columns.count(name) > 1}
        if twice:
            raise StoreError(f"{self.path} has several columns {min(twice)!r}: rename them.")
        if self.id is not None and self.id not in self.columns:
            raise StoreError(
                f"{self.path} has no column {self.id!r}: it has {', '.join(self.columns)}."
            )
        if self.id == self.label:
            raise StoreError(f"id and label are both {self.id!r}: name two columns.")


def digester(columns: Sequence[str], used: Collection[str]) -> Callable[[Sequence[str]], bytes]:
    """Return a function that computes `digest_of` of some columns from cells in file order."""
    parts = [(f"{len(name)}:{name}", columns.index(name)) for name in sorted(used)]
    blake2b = hashlib.blake2b

    def of_one(cells: Sequence[str]) -> bytes:
        cell = cells[at]
        text = f"{first}{len(cell)}:{cell}"
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST).digest()

    def of_several(cells: Sequence[str]) -> bytes:
        told: list[object] = []
        for place in places:
            cell = cells[place]
            told += (len(cell), cell)
        text = template % tuple(told)
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST).digest()

    if len(parts) == 1:
        ((first, at),) = parts
        return of_one
    places = [place for _, place in parts]
    template = "".join(name.replace("%", "%%") + "%d:%s" for name, _ in parts)
    return of_several


def digest_of(cells: Mapping[str, str]) -> bytes:
    """Return a digest of named cells, with their lengths, so that different rows differ."""
    parts = [f"{len(name)}:{name}{len(cell)}:{cell}" for name, cell in sorted(cells.items())]
    text = "".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=DIGEST).digest()


def numbered(rows: Iterable[Row]) -> Iterator[tuple[int, Row, int]]:
    """Yield rows with their numbers, and the number of earlier rows with the same digest."""
    seen: dict[bytes, int] = {}
    for number, row in enumerate(rows):
        occurrence = seen.get(row.digest, 0)
        seen[row.digest] = occurrence + 1
        yield number, row, occurrence


def as_text(cell: Any) -> str:
    """A cell as a text; empty where it is missing."""
    if isinstance(cell, str):
        return cell
    if getattr(cell, "ndim", 0):
        cell = cell.tolist()
    if isinstance(cell, list | dict | bool):
        return json.dumps(cell, ensure_ascii=False, sort_keys=True, default=str)
    missing = cell is None or type(cell).__name__ in ("NAType", "NaTType") or cell != cell
    return "" if missing else str(cell)
