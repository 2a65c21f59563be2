"""The tables keep what was said, even from those who open the file themselves."""

import sqlite3

import pytest

from skal.labelling import Answer
from skal.labelling.schema import TABLES, statements


@pytest.fixture
def opened(store):
    store.desk.record(Answer(1, 1, "label", "a"))
    connection = sqlite3.connect(store.folder / "store.db")
    yield connection
    connection.close()


EVENT = "INTO event (id, uuid, item, annotator, kind, value, at) "


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE event SET value = 'b'", "never changed"),
        ("DELETE FROM event", "never deleted"),
        (f"REPLACE {EVENT} SELECT id, uuid, 2, 1, 'label', 'b', 0 FROM event", "never replaced"),
        (f"REPLACE {EVENT} SELECT 9, uuid, 2, 1, 'label', 'b', 0 FROM event", "never replaced"),
        (f"REPLACE {EVENT} SELECT id, 'x', 2, 1, 'label', 'b', 0 FROM event", "never replaced"),
        (f"INSERT {EVENT} VALUES (9, 'x', 1, 1, 'label', NULL, 0)", "CHECK"),
        (f"INSERT {EVENT} VALUES (9, 'x', 1, 1, 'skip', 'a', 0)", "CHECK"),
        (f"INSERT {EVENT} VALUES (9, 'x', 1, 1, 'undo', NULL, 0)", "CHECK"),
        (f"INSERT {EVENT} VALUES (9, 'x', 'one', 1, 'skip', NULL, 0)", "TEXT value in INTEGER"),
        ("INSERT INTO batch VALUES (NULL, NULL, 'guess')", "CHECK"),
        ("INSERT INTO meta SELECT 2, 1, 'x', task, settings FROM meta", "CHECK"),
    ],
)
def test_what_the_tables_refuse(opened, statement, told):
    with pytest.raises(sqlite3.IntegrityError, match=told):
        opened.execute(statement)


def test_every_table_is_strict_and_every_statement_found():
    found = statements(TABLES)
    tables = [text for text in found if text.startswith("CREATE TABLE")]
    assert all("STRICT" in text for text in tables)
    assert len(tables) == 13
    assert "".join(found).split() == TABLES.split()
