"""One thread writes, in the order in which it was asked."""

import sqlite3

import pytest

from skal.labelling import StoreError, StoreFull
from skal.labelling.engines import Sqlite
from skal.labelling.writer import Writer


@pytest.fixture
def writer(store):
    store.close()
    made = Writer(Sqlite(store.folder / "store.db"))
    yield made
    made.close()


def test_an_error_is_the_callers_and_changes_nothing(writer):
    def fail(connection):
        connection.execute("INSERT INTO batch (kind) VALUES ('cold')")
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        writer.run(fail)
    assert writer.run(lambda c: c.execute("SELECT count(*) FROM batch").fetchone()[0]) == 0


def test_a_full_disk_is_told_and_the_next_request_is_served(writer):
    def fill(connection):
        connection.execute("PRAGMA max_page_count = 1")
        connection.executemany(
            "INSERT INTO annotator (name, role) VALUES (?, 'annotator')",
            ((f"{i} {'x' * 1000}",) for i in range(1000)),
        )

    with pytest.raises(StoreFull, match="Free space on the disk, and send it again"):
        writer.run(fill)
    writer.run(lambda c: c.execute("PRAGMA max_page_count = 1000000").fetchone())
    assert writer.run(lambda c: c.execute("SELECT count(*) FROM annotator").fetchone()[0]) == 1


def test_a_file_that_cannot_be_opened_is_told(tmp_path):
    with pytest.raises((StoreError, sqlite3.OperationalError), match="unable to open"):
        Writer(Sqlite(tmp_path / "no folder" / "store.db"))
