"""Connections: what is committed is on the disk, and readers cannot write."""

import sqlite3

import pytest

from skal.labelling import StoreError, StoreFull
from skal.labelling.connection import named, readable, transaction, writable


@pytest.fixture
def path(store):
    store.close()
    return store.folder / "store.db"


def test_the_writer_waits_for_the_disk(path):
    connection = writable(path)
    found = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
    }
    connection.close()
    assert found == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1
    }  # fmt: skip


def test_a_reader_cannot_write(path):
    connection = readable(path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM queue")
    connection.close()


def test_a_transaction_is_whole_or_nothing(path):
    connection = writable(path)

    def interrupted():
        with transaction(connection):
            connection.execute("INSERT INTO batch (kind) VALUES ('cold')")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert connection.execute("SELECT count(*) FROM batch").fetchone()[0] == 0
    assert not connection.in_transaction
    connection.close()


def test_an_old_sqlite_is_told(path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(StoreError, match=r"requires SQLite 3\.37"):
        writable(path)


def error(code, kind=sqlite3.OperationalError):
    made = kind("said SQLite")
    made.sqlite_errorcode = code
    return made


@pytest.mark.parametrize(
    ("raised", "expected", "told"),
    [
        (error(sqlite3.SQLITE_FULL), StoreFull, "cannot be written.*this request was not stored"),
        (error(sqlite3.SQLITE_IOERR_FSYNC), StoreFull, "cannot be written"),
        (error(sqlite3.SQLITE_READONLY), StoreFull, "cannot be written"),
        (error(sqlite3.SQLITE_CANTOPEN), StoreError, "cannot be opened.*permission to"),
        (error(sqlite3.SQLITE_BUSY), StoreError, "locked by another program"),
        (error(sqlite3.SQLITE_CORRUPT, sqlite3.DatabaseError), StoreError, "damaged"),
        (error(sqlite3.SQLITE_ERROR), sqlite3.OperationalError, "said SQLite"),
    ],
)
def test_errors_of_sqlite_are_sentences(path, raised, expected, told):
    with pytest.raises(expected, match=told), named(path):
        raise raised
