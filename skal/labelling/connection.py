"""Connections to a store: one that writes, and others that only read."""

import contextlib
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from skal.labelling.trouble import StoreError, StoreFull

FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}
PRIMARY = 0xFF  # the part of an extended error code that says the kind
OLDEST = (3, 37)  # the first with STRICT tables
WAITING = 10.0  # seconds for the moments in which SQLite itself locks the file


def writable(path: Path) -> sqlite3.Connection:
    """Open the connection that writes; a committed transaction is on the disk."""
    if sqlite3.sqlite_version_info < OLDEST:
        told = ".".join(map(str, OLDEST))
        raise StoreError(f"skal requires SQLite {told}; Python has {sqlite3.sqlite_version}.")
    connection = sqlite3.connect(path, timeout=WAITING, isolation_level=None)
    connection.row_factory = sqlite3.Row
    with named(path):
        if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise StoreError(f"{path} lies on a file system that cannot keep a write-ahead log.")
        connection.execute("PRAGMA synchronous = FULL")
        if sys.platform == "darwin":
            connection.execute("PRAGMA fullfsync = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -65536")  # KiB: the indices of 10^6 rows
        connection.execute("PRAGMA recursive_triggers = ON")  # INSERT OR REPLACE deletes, too
        connection.execute(f"PRAGMA journal_size_limit = {64 * 2**20}")
    return connection


def readable(path: Path) -> sqlite3.Connection:
    """Open a connection that cannot write, and so cannot checkpoint."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    with named(path):
        connection = sqlite3.connect(
            address, uri=True, timeout=WAITING, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA query_only = ON")
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """Run the statements inside as one transaction."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # some errors have rolled back already
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Convert errors of SQLite to errors that name the file."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        kind = getattr(error, "sqlite_errorcode", 0) & PRIMARY
        if kind in FULL:
            raise StoreFull(
                f"{path} cannot be written ({error}): this request was not stored. Free space on "
                "the disk, and send it again."
            ) from error
        if kind == sqlite3.SQLITE_CANTOPEN:
            raise StoreError(
                f"{path} cannot be opened ({error}): reading a store also requires permission to "
                "write in its folder."
            ) from error
        if kind == sqlite3.SQLITE_BUSY:
            raise StoreError(f"{path} is locked by another program: {error}.") from error
        if kind in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise StoreError(
                f"{path} is damaged or not a store: {error}. Copy the folder before you repair it."
            ) from error
        raise
