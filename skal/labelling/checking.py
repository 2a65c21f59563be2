"""Check whether the tables of a store match its log."""

import sqlite3
from typing import Any

from skal.labelling import log, settings

PROBLEMS = {
    "items of the queue have more places than answers are open": (
        "WITH holds AS (SELECT item, count(*) AS n, "
        "max(CASE WHEN kind = 'import' THEN 1 ELSE 0 END) AS imported FROM current "
        "GROUP BY item) SELECT count(*) FROM (SELECT queue.item FROM queue "
        "LEFT JOIN holds ON holds.item = queue.item GROUP BY queue.item HAVING count(*) > "
        "CASE WHEN coalesce(max(imported), 0) = 1 THEN 0 ELSE :overlap - coalesce(max(n), 0) END) "
        "AS many"
    ),
    "leases are of items that their annotator has answered": (
        "SELECT count(*) FROM lease JOIN current USING (item, annotator)"
    ),
    "events name an event that comes later, or of another item": (
        "SELECT count(*) FROM event JOIN event AS target ON target.id = event.undoes "
        "WHERE target.id >= event.id OR target.item != event.item"
    ),
}


def problems(connection: sqlite3.Connection) -> list[str]:
    """Return the problems of a store, one sentence for each."""
    found = _damage(connection) if isinstance(connection, sqlite3.Connection) else []
    if not found:
        found += differences(connection)
    overlap = {"overlap": settings.overlap(connection)}
    for told, query in PROBLEMS.items():
        if n := connection.execute(query, overlap).fetchone()[0]:
            found.append(f"{n} {told}.")
    return found


def _damage(connection):
    """Return the damage that SQLite finds in its file."""
    found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    found = [] if found == ["ok"] else [f"SQLite finds the file damaged: {said}" for said in found]
    lost = connection.execute("PRAGMA foreign_key_check").fetchall()
    return [*found, *(f"A row of {r[0]} names a row of {r[2]} that is not there." for r in lost)]


def differences(connection: sqlite3.Connection) -> list[str]:
    """Return the differences between the log and the tables `current` and `counter`."""
    said_answers, said_counters = log.replayed(connection)
    answers, counters = log.kept(connection)
    return _told("answers that hold", said_answers, answers) + _told(
        "counters", said_counters, counters
    )


def _told(name: str, said: dict[Any, Any], kept: dict[Any, Any]) -> list[str]:
    wrong = {key for key in said.keys() | kept.keys() if said.get(key) != kept.get(key)}
    told = f"{len(wrong)} {name} are not what the log says, such as"
    return [f"{told} {min(wrong)}."] if wrong else []
