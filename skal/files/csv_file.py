"""Delimited text files, preserved byte for byte."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from skal.files.dialect import Dialect, dialect_of
from skal.files.encoding import Encoding, encoding_of
from skal.files.kinds import content_of, write_content
from skal.files.scanning import Scan, scan

IN_QUOTES = re.compile(rb'"((?:[^"]|"")*+)"?(.*)', re.DOTALL)


@dataclass(frozen=True)
class CsvFile:
    """Represent a delimited text by the positions of its cells.

    `text` is the content in UTF-8, without byte order mark.
    """

    text: bytes
    encoding: Encoding
    dialect: Dialect

    @classmethod
    def read(cls, path: str | Path) -> "CsvFile":
        """Read a file, which may be compressed."""
        return cls.of(content_of(path))

    @classmethod
    def of(cls, content: bytes) -> "CsvFile":
        """Parse the bytes of a file; raise a ValueError if they are not a table."""
        encoding = encoding_of(content)
        text = encoding.decoded(content)
        if encoding.encoded(text) != content:
            raise ValueError(
                f"it is not valid {encoding.name}, so it could not be written back unchanged"
            )
        file = cls(text, encoding, dialect_of(text))
        if not file._scan.is_closed:
            raise ValueError("it ends within quotes")
        return file

    @cached_property
    def _scan(self) -> Scan:
        return scan(self.text[self.dialect.header :], self.dialect.separator)

    @cached_property
    def _body(self) -> bytes:
        return self.text[self.dialect.header :]

    @cached_property
    def names(self) -> list[str]:
        """Return the column names in the header, as written."""
        if not len(self._scan.counts):
            return []
        first = int(self._scan.firsts[0])
        return [self._cell(first + i) for i in range(self._scan.counts[0])]

    @property
    def n_rows(self) -> int:
        """Return the number of rows after the header."""
        return max(0, len(self._scan.counts) - 1)

    def column(self, position: int) -> list[str]:
        """Return the cells of a column without their quotes; empty if a row is too short."""
        firsts, counts = self._scan.firsts[1:], self._scan.counts[1:]
        there = np.flatnonzero(counts > position)
        cells_there = firsts[there] + position
        starts, ends = self._scan.starts[cells_there], self._scan.ends[cells_there]
        there, starts, ends = (values[starts < ends] for values in (there, starts, ends))
        in_quotes = np.frombuffer(self._body, np.uint8)[starts] == ord('"')
        cells = np.full(len(counts), "", object)
        for chosen, read in ((~in_quotes, bytes.decode), (in_quotes, unquoted)):
            spans = zip(starts[chosen].tolist(), ends[chosen].tolist())
            cells[there[chosen]] = [read(self._body[start:end]) for start, end in spans]
        return cells.tolist()

    def longest_row(self) -> tuple[int, int]:
        """Find the first row, from 0, with more cells than the header, and their number; or -1, 0.

        Empty cells at the end of a row are ignored.
        """
        n_names = len(self.names)
        for row in np.flatnonzero(self._scan.counts[1:] > n_names):
            n_cells = int(self._scan.counts[row + 1])
            first = int(self._scan.firsts[row + 1])
            if any(self._cell(first + i) for i in range(n_names, n_cells)):
                return int(row), n_cells
        return -1, 0

    def plain(self) -> bytes:
        """Return the rows in a form that all readers parse alike, under a header of 0,1,2….

        They are unchanged, except cells with quotes inside, blanks at the start of a row, blank
        lines, and cells beyond the header's.
        """
        n_names = len(self.names)
        header = self.dialect.separator.join(b"%d" % i for i in range(n_names)) + b"\n"
        if not self.n_rows:
            return header
        found, firsts, counts = self._scan, self._scan.firsts[1:], self._scan.counts[1:]
        begins_blank = np.isin(np.frombuffer(self._body, np.uint8)[found.starts[firsts]], [32, 9])
        odd = np.union1d(found.odd, firsts[begins_blank & (found.starts < found.ends)[firsts]])
        odd = odd[odd >= firsts[0]]
        odd = odd[odd - firsts[np.searchsorted(firsts, odd, side="right") - 1] < n_names]
        spans = [(*self._span(i), quoted(self._cell(i))) for i in odd]
        for row in np.flatnonzero(counts > n_names):
            start = self._span(firsts[row] + n_names - 1)[1]
            spans.append((start, self._span(firsts[row] + counts[row] - 1)[1], b""))
        followed = found.blanks[(found.blanks > firsts[0]) & (found.blanks < firsts[-1])]
        spans += [(int(found.starts[i]), int(found.starts[i + 1]), b"") for i in followed]
        return header + spliced(self._body, sorted(spans), int(found.starts[firsts[0]]))

    def with_cells(self, position: int, cells: Mapping[int, str]) -> bytes:
        """Return the content of the file with these cells of a column replaced, all else unchanged.

        A cell is quoted if it must be, if the replaced one is, or if all non-empty cells of its
        column are.  A row that is too short gets the missing separators.
        """
        always, separator = self._quotes_all(position), self.dialect.separator
        spans = []
        for row, text in sorted(cells.items()):
            first, n_cells = int(self._scan.firsts[row + 1]), int(self._scan.counts[row + 1])
            if missing := max(0, position - n_cells + 1):
                end = self._span(first + n_cells - 1)[1]
                start = end
            else:
                start, end = self._span(first + position)
            must = (
                always
                or self._body[start : start + 1] == b'"'
                or (not text.strip() and n_cells == 1 and not missing)
            )
            cell = quoted(text) if must or self._needs_quotes(text) else text.encode()
            spans.append((start, end, separator * missing + cell))
        return self._encoded(self.text[: self.dialect.header] + spliced(self._body, spans))

    def with_column(self, name: str) -> "CsvFile":
        """Return the file with one more, empty column."""
        header = self.with_cells(len(self.names), {-1: name})  # the line before the first row
        named = CsvFile.of(header)
        empty = dict.fromkeys(range(self.n_rows), "")
        return CsvFile.of(named.with_cells(len(self.names), empty))

    def write(self, path: str | Path, position: int, cells: Mapping[int, str]) -> None:
        """Write the file with these cells, compressed according to the name of `path`."""
        write_content(path, self.with_cells(position, cells))

    def check(self, path: str | Path, position: int, cells: Mapping[int, str]) -> None:
        """Read back what was written; raise a ValueError if anything except these cells differs."""
        text = self.encoding.decoded(content_of(path))
        other = CsvFile(text, self.encoding, dialect_of(text))
        counts, longer = self._scan.counts[1:], self._scan.counts[1:].copy()
        longer[list(cells)] = np.maximum(longer[list(cells)], position + 1)
        same = (
            other.dialect.separator == self.dialect.separator
            and other.names == self.names
            and np.array_equal(other._scan.counts[1:], longer)
            and other._rest(position, cells, counts) == self._rest(position, cells, counts)
            and all(
                other._cell(int(other._scan.firsts[row + 1]) + position) == cell
                for row, cell in cells.items()
            )
        )
        if not same:
            raise ValueError("the file read back differs from the file with its new labels")

    def _rest(self, position, rows, counts):
        """Return all bytes except a column in some rows, whose numbers of cells were `counts`."""
        spans = []
        for row in sorted(rows):
            first, n_cells = int(self._scan.firsts[row + 1]), int(self._scan.counts[row + 1])
            end = self._span(first + min(position, n_cells - 1))[1]
            if (known := int(counts[row])) > position:
                start = self._span(first + position)[0]
            else:
                start = self._span(first + known - 1)[1]
            spans.append((start, end, b""))
        return self.text[: self.dialect.header] + spliced(self._body, spans)

    def _span(self, i):
        return int(self._scan.starts[i]), int(self._scan.ends[i])

    def _cell(self, i):
        start, end = self._span(i)
        return unquoted(self._body[start:end])

    def _quotes_all(self, position):
        """Return whether a column has non-empty cells, all of them in quotes."""
        firsts, counts = self._scan.firsts[1:], self._scan.counts[1:]
        cells = firsts[counts > position] + position
        starts, lengths = self._scan.starts[cells], (self._scan.ends - self._scan.starts)[cells]
        starts, lengths = starts[lengths > 0], lengths[lengths > 0]
        in_quotes = np.frombuffer(self._body, np.uint8)[starts] == ord('"')
        filled = ~in_quotes | (lengths > 2)
        return bool(filled.any() and in_quotes[filled].all())

    def _needs_quotes(self, text):
        return any(mark in text for mark in ('"', "\n", "\r", self.dialect.separator.decode()))

    def _encoded(self, text):
        try:
            return self.encoding.encoded(text)
        except UnicodeEncodeError as error:
            letters = error.object[error.start : error.end]
            name = self.encoding.name
            raise ValueError(
                f"the file is in {name}, which cannot represent {letters!r}"
            ) from error


def quoted(text: str) -> bytes:
    """Return a text as a cell in quotes."""
    return b'"%b"' % text.encode().replace(b'"', b'""')


def unquoted(cell: bytes) -> str:
    """Return the text of a cell, without its quotes."""
    if cell.startswith(b'"') and (found := IN_QUOTES.match(cell)):
        cell = found[1].replace(b'""', b'"') + found[2]
    return cell.decode()


def spliced(text: bytes, spans: Iterable[tuple[int, int, bytes]], begin: int = 0) -> bytes:
    """Return a text from `begin` on, with some ordered spans replaced by other bytes."""
    parts = []
    for start, end, instead in spans:
        parts += [text[begin:start], instead]
        begin = end
    return b"".join([*parts, text[begin:]])
