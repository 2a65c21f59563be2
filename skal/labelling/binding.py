"""Rows of a source as items of the store, and how they change with the source."""

import itertools
import json
import sqlite3
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from skal.labelling import annotators, log, settings
from skal.labelling.source import DIGEST, Source, numbered
from skal.labelling.trouble import SourceChanged, StoreError

FROM_FILE = "file"  # the annotator of labels that came with the source


@dataclass(frozen=True)
class Changes:
    """How the rows of a source changed; prints as a sentence.

    `kept` rows are where they were, `moved` ones elsewhere, `new` ones were not there before, and
    `gone` ones are not there any more.  `edited` rows, known by their id, say something else.
    """

    kept: int = 0
    moved: int = 0
    new: int = 0
    gone: int = 0
    edited: int = 0

    def __bool__(self) -> bool:
        return bool(self.moved or self.new or self.gone or self.edited)

    def __str__(self) -> str:
        told = f"{self.kept} rows kept, {self.moved} moved, {self.new} new, {self.gone} gone"
        return f"{told}, {self.edited} edited" if self.edited else told


def same(connection: sqlite3.Connection, source: Source) -> bool:
    """Return whether the source is the file that was bound last."""
    bound = last(connection)
    if source.looks_like(bound["size"], bound["mtime"]):
        return True
    return source.is_there() and source.stamp().sha256 == bound["sha256"]


def last(connection: sqlite3.Connection) -> sqlite3.Row:
    """Return the source that was bound last."""
    return connection.execute("SELECT * FROM source ORDER BY id DESC LIMIT 1").fetchone()


def changes(connection: sqlite3.Connection, source: Source) -> Changes:
    """Return how the rows would change if the source were bound again."""
    bound = last(connection)["id"]
    kept = moved = new = edited = 0
    for number, row, occurrence in numbered(source.rows()):
        known = connection.execute(  # with +, SQLite does not search all rows of the source
            "SELECT row, content FROM item JOIN item_row ON item_row.item = item.id "
            "AND +source = ? WHERE digest = ? AND occurrence = ?",
            (bound, row.digest, occurrence),
        ).fetchone()
        new += known is None
        if known is not None:
            kept += known["row"] == number
            moved += known["row"] != number
            edited += known["content"] is not None and known["content"] != row.content
    n_rows = connection.execute("SELECT n_rows FROM source WHERE id = ?", (bound,)).fetchone()[0]
    return Changes(kept, moved, new, n_rows - kept - moved, edited)


def bind(connection: sqlite3.Connection, source: Source, told: str, now: float) -> int:
    """Store the rows of a source as items, and return the number of new items.

    Rows of a known digest stay the items that they were.  New ones get a place in the reserve at
    random, and the label that the file has for them, if any.  `told` is the path that the store
    remembers.
    """
    before = source.stamp()
    number = _insert_source(connection, source, before, told)
    newest = connection.execute("SELECT coalesce(max(id), 0) FROM item").fetchone()[0]
    n_rows, labelled = 0, []
    at_once = not newest and isinstance(connection, sqlite3.Connection)
    listed, insert = (_as_lists, _insert_new) if at_once else (_as_tuples, _insert_rows)
    chunks = _chunks(numbered(source.rows()))
    for some in _read_ahead(_Chunk.of(rows, listed, source.id is not None) for rows in chunks):
        insert(connection, number, some.told)
        labelled += some.labelled
        n_rows += some.n
    if not n_rows:
        files = ": a folder needs images (.png, .jpg, .gif, .webp) or texts (.txt, .md)"
        raise StoreError(f"{source.path} has no rows{files if source.path.is_dir() else ''}.")
    connection.execute("UPDATE source SET n_rows = ? WHERE id = ?", (n_rows, number))
    n_new = _draw_reserve(connection, newest, number)
    _take_labels(connection, source, number, labelled, now)
    _leave_alone(connection, number)
    if source.stamp() != before:
        raise SourceChanged(f"{source.path} was changed while it was read: try again.")
    return n_new


def _insert_source(connection, source, stamp, told):
    return connection.execute(
        "INSERT INTO source (path, size, mtime, sha256, columns, n_rows) "
        "VALUES (?, ?, ?, ?, ?, 0) RETURNING id",
        (told, stamp.size, stamp.mtime, stamp.sha256,
         json.dumps(source.columns, ensure_ascii=False)),
    ).fetchone()[0]  # fmt: skip


class _Chunk(NamedTuple):
    """Some rows, ready to be inserted; made by the thread that reads.

    The thread that writes mostly waits for the database, and a loop of its own over the rows would
    make it wait for the thread that reads as well.
    """

    n: int
    labelled: list[tuple[int, str]]
    told: Any

    @classmethod
    def of(cls, rows, listed, by_id):
        labelled = [(number, row.label) for number, row, _ in rows if row.label is not None]
        return cls(len(rows), labelled, listed(rows, by_id))


def _as_lists(rows, by_id):
    """A list for each column; digests are joined."""
    named = rows[0][1].name is not None  # files of a folder; other rows have a place in their file
    return (
        rows[0][0],
        b"".join([row.digest for _, row, _ in rows]),
        json.dumps([occurrence for _, _, occurrence in rows]),
        b"".join([row.content for _, row, _ in rows]) if by_id else None,
        "name" if named else "byte_offset",
        json.dumps([row.name if named else row.offset for _, row, _ in rows]),
    )


def _insert_new(connection, source, lists):
    """Insert rows as new items, numbered by row, into a store that has none of them.

    Lists go to SQLite whole, which takes a third of the time of a statement for each row.
    """
    start, digests, occurrences, contents, place, places = lists
    connection.execute(
        "INSERT INTO item (id, reserve, digest, occurrence) "
        f"SELECT ?1 + key + 1, 0, substr(?2, key * {DIGEST} + 1, {DIGEST}), value "
        "FROM json_each(?3)",
        (start, digests, occurrences),
    )
    connection.execute(
        f"INSERT INTO item_row (source, row, item, {place}, content) "
        f"SELECT ?1, ?2 + key, ?2 + key + 1, value, substr(?3, key * {DIGEST} + 1, {DIGEST}) "
        "FROM json_each(?4)",
        (source, start, contents, places),
    )


def _as_tuples(rows, by_id):
    """Rows as `_insert_rows` names them."""
    return [
        (number, row.offset, row.name, row.content if by_id else None, row.digest, occurrence)
        for number, row, occurrence in rows
    ]


def _insert_rows(connection, source, rows):
    """Insert rows, each with its known item or a new one."""
    connection.executemany(  # numbered without gaps
        "INSERT INTO item (id, reserve, digest, occurrence) "
        "SELECT (SELECT coalesce(max(id), 0) + 1 FROM item), 0, ?1, ?2 "
        "WHERE NOT EXISTS (SELECT 1 FROM item WHERE digest = ?1 AND occurrence = ?2)",
        (row[-2:] for row in rows),
    )
    connection.executemany(
        "INSERT INTO item_row (source, row, item, byte_offset, name, content) "
        "SELECT ?, ?, id, ?, ?, ? FROM item WHERE digest = ? AND occurrence = ?",
        ((source, *row) for row in rows),
    )


def _chunks(rows, size=10_000):
    """Split rows into lists of this size."""
    rows = iter(rows)
    while some := list(itertools.islice(rows, size)):
        yield some


def _read_ahead(chunks):
    """The same chunks; another thread reads the next one while the database writes."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, chunks, None)
        while some := coming.result():
            coming = reader.submit(next, chunks, None)
            yield some


def _draw_reserve(connection, newest, source):
    """Draw the audit reserve from the new items, and return the number of new items.

    Of few items one more or less is drawn, at random too.
    """
    told = settings.read(connection)
    rng = np.random.default_rng([told["seed"], source])
    last_item = connection.execute("SELECT coalesce(max(id), 0) FROM item").fetchone()[0]
    items = np.arange(newest + 1, last_item + 1)  # items are numbered without gaps
    n = int(told["audit_reserve"] * len(items) + rng.random())
    drawn = np.sort(rng.choice(items, size=n, replace=False)) if n else items[:0]
    in_sqlite = isinstance(connection, sqlite3.Connection)
    chosen = "IN (SELECT value FROM json_each(?))" if in_sqlite else "= ANY(?)"
    list_of = json.dumps(drawn.tolist()) if in_sqlite else drawn.tolist()
    connection.execute(f"UPDATE item SET reserve = 1 WHERE id {chosen}", (list_of,))
    return len(items)


def _take_labels(connection, source, number, labelled, now):
    """Import the labels of a file for items without an answer."""
    if not labelled:
        return
    file = annotators.known_or_new(connection, FROM_FILE, "import")
    classes = settings.is_classification(connection)
    checked: Callable[[Any], str] = settings.class_name if classes else settings.number
    if classes:
        counts = Counter(_checked(checked, source, row, label) for row, label in labelled)
        names = [name for name, _ in counts.most_common()]  # the first have the keys 1 to 9
        known = settings.read(connection)["classes"]
        settings.write(connection, classes=list(dict.fromkeys([*known, *names])))
    connection.executemany(
        "INSERT INTO event (uuid, item, annotator, kind, value, at) "
        "SELECT ?1, item, ?2, 'import', ?3, ?4 FROM item_row WHERE source = ?5 AND row = ?6 "
        "AND NOT EXISTS (SELECT 1 FROM current WHERE current.item = item_row.item)",
        (
            (str(uuid.uuid4()), file, _checked(checked, source, row, label), now, number, row)
            for row, label in labelled
        ),
    )
    log.rebuild(connection)


def _leave_alone(connection, number):
    """Remove items from the queue that left the source or have an imported label."""
    gone = (
        "item NOT IN (SELECT item FROM item_row WHERE source = ?) "
        "OR item IN (SELECT item FROM current WHERE kind = 'import')"
    )
    connection.execute(f"DELETE FROM lease WHERE {gone}", (number,))
    connection.execute(f"DELETE FROM queue WHERE {gone}", (number,))


def _checked(check, source, row, label):
    try:
        return check(label)
    except StoreError as error:
        where = f"{source.path}, row {source.number_shown(row)}, column {source.label!r}"
        raise StoreError(f"{where}: {error}") from error


def rows_of(connection: sqlite3.Connection, start: int, n: int) -> list[sqlite3.Row]:
    """Return the items of some rows of the source that was bound last."""
    query = "SELECT * FROM item_row WHERE source = ? AND row >= ? ORDER BY row LIMIT ?"
    return list(connection.execute(query, (last(connection)["id"], start, n)))


def places(connection: sqlite3.Connection, items: list[int]) -> list[sqlite3.Row]:
    """Return the places of these items in the source, in order, without removed items."""
    bound = last(connection)["id"]
    found = [
        connection.execute(  # with +, as above
            "SELECT item_row.*, digest, reserve FROM item_row JOIN item ON item.id = item "
            "WHERE item = ? AND +source = ?",
            (item, bound),
        ).fetchone()
        for item in items
    ]
    return [row for row in found if row is not None]
