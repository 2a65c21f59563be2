"""Database engines of a store: connections, creation, migration."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from skal.labelling import migrations
from skal.labelling.connection import named, readable, transaction, writable


class Engine(Protocol):
    """The database of a store, as the other modules use it."""

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
    """A file next to the source; one process writes to it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def writable(self) -> sqlite3.Connection:
        """Open the connection that writes."""
        return writable(self.path)

    def readable(self) -> sqlite3.Connection:
        """Open a connection that cannot write."""
        return readable(self.path)

    @contextlib.contextmanager
    def changing(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Run the statements inside as one transaction."""
        with named(self.path), transaction(connection):
            yield

    @contextlib.contextmanager
    def looking(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Read one consistent state of the store."""
        if connection.in_transaction:  # asked from within: the same state
            yield
            return
        with named(self.path), transaction(connection, "DEFERRED"):
            yield

    def version(self) -> int:
        """Return the version of the schema; 0 if there is no store."""
        if not self.path.is_file():
            return 0
        with contextlib.closing(readable(self.path)) as connection:
            return migrations.version_of(connection, self.path)

    def make(self, connection: sqlite3.Connection) -> None:
        """Create the tables."""
        migrations.make_tables(connection)

    def migrate(self) -> None:
        """Migrate the tables to the newest schema."""
        migrations.migrate(self.path)

    def check_newest(self) -> None:
        """Raise an error for a store that needs a migration."""
        migrations.check_newest(self.path)

    def leads(self) -> bool:
        """Return whether this process fits the models; here no other process has the store open."""
        return True

    def close(self) -> None:
        """Do nothing."""
