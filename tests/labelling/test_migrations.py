"""Older stores are brought up, with a copy before; newer ones are left alone."""

import sqlite3
from pathlib import Path

import pytest

from skal.labelling import Answer, Store, StoreError
from skal.labelling.migrations import STEPS, migrate
from skal.labelling.schema import VERSION

NEXT = VERSION + 1


def add_a_column(connection):
    connection.execute("ALTER TABLE round ADD COLUMN note TEXT")


def fail(connection):
    add_a_column(connection)
    raise RuntimeError("half way")


@pytest.fixture
def path(store):
    store.desk.record(Answer(1, 1, "label", "a"))
    store.close()
    return store.folder / "store.db"


def version(path):
    connection = sqlite3.connect(path)
    (found,) = connection.execute("SELECT schema_version FROM meta").fetchone()
    columns = [row[1] for row in connection.execute("PRAGMA table_info(round)")]
    connection.close()
    return found, "note" in columns


def test_a_store_of_schema_1_opens(tmp_path):
    """Written by the first version, with every kind of event; never to be written anew."""
    rows = "text,label\none,a\ntwo,\nthree,\nfour,\nfive,\n"
    (tmp_path / "rows.csv").write_text(rows)
    (tmp_path / "rows.csv.skal").mkdir()
    connection = sqlite3.connect(tmp_path / "rows.csv.skal" / "store.db")
    connection.executescript((Path(__file__).parent / "schema_1.sql").read_text())
    connection.close()
    with Store.open(tmp_path / "rows.csv.skal") as store:
        assert store.check() == []
        assert not store.changes()
        assert store.events()["kind"].tolist() == ["import", "label", "label", "skip", "undo"]
        assert store.progress()["done"] == 2
        assert [label for label in store.labels() if label] == ["a", "a"]
        assert [who["name"] for who in store.team.all()] == ["owner", "file", "Kim"]
        assert store.desk.rounds()[0]["strategy"] == "Margin"
        assert store.desk.performance().n_rows == 0  # nothing was kept to compare models by
        assert store.desk.advice() == "Not known yet: no model has learned."
        store.desk.draw(1)
        store.export(tmp_path / "done.csv")


def test_each_version_has_its_step():
    assert sorted(STEPS) == list(range(2, VERSION + 1))


def test_a_store_is_brought_up_and_its_copy_kept(path):
    copy = migrate(path, {NEXT: add_a_column}, newest=NEXT)
    assert version(path) == (NEXT, True)
    assert version(copy) == (VERSION, False)
    assert copy.name.startswith(f"store-schema-{VERSION}-")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert migrate(path, {NEXT: add_a_column}, newest=NEXT) is None


def test_a_step_that_fails_leaves_the_old_store(path):
    with pytest.raises(RuntimeError, match="half way"):
        migrate(path, {NEXT: fail}, newest=NEXT)
    assert version(path) == (VERSION, False)
    with Store.open(path.parent) as store:
        assert store.labels()[0] == "a"


def test_a_newer_store_is_refused_in_words(path):
    migrate(path, {NEXT: add_a_column}, newest=NEXT)
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(
            StoreError, match=rf"later version of skal \(schema {NEXT}; this one knows {VERSION}\)"
        ):
            Store.open(path.parent, read_only=read_only)
    assert path.read_bytes() == before


def test_an_older_store_is_not_brought_up_by_who_only_reads(path):
    connection = sqlite3.connect(path)
    connection.execute("UPDATE meta SET schema_version = 0.0 + 0")
    connection.execute("UPDATE meta SET schema_version = -1")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="an earlier schema: open it once without read_only"):
        Store.open(path.parent, read_only=True)


def test_another_programs_data_base_is_left_alone(tmp_path):
    connection = sqlite3.connect(tmp_path / "store.db")
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="database of another program"):
        Store.open(tmp_path)


def test_a_store_that_was_not_finished_is_made_again(tickets):
    folder = tickets.with_name("tickets.csv.skal")
    folder.mkdir()
    sqlite3.connect(folder / "store.db").close()
    (folder / "store.db").touch()
    with pytest.raises(StoreError, match="creation was interrupted"):
        Store.open(folder)
    Store.create(tickets, label="category").close()
