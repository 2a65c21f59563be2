"""The folder of a store: made once, found again."""

import contextlib
import json
import os
import sqlite3
import uuid
from glob import has_magic
from pathlib import Path
from typing import Any

from skal.labelling import binding, settings
from skal.labelling.engines import Engine, Sqlite
from skal.labelling.locking import StoreLock
from skal.labelling.placing import sync
from skal.labelling.schema import VERSION
from skal.labelling.source import Source
from skal.labelling.trouble import StoreError
from skal.pools.parquet_files import home_of

DATA_BASE, LOCK, CACHE = "store.db", "lock", "cache"
OWNER = "owner"


def begin(
    place: Path, engine: Engine, source: Source, task: str, told: dict[str, Any], now: float
) -> StoreLock:
    """Make the folder and the tables of a store; the lock of its folder."""
    is_new = not place.exists()
    place.mkdir(mode=0o700, exist_ok=True)
    lock = StoreLock(place / LOCK)
    try:
        make(place, engine, source, task, told, now)
    except BaseException:
        lock.let_go()
        if is_new:
            unmake(place)
        raise
    return lock


def again(place: Path, engine: Engine) -> StoreLock:
    """Bring a store to the newest schema; the lock of its folder."""
    lock = StoreLock(place / LOCK)
    try:
        engine.migrate()
    except BaseException:
        lock.let_go()
        raise
    return lock


def make(
    place: Path, engine: Engine, source: Source, task: str, told: dict[str, Any], now: float
) -> None:
    """Lay the tables of a store and read the source, in one transaction."""
    if task not in ("classification", "regression"):
        raise StoreError(f'task={task!r} must be "classification" or "regression".')
    if isinstance(engine, Sqlite):
        with contextlib.suppress(FileExistsError):
            os.close(os.open(engine.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    (place / CACHE).mkdir(mode=0o700, exist_ok=True)
    with contextlib.closing(engine.writable()) as connection:
        if engine.version():
            raise StoreError(
                f"{engine} holds a store already: Store.open({str(place)!r}) opens it."
            )
        if isinstance(engine, Sqlite):  # all that rows name is made here as well
            connection.execute("PRAGMA foreign_keys = OFF")
        with engine.changing(connection):
            engine.make(connection)
            connection.execute(
                "INSERT INTO meta VALUES (1, ?, ?, ?, ?)",
                (VERSION, str(uuid.uuid4()), task, json.dumps(told, ensure_ascii=False)),
            )
            connection.execute("INSERT INTO annotator (name, role) VALUES (?, 'owner')", (OWNER,))
            binding.bind(connection, source, path_told(source.path, place), now)
    sync(place)
    sync(place.parent)


def unmake(place: Path) -> None:
    """Remove the folder of a store that could not be made, with what `make` put there."""
    for name in (LOCK, DATA_BASE, f"{DATA_BASE}-wal", f"{DATA_BASE}-shm"):
        (place / name).unlink(missing_ok=True)
    for folder in (place / CACHE, place):
        with contextlib.suppress(OSError):
            folder.rmdir()


def engine_of(place: Path, base: str | None) -> Engine:
    """What keeps a store: a file in its folder, or the PostgreSQL data base of an address."""
    if base is None:
        return Sqlite(place / DATA_BASE)
    if not base.startswith(("postgresql://", "postgres://")):
        raise StoreError(f"{base.partition('@')[0]!r} is no address: say postgresql://host/name.")
    try:
        from skal.labelling.postgres import Postgres
    except ImportError as error:
        raise StoreError('PostgreSQL needs pip install "skal[postgres]".') from error
    return Postgres(base)


def absolute(folder: str | os.PathLike[str]) -> Path:
    """A path that stays right when the process changes its folder."""
    return Path(os.path.abspath(folder))


def store_of(path: Path) -> Path:
    """Where the store of a file lies: beside it; of a glob, beside the folder of its files."""
    if has_magic(str(path)) and not path.exists():
        path = home_of(str(path))
    return path.with_name(f"{path.name}.skal")


def path_told(path: Path, folder: Path) -> str:
    """The path of a source as the store remembers it: by its name, where both may move together."""
    path, beside = absolute(path), folder.parent
    if path.parent == beside or store_of(path) == folder:
        return str(path.relative_to(beside))
    return str(path)


def source_of(
    connection: sqlite3.Connection, folder: Path
) -> tuple[Path, str, str | None, frozenset[str]]:
    """What opens the source that was bound last: path, label, id, words for no label."""
    told = settings.read(connection)
    path = folder.parent / binding.last(connection)["path"]
    return path, told["label"], told["id"], frozenset(told["missing"])


def all_settings(connection: sqlite3.Connection) -> dict[str, Any]:
    """All settings, with the task and the name of the store."""
    row = connection.execute("SELECT task, store_uuid FROM meta").fetchone()
    return {"task": row["task"], "store_uuid": row["store_uuid"], **settings.read(connection)}
