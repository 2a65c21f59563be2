"""What a store is kept by: how it is connected to, locked, made and brought up to date."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from skal.labelling import migrations
from skal.labelling.connection import named, readable, transaction, writable


class Engine(Protocol):
    """The data base of a store, as the rest of a store needs it."""

    def writable(self) -> Any: ...

    def readable(self) -> Any: ...

    def changing(self, connection: Any) -> contextlib.AbstractContextManager[None]: ...

    def looking(self, connection: Any) -> contextlib.AbstractContextManager[None]: ...

    def version(self) -> int: ...

    def make(self, connection: Any) -> None: ...

    def migrate(self) -> None: ...

    def check_newest(self) -> None: ...

    def leads(self) -> bool: ...

    def close(self) -> None: ...


class Sqlite:
    """A file beside the source, which one process writes to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def writable(self) -> sqlite3.Connection:
        """The connection that writes."""
        return writable(self.path)

    def readable(self) -> sqlite3.Connection:
        """A connection that cannot write."""
        return readable(self.path)

    @contextlib.contextmanager
    def changing(self, connection: sqlite3.Connection) -> Iterator[None]:
        """All of what is done inside, or nothing."""
        with named(self.path), transaction(connection):
            yield

    @contextlib.contextmanager
    def looking(self, connection: sqlite3.Connection) -> Iterator[None]:
        """One state of the store."""
        if connection.in_transaction:  # asked from within: the same state
            yield
            return
        with named(self.path), transaction(connection, "DEFERRED"):
            yield

    def version(self) -> int:
        """The version of the schema; 0 where no store was made."""
        if not self.path.is_file():
            return 0
        with contextlib.closing(readable(self.path)) as connection:
            return migrations.version_of(connection, self.path)

    def make(self, connection: sqlite3.Connection) -> None:
        """Lay the tables."""
        migrations.make_tables(connection)

    def migrate(self) -> None:
        """Bring the tables to the newest schema."""
        migrations.migrate(self.path)

    def check_newest(self) -> None:
        """An error for a store that cannot be read as it is."""
        migrations.check_newest(self.path)

    def leads(self) -> bool:
        """Whether this process is the one whose model learns: nobody else has the store open."""
        return True

    def close(self) -> None:
        """Nothing to do."""
