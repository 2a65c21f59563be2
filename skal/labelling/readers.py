"""Connections that read, one a thread."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from skal.labelling.connection import named, readable, transaction
from skal.labelling.trouble import StoreError

P = ParamSpec("P")
T = TypeVar("T")


class Readers:
    """Run functions of a connection that cannot write, each on one state of the store."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mine = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._closed = False

    def run(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What the function returns."""
        connection = self._connection()
        if connection.in_transaction:  # asked from within: the same state
            return function(connection, *args, **kwargs)
        with named(self.path), transaction(connection, "DEFERRED"):
            return function(connection, *args, **kwargs)

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._guard:
            self._closed = True
            for connection in self._all:
                connection.close()
            self._all.clear()

    def _connection(self):
        with self._guard:
            if self._closed:
                raise StoreError(f"{self.path} is closed: open the store again.")
            if not hasattr(self._mine, "connection"):
                self._mine.connection = readable(self.path)
                self._all.append(self._mine.connection)
        return self._mine.connection
