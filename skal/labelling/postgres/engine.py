"""A store in PostgreSQL, which several servers write to in turn."""

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg

from skal.labelling.migrations import check_version
from skal.labelling.postgres.connecting import PgConnection
from skal.labelling.postgres.schema import STEPS, tables, translated
from skal.labelling.schema import VERSION
from skal.labelling.trouble import StoreAway, StoreError, StoreFull

WRITES, LEADS = 0x534B4C31, 0x534B4C32  # of advisory locks: who writes, and whose model learns
LOCK = "(%d, hashtext(current_schema()))"


class Postgres:
    """The database of an address; each of its schemas (search_path) can hold a store.

    Writers take turns by an advisory lock that ends with their transaction, so that what holds for
    the one writer of a file holds here.  Another one, which ends with its connection, says whose
    model learns.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._leading: PgConnection | None = None

    def __str__(self) -> str:
        told = urlsplit(self.url)
        return f"postgresql://{told.hostname or ''}{told.path}"  # without a password

    def writable(self) -> PgConnection:
        """Open a connection that writes."""
        with self._named():
            return PgConnection(self.url)

    readable = writable

    @contextlib.contextmanager
    def changing(self, connection: PgConnection) -> Iterator[None]:
        """Run the statements inside as one transaction, while no other process writes."""
        with self._named(), self._transaction(connection, "BEGIN"):
            connection.execute(f"SELECT pg_advisory_xact_lock{LOCK % WRITES}")
            yield

    @contextlib.contextmanager
    def looking(self, connection: PgConnection) -> Iterator[None]:
        """Read one consistent state of the store."""
        if connection.in_transaction:  # asked from within: the same state
            yield
            return
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        with self._named(), self._transaction(connection, begin):
            yield

    def version(self) -> int:
        """Return the version of the schema; 0 if there is no store."""
        with self._named(), contextlib.closing(PgConnection(self.url)) as connection:
            there = "SELECT to_regclass('meta') IS NOT NULL"
            if not connection.execute(there).fetchone()[0]:
                return 0
            row = connection.execute("SELECT schema_version FROM meta").fetchone()
            return 0 if row is None else row[0]

    def make(self, connection: PgConnection) -> None:
        """Create the tables."""
        for statement in tables():
            connection.execute(statement)

    def migrate(self) -> None:
        """Migrate the tables to the newest schema, in one transaction."""
        self._check_made()
        with contextlib.closing(PgConnection(self.url)) as connection, self.changing(connection):
            there = connection.execute("SELECT schema_version FROM meta").fetchone()[0]
            check_version(there, str(self), VERSION)
            for number in range(there + 1, VERSION + 1):
                for statement in translated(STEPS[number]):
                    connection.execute(statement)
                connection.execute("UPDATE meta SET schema_version = ?", (number,))

    def check_newest(self) -> None:
        """Raise an error for a store that is missing or has another version."""
        version = self._check_made()
        check_version(version, str(self), VERSION)
        if version < VERSION:
            raise StoreError(f"{self} has an earlier schema: open it once without read_only.")

    def _check_made(self):
        """Return the version of the store; raise an error if there is none."""
        version = self.version()
        if not version:
            raise StoreError(f"{self} holds no labels yet: Store.create(FILE, base=…) makes them.")
        return version

    def leads(self) -> bool:
        """Return whether this process fits the models; one process at a time does."""
        try:
            if self._leading is None:
                self._leading = PgConnection(self.url)
            self._leading.revive()
            query = f"SELECT pg_try_advisory_lock{LOCK % LEADS}"
            held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND "
            mine = f"{held} classid = {LEADS} AND pid = pg_backend_pid()"
            if self._leading.execute(mine).fetchone()[0]:
                return True
            return bool(self._leading.execute(query).fetchone()[0])
        except psycopg.OperationalError:
            return False

    def close(self) -> None:
        """Let another process lead."""
        if self._leading is not None:
            self._leading.close()
            self._leading = None

    @contextlib.contextmanager
    def _transaction(self, connection: Any, begin: str) -> Iterator[None]:
        connection.revive()
        connection.execute(begin)
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(psycopg.Error):
                connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _named(self) -> Iterator[None]:
        """Convert errors of PostgreSQL to sentences."""
        try:
            yield
        except psycopg.errors.DiskFull as error:
            raise StoreFull(
                f"{self} cannot be written ({_line(error)}): this request was not stored. "
                "Make room on its disk, and send it again."
            ) from error
        except psycopg.OperationalError as error:
            raise StoreAway(
                f"{self} cannot be reached ({_line(error)}): the pages keep their answers."
            ) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise StoreError(f"{self} may not be changed by this user: {_line(error)}.") from error


def _line(error):
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
