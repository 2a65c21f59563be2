"""The thread that owns the only writing connection."""

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from skal.labelling.engines import Engine
from skal.labelling.trouble import ReadOnly, StoreError

P = ParamSpec("P")
T = TypeVar("T")


class Writer:
    """Run functions with the writing connection in turn, each in its own transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._works: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        opened: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._work, args=(opened,), name=f"writer of {engine}", daemon=True
        )
        self._thread.start()
        opened.result()

    def run(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return the result of the function, once its changes are on the disk."""
        done: Future[T] = Future()
        with self._closing:
            if self._closed:
                raise StoreError(f"{self.engine} is closed: open the store again.")
            self._works.put((done, lambda connection: function(connection, *args, **kwargs)))
        return done.result()

    def close(self) -> None:
        """Finish the pending functions, and close the connection."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._works.put(None)
        self._thread.join()

    def _work(self, opened):
        try:
            connection = self.engine.writable()
        except BaseException as error:
            opened.set_exception(error)
            return
        opened.set_result(None)
        while (work := self._works.get()) is not None:
            done, function = work
            try:
                with self.engine.changing(connection):
                    result = function(connection)
            except BaseException as error:
                done.set_exception(error)
            else:
                done.set_result(result)
            del work, done, function  # nothing is kept alive while the thread waits
        connection.close()


class NoWriter:
    """The writer of a store that was opened read-only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Raise an error."""
        raise ReadOnly(f"{self.path} is read-only: use Store.open({str(self.path)!r}).")

    def close(self) -> None:
        """Do nothing."""
