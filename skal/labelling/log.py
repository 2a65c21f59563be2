"""The current answers, computed from the log."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from skal.labelling.settings import is_classification

Event = Mapping[str, Any] | sqlite3.Row
Held = tuple[dict[tuple[int, int], tuple[Any, ...]], dict[tuple[str, str], int]]
COLUMNS = "id, item, annotator, kind, value, undoes"


def standing(events: Iterable[Event]) -> dict[int, Event]:
    """Return the current event of each annotator, from all events of one item in order.

    The last answer of an annotator holds. An undo takes the event away that it names, so that the
    answer before it holds again. An answer that names somebody else's takes its place.
    """
    events = list(events)
    undone = {event["undoes"] for event in events if event["kind"] == "undo"}
    owner = {event["id"]: event["annotator"] for event in events}
    holds: dict[int, Event] = {}
    for event in events:
        if event["kind"] == "undo" or event["id"] in undone:
            continue
        if event["undoes"] is not None:
            holds.pop(owner[event["undoes"]], None)
        holds[event["annotator"]] = event
    return holds


def counts(holds: Mapping[int, Event], classes: bool) -> Counter[tuple[str, str]]:
    """Return what one item adds to the counters."""
    counted: Counter[tuple[str, str]] = Counter()
    for annotator, event in holds.items():
        counted["answers", event["kind"]] += 1
        counted["annotator", str(annotator)] += 1
        if classes and event["value"] is not None:
            counted["class", event["value"]] += 1
    if holds:
        imported = any(event["kind"] == "import" for event in holds.values())
        counted["items", "import" if imported else str(len(holds))] += 1
    return counted


def refresh(connection: sqlite3.Connection, item: int) -> dict[int, Event]:
    """Update `current` and `counter` for one item, and return its current answers."""
    events = connection.execute(f"SELECT {COLUMNS} FROM event WHERE item = ? ORDER BY id", (item,))
    after = standing(events)
    rows = connection.execute("SELECT * FROM current WHERE item = ?", (item,)).fetchall()
    before = {row["annotator"]: row for row in rows}
    for annotator, row in before.items():
        if annotator not in after or after[annotator]["id"] != row["event"]:
            connection.execute("DELETE FROM current WHERE event = ?", (row["event"],))
    for annotator, event in after.items():
        if annotator not in before or before[annotator]["event"] != event["id"]:
            _insert(connection, item, event)
    classes = is_classification(connection)
    change = counts(after, classes)
    change.subtract(counts(before, classes))
    _add(connection, change)
    return after


def replayed(
    connection: sqlite3.Connection,
) -> Held:
    """Compute the content of `current` and `counter` from the whole log."""
    classes = is_classification(connection)
    current, total = {}, Counter[tuple[str, str]]()
    for item, holds in _items(connection):
        total.update(counts(holds, classes))
        for annotator, event in holds.items():
            current[item, annotator] = (event["id"], event["kind"], event["value"])
    return current, dict(total)


def kept(
    connection: sqlite3.Connection,
) -> Held:
    """Read the content of `current` and `counter`."""
    rows = connection.execute("SELECT item, annotator, event, kind, value FROM current")
    current = {(row[0], row[1]): tuple(row)[2:] for row in rows}
    return current, {
        (row[0], row[1]): row[2] for row in connection.execute("SELECT * FROM counter")
    }


def rebuild(connection: sqlite3.Connection) -> None:
    """Rebuild `current` and `counter` from the log."""
    connection.execute("DELETE FROM current")
    connection.execute("DELETE FROM counter")
    classes = is_classification(connection)
    total: Counter[tuple[str, str]] = Counter()
    for item, holds in _items(connection):
        total.update(counts(holds, classes))
        for event in holds.values():
            _insert(connection, item, event)
    _add(connection, total)


def _items(connection: sqlite3.Connection) -> Iterator[tuple[int, dict[int, Event]]]:
    """Yield each item of the log with its current answers."""
    events = connection.execute(f"SELECT {COLUMNS} FROM event ORDER BY item, id")
    for item, its in groupby(events, key=lambda event: event["item"]):
        yield item, standing(its)


def _insert(connection, item, event):
    connection.execute(
        "INSERT INTO current VALUES (?, ?, ?, ?, ?)",
        (item, event["annotator"], event["id"], event["kind"], event["value"]),
    )


def _add(connection, change):
    for (kind, name), n in change.items():
        if not n:
            continue
        known = connection.execute(
            "SELECT n FROM counter WHERE kind = ? AND name = ?", (kind, name)
        ).fetchone()
        n += known[0] if known else 0
        if n:
            connection.execute(
                "INSERT INTO counter VALUES (?, ?, ?) "
                "ON CONFLICT (kind, name) DO UPDATE SET n = excluded.n",
                (kind, name, n),
            )
        else:
            connection.execute("DELETE FROM counter WHERE kind = ? AND name = ?", (kind, name))
