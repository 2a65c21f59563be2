"""One pass over the blocks of a pool, and errors that name the block."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from skal import _checks
from skal._rows import as_container, joined, n_rows, take
from skal.pools.sources import Columns, Source, Span


class Block(NamedTuple):
    """Rows that lie together, the number of the first one, and what errors call them."""

    start: int
    X: Any
    name: str


class Piece(NamedTuple):
    """Rows that are looked at together, their numbers, and the blocks that they come from."""

    rows: np.ndarray
    X: Any
    blocks: list[tuple[int, str]]

    def name_of(self, row: int) -> str:
        """The name of the block that a row of the pool lies in."""
        return [name for start, name in self.blocks if start <= row][-1]


@dataclass
class Known:
    """What was found out about a pool; copies of the pool share it."""

    n_rows: int | None = None
    rows: dict[Columns, tuple[np.ndarray, Any]] = field(default_factory=dict)


def read_blocks(
    source: Source, columns: Columns, n: int | None, rows: np.ndarray | None = None
) -> Iterator[Block]:
    """The blocks in order; with `rows`, which ascend, those that may hold one of them.

    An error where they are not the n rows that there were before.
    """
    before, like, done = source.state(), None, 0
    for i, span in enumerate(source.spans()):
        if rows is not None and not _has_any(span, rows):
            continue
        done = span.start
        for name, X in _parts(source, span, columns, i):
            like = X if like is None else like
            _check_alike(X, like, name)
            yield Block(done, X, name)
            done += n_rows(X)
            if rows is not None and done > rows[-1]:
                break
        stop = n if span.stop is None else span.stop
        early = rows is not None and done > rows[-1]
        if source.state() != before or (stop is not None and done != stop and not early):
            held = f"{stop - span.start:,} rows" if stop is not None else "other rows"
            if span.counts_blocks:
                raise RuntimeError(
                    f"The function of the pool returned blocks of {done:,} rows together, where "
                    f"n_rows or an earlier call had {held}: it must return new blocks of the same "
                    "rows each time it is called (not one iterator), and n_rows is their number."
                )
            raise RuntimeError(
                f"{_name(span, i)} of the pool changed while it was read: it held {held} before, "
                f"and {done - span.start:,} were read now. Query again once nobody writes to it."
            )


def count(source: Source, columns: Columns) -> int:
    """The number of rows of a pool that is not empty, by reading it."""
    n = sum(n_rows(block.X) for block in read_blocks(source, columns, None))
    if not n:
        raise ValueError(
            "The pool has no rows. A function must return new blocks each time it is called (not "
            "one iterator)."
        )
    return n


def _has_any(span: Span, rows: np.ndarray) -> bool:
    """Whether a span holds one of these rows, which ascend."""
    first = np.searchsorted(rows, span.start)
    return bool(first < len(rows) and (span.stop is None or rows[first] < span.stop))


def _parts(source: Source, span: Span, columns: Columns, i: int) -> Iterator[tuple[str, Any]]:
    """The blocks of a span, with their names."""
    parts, k = source.read(span, columns), 0
    while True:
        name = f"Block {k}" if span.counts_blocks else _name(span, i)
        try:
            X = as_container(next(parts))
            _checks.check_unmasked(X)
        except StopIteration:
            return
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise RuntimeError(f"{name} of the pool cannot be read: {said}") from error
        yield name, X
        k += 1


def _name(span: Span, i: int) -> str:
    return f"Block {i}" if span.name is None else span.name


def _check_alike(X: Any, like: Any, name: str) -> None:
    """An error for a block whose rows are unlike those of the first one."""
    one, other = _form(X), _form(like)
    if one != other:
        raise ValueError(
            f"{name} of the pool holds {one}, and the first block {other}: all blocks must have "
            "rows of the same shape and type."
        )


def _form(X: Any) -> str:
    """What rows are, in words."""
    if hasattr(X, "columns"):
        return f"a frame with the columns {list(X.columns)}"
    dtype = f" of type {X.dtype}" if hasattr(X, "dtype") else ""
    return f"{type(X).__name__}{dtype} with rows of shape {np.shape(X)[1:]}"


def cut(blocks: Iterator[Block], rows: np.ndarray | None, size: int) -> Iterator[Piece]:
    """Pieces of `size` of these rows each (None: of all), however they lie in blocks."""
    held: list[tuple[np.ndarray, Any]] = []
    names: list[tuple[int, str]] = []
    n_held = 0
    for start, X, name in blocks:
        stop = start + n_rows(X)
        mine = np.arange(start, stop) if rows is None else rows[slice(*_within(rows, start, stop))]
        names.append((start, name))
        begin = 0
        while begin < len(mine):
            some = mine[begin : begin + size - n_held]
            held.append((some, take(X, some - start)))
            n_held, begin = n_held + len(some), begin + len(some)
            if n_held == size:
                yield _piece(held, names)
                held, names, n_held = [], names[-1:], 0
        del X  # it must not stay in memory beside the next one
    if n_held:
        yield _piece(held, names)


def _within(rows: np.ndarray, start: int, stop: int) -> tuple[int, int]:
    first, last = np.searchsorted(rows, [start, stop])
    return int(first), int(last)


def _piece(held: list[tuple[np.ndarray, Any]], names: list[tuple[int, str]]) -> Piece:
    rows, parts = zip(*held, strict=True)
    return Piece(np.concatenate(rows), joined(list(parts)), names)
