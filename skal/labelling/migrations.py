"""Migrations of the schema, in one transaction each, after a copy of the store."""

import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from skal.labelling.connection import named, readable, transaction, writable
from skal.labelling.placing import sync
from skal.labelling.schema import APPLICATION_ID, TABLES, VERSION, WATCH, statements
from skal.labelling.trouble import StoreError


def add_watch(connection: sqlite3.Connection) -> None:
    """Migrate to version 2, which keeps the predictions of each model for the same rows."""
    connection.execute(WATCH)


# What makes version n of a store of version n - 1.  A step that was released is never edited.
STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {2: add_watch}


def make_tables(connection: sqlite3.Connection) -> None:
    """Create the tables of the newest schema, in the caller's transaction."""
    for statement in statements(TABLES):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of a store's schema, 0 without tables; raise an error for other files."""
    with named(path):
        kind = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if not tables:
            return 0
        if kind != APPLICATION_ID:
            raise StoreError(f"{path} is a database of another program, not a store of skal.")
        return connection.execute("SELECT schema_version FROM meta").fetchone()[0]


def check_version(version: int, place: Path | str, newest: int = VERSION) -> None:
    """Raise an error for an unfinished store, or one of a later version of skal."""
    if version == 0:
        raise StoreError(
            f"{place} holds no labels: its creation was interrupted. Create it with Store.create."
        )
    if version > newest:
        raise StoreError(
            f"{place} was written by a later version of skal (schema {version}; this one "
            f'knows {newest}): pip install --upgrade "skal[label]". Nothing was changed.'
        )


def check_newest(path: Path) -> None:
    """Raise an error for a store that needs a migration."""
    connection = readable(path)
    try:
        version = version_of(connection, path)
    finally:
        connection.close()
    check_version(version, path.parent)
    if version < VERSION:
        raise StoreError(f"{path.parent} has an earlier schema: open it once without read_only.")


def migrate(
    path: Path,
    steps: Mapping[int, Callable[[sqlite3.Connection], None]] = STEPS,
    newest: int = VERSION,
) -> Path | None:
    """Migrate a store to the newest schema, and return the path of the copy."""
    connection = writable(path)
    try:
        version = version_of(connection, path)
        check_version(version, path.parent, newest)
        if version == newest:
            return None
        copy = _copy(connection, path, version)
        with named(path), transaction(connection):
            for number in range(version + 1, newest + 1):
                steps[number](connection)
                connection.execute("UPDATE meta SET schema_version = ?", (number,))
        return copy
    finally:
        connection.close()


def _copy(connection, path, version):
    stamp = time.strftime("%Y%m%d-%H%M%S")
    copy = path.with_name(f"store-schema-{version}-{stamp}.db")
    unfinished = copy.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)  # of a run that was killed
    with named(path):
        connection.execute("VACUUM INTO ?", (str(unfinished),))
    unfinished.chmod(0o600)
    sync(unfinished)
    unfinished.replace(copy)
    sync(copy.parent)
    return copy
