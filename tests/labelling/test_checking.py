"""A store that was tampered with says so; what the log says is mended."""

import sqlite3

import pytest

from skal.labelling import Answer


def tamper(store, *statements):
    connection = sqlite3.connect(store.folder / "store.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.fixture
def labelled(store):
    store.desk.draw(5)
    for item, value in ((1, "a"), (2, "b"), (3, "a")):
        store.desk.record(Answer(item, 1, "label", value))
    assert store.check() == []
    return store


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE current SET value = 'b' WHERE item = 1", "1 answers that hold are not"),
        ("DELETE FROM current WHERE item = 2", "1 answers that hold are not"),
        ("UPDATE counter SET n = 7 WHERE kind = 'class' AND name = 'a'", "1 counters are not"),
        ("INSERT INTO counter VALUES ('class', 'z', 1)", r"1 counters are not.*'z'"),
    ],
)
def test_what_is_computed_is_made_anew(labelled, statement, told):
    tamper(labelled, statement)
    (problem,) = labelled.check()
    assert problem.startswith(told.partition(".*")[0])
    assert labelled.check() == []
    assert labelled.labels()[:3].tolist() == ["a", "b", "a"]


def test_other_damage_is_told(labelled):
    tamper(labelled, "INSERT INTO queue VALUES (1, 0, 1, 0, NULL, NULL, NULL)")
    (problem,) = labelled.check()
    assert "more places than answers are open" in problem


def test_a_row_that_names_nothing_is_told(labelled):
    tamper(labelled, "UPDATE item_row SET item = 99 WHERE row = 0")
    assert any("item_row names a row of item" in problem for problem in labelled.check())
