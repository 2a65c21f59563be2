"""A store in PostgreSQL: several servers write to it, one after the other."""

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
    """The data base that an address names; each of its schemas (search_path) may be a store.

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
        """A connection that writes."""
        with self._named():
            return PgConnection(self.url)

    readable = writable

    @contextlib.contextmanager
    def changing(self, connection: PgConnection) -> Iterator[None]:
        """All of what is done inside, or nothing, while no other process writes."""
        with self._named(), self._transaction(connection, "BEGIN"):
            connection.execute(f"SELECT pg_advisory_xact_lock{LOCK % WRITES}")
            yield

    @contextlib.contextmanager
    def looking(self, connection: PgConnection) -> Iterator[None]:
        """One state of the store."""
        if connection.in_transaction:  # asked from within: the same state
            yield
            return
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        with self._named(), self._transaction(connection, begin):
            yield

    def version(self) -> int:
        """The version of the schema; 0 where no store was made."""
        with self._named(), contextlib.closing(PgConnection(self.url)) as connection:
            there = "SELECT to_regclass('meta') IS NOT NULL"
            if not connection.execute(there).fetchone()[0]:
                return 0
            row = connection.execute("SELECT schema_version FROM meta").fetchone()
            return 0 if row is None else row[0]

    def make(self, connection: PgConnection) -> None:
        """Lay the tables."""
        for statement in tables():
            connection.execute(statement)

    def migrate(self) -> None:
        """Bring the tables to the newest schema, in one transaction."""
        self._check_made()
        with contextlib.closing(PgConnection(self.url)) as connection, self.changing(connection):
            there = connection.execute("SELECT schema_version FROM meta").fetchone()[0]
            check_version(there, str(self), VERSION)
            for number in range(there + 1, VERSION + 1):
                for statement in translated(STEPS[number]):
                    connection.execute(statement)
                connection.execute("UPDATE meta SET schema_version = ?", (number,))

    def check_newest(self) -> None:
        """An error for a store that is not there, or of another version."""
        version = self._check_made()
        check_version(version, str(self), VERSION)
        if version < VERSION:
            raise StoreError(f"{self} is of an earlier skal: open it once without read_only.")

    def _check_made(self):
        """The version of the store; an error where there is none."""
        version = self.version()
        if not version:
            raise StoreError(f"{self} holds no labels yet: Store.create(FILE, base=…) makes them.")
        return version

    def leads(self) -> bool:
        """Whether the model of this process is the one that learns; one process at a time does."""
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
        """Errors of PostgreSQL as sentences."""
        try:
            yield
        except psycopg.errors.DiskFull as error:
            raise StoreFull(
                f"{self} cannot be written ({_line(error)}): nothing of this request is stored. "
                "Make room on its disk, and send it again."
            ) from error
        except psycopg.OperationalError as error:
            raise StoreAway(
                f"{self} cannot be reached ({_line(error)}): answers are kept until it is back."
            ) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise StoreError(f"{self} may not be changed by this user: {_line(error)}.") from error


def _line(error):
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
