"""Read-only connections, one per thread."""

import sqlite3
import threading
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from skal.labelling.engines import Engine
from skal.labelling.trouble import StoreError

P = ParamSpec("P")
T = TypeVar("T")


class Readers:
    """Run functions with a read-only connection, each on one state of the store."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._mine = threading.local()
        self._all: list[Any] = []
        self._guard = threading.Lock()
        self._closed = False

    def run(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return the result of the function."""
        connection = self._connection()
        with self.engine.looking(connection):
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
                raise StoreError(f"{self.engine} is closed: open the store again.")
            if not hasattr(self._mine, "connection"):
                self._mine.connection = self.engine.readable()
                self._all.append(self._mine.connection)
        return self._mine.connection
