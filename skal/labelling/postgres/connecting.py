"""Connections to PostgreSQL with the statements and rows of SQLite."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg import pq

MARKS = re.compile(r"\?(\d*)|(?<![:\w]):([a-z_]+)")
Parameters = Sequence[Any] | Mapping[str, Any]


class Row:
    """A row, by numbers and by the names of its columns."""

    __slots__ = ("places", "values")

    def __init__(self, values: Sequence[Any], places: Mapping[str, int]) -> None:
        self.values, self.places = values, places

    def __getitem__(self, key: Any) -> Any:
        return self.values[self.places[key] if isinstance(key, str) else key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def keys(self) -> list[str]:
        """Return the names of the columns."""
        return list(self.places)


def named_rows(cursor: Any) -> Any:
    """Return the factory of rows for a cursor."""
    places: dict[str, int] = {}
    for i, column in enumerate(cursor.description or ()):
        places.setdefault(column.name, i)
    return lambda values: Row(values, places)


class PgConnection:
    """A connection that reconnects, if it was lost, when the next transaction begins."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._made = self._connected()

    def execute(self, statement: str, parameters: Parameters = ()) -> Any:
        """Run a statement, and return its rows."""
        return self._made.execute(*_translated(statement, parameters))

    def executemany(self, statement: str, parameters: Iterable[Parameters]) -> None:
        """Run a statement for each of many parameters."""
        translated, numbered = _translation(statement)
        given = (_numbered(one) if numbered else one for one in parameters)
        with self._made.cursor() as cursor:
            cursor.executemany(translated, given)

    def cursor(self) -> "PgCursor":
        """Return a cursor of plain tuples."""
        return PgCursor(self._made)

    @property
    def in_transaction(self) -> bool:
        """Return whether a transaction has begun."""
        return self._made.info.transaction_status not in (
            pq.TransactionStatus.IDLE,
            pq.TransactionStatus.UNKNOWN,
        )

    def revive(self) -> None:
        """Reconnect if the connection was lost."""
        if self._made.closed or self._made.broken:
            self._made.close()
            self._made = self._connected()

    def close(self) -> None:
        """Close the connection."""
        self._made.close()

    def _connected(self):
        made = psycopg.connect(
            self.url, autocommit=True, cursor_factory=psycopg.ClientCursor, row_factory=named_rows
        )
        made.execute("SET synchronous_commit = on")
        return made


class PgCursor:
    """A cursor of plain tuples, under SQLite's name for them."""

    row_factory = None

    def __init__(self, made: Any) -> None:
        self._made = made

    def execute(self, statement: str, parameters: Parameters = ()) -> Any:
        """Run a statement, and return its rows as tuples."""
        cursor = self._made.cursor(row_factory=psycopg.rows.tuple_row)
        return cursor.execute(*_translated(statement, parameters))


@cache
def _translation(statement):
    """Return a statement with psycopg's placeholders, and whether they are named."""
    numbered = bool(re.search(r"\?\d", statement))
    count = iter(range(1, 1000))

    def marked(match):
        if match[2]:
            return f"%({match[2]})s"
        if numbered:
            return f"%(p{match[1] or next(count)})s"
        return "%s"

    return MARKS.sub(marked, statement), numbered


def _translated(statement, parameters):
    if not parameters:
        return statement, None
    translated, numbered = _translation(statement)
    return translated, _numbered(parameters) if numbered else parameters


def _numbered(parameters):
    return {f"p{i}": value for i, value in enumerate(parameters, start=1)}
