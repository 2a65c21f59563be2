"""Leases: each item goes to one annotator at a time."""

import sqlite3
from collections.abc import Collection, Mapping
from typing import Any

from skal.labelling import settings
from skal.labelling.trouble import StoreError

SECONDS = 300.0  # renewed while somebody looks at the page
SHOWN = (
    "SELECT lease.id, lease.item, lease.slot, lease.expires, queue.predicted, queue.proba "
    "FROM lease JOIN queue USING (item, slot)"
)


def take(
    connection: sqlite3.Connection, annotator: int, client: str, n: int, now: float
) -> list[dict[str, Any]]:
    """Lease up to n items: those that this client holds, then the first of the queue."""
    if not connection.execute("SELECT 1 FROM annotator WHERE id = ?", (annotator,)).fetchone():
        raise StoreError(f"There is no annotator {annotator}.")
    drop_expired(connection, now)
    expires = now + SECONDS
    connection.execute(
        "UPDATE lease SET expires = ? WHERE annotator = ? AND client = ?",
        (expires, annotator, client),
    )
    held = connection.execute(
        f"{SHOWN} WHERE annotator = ? AND client = ? ORDER BY rank LIMIT ?", (annotator, client, n)
    ).fetchall()
    free = connection.execute(
        "SELECT item, min(slot) AS slot FROM queue WHERE NOT EXISTS "
        "(SELECT 1 FROM lease WHERE lease.item = queue.item AND lease.slot = queue.slot) "
        "AND NOT EXISTS (SELECT 1 FROM lease WHERE lease.item = queue.item AND annotator = :who) "
        "AND NOT EXISTS (SELECT 1 FROM current WHERE current.item = queue.item "
        "AND annotator = :who) GROUP BY item ORDER BY min(rank), item LIMIT :n",
        {"who": annotator, "n": n - len(held)},
    ).fetchall()
    for row in free:
        connection.execute(
            "INSERT INTO lease (item, slot, annotator, client, expires) VALUES (?, ?, ?, ?, ?)",
            (row["item"], row["slot"], annotator, client, expires),
        )
    held += [_shown(connection, row["item"], annotator) for row in free]
    return [dict(row) for row in held]


def renew(
    connection: sqlite3.Connection, annotator: int, ids: Collection[int], now: float
) -> list[int]:
    """Renew leases, and return those that are still held."""
    drop_expired(connection, now)
    renewed = []
    for lease in ids:
        changed = connection.execute(
            "UPDATE lease SET expires = ? WHERE id = ? AND annotator = ?",
            (now + SECONDS, lease, annotator),
        )
        renewed += [lease] * changed.rowcount
    return renewed


def release(connection: sqlite3.Connection, annotator: int, lease: int) -> bool:
    """Give an item back early, and return whether it was held."""
    gone = connection.execute(
        "DELETE FROM lease WHERE id = ? AND annotator = ?", (lease, annotator)
    )
    return bool(gone.rowcount)


def drop_expired(connection: sqlite3.Connection, now: float) -> None:
    """Delete expired leases."""
    connection.execute("DELETE FROM lease WHERE expires <= ?", (now,))


def held(
    connection: sqlite3.Connection, item: int, annotator: int, client: str, now: float
) -> dict[str, Any] | None:
    """Return the lease of an item that an annotator's client holds."""
    row = connection.execute(
        f"{SHOWN} WHERE item = ? AND annotator = ? AND client = ? AND expires > ?",
        (item, annotator, client, now),
    ).fetchone()
    return None if row is None else dict(row)


def of_others(connection: sqlite3.Connection, item: int, annotator: int) -> int:
    """Count the other annotators who hold an item."""
    query = "SELECT count(*) FROM lease WHERE item = ? AND annotator != ?"
    return connection.execute(query, (item, annotator)).fetchone()[0]


def n_open(connection: sqlite3.Connection, holds: Collection[Any]) -> int:
    """Return how many more annotators can answer an item with these current answers."""
    if any(row["kind"] == "import" for row in holds):
        return 0
    return max(0, settings.overlap(connection) - len(holds))


def done(connection: sqlite3.Connection, item: int, annotator: int) -> None:
    """Remove the lease and the queue place of an answered item."""
    row = connection.execute(
        "DELETE FROM lease WHERE item = ? AND annotator = ? RETURNING slot", (item, annotator)
    ).fetchone()
    if row is not None:
        connection.execute("DELETE FROM queue WHERE item = ? AND slot = ?", (item, row["slot"]))


def settle(connection: sqlite3.Connection, item: int, holds: Mapping[int, Any]) -> None:
    """Remove queue places beyond the open answers, places without a lease first."""
    too_many = _n_queued(connection, item) - n_open(connection, holds.values())
    slots = connection.execute(
        "SELECT queue.slot FROM queue LEFT JOIN lease USING (item, slot) WHERE queue.item = ? "
        "ORDER BY CASE WHEN lease.id IS NULL THEN 0 ELSE 1 END, queue.slot DESC LIMIT ?",
        (item, max(0, too_many)),
    ).fetchall()
    for (slot,) in slots:
        connection.execute("DELETE FROM lease WHERE item = ? AND slot = ?", (item, slot))
        connection.execute("DELETE FROM queue WHERE item = ? AND slot = ?", (item, slot))


def reopen(
    connection: sqlite3.Connection,
    item: int,
    annotator: int,
    client: str,
    now: float,
    draw: tuple[Any, ...],
    holds: Mapping[int, Any],
) -> dict[str, Any] | None:
    """Put an item with an undone answer first in the queue, and lease it to the annotator.

    It keeps how it was drawn.  Nothing happens where others have answered it meanwhile.
    """
    taken = {row[0] for row in connection.execute("SELECT slot FROM queue WHERE item = ?", (item,))}
    if len(taken) >= n_open(connection, holds.values()):
        return None
    slot = min(set(range(len(taken) + 1)) - taken)
    _queue(connection, item, [slot], draw)
    if annotator in holds:
        return None
    connection.execute(
        "INSERT INTO lease (item, slot, annotator, client, expires) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (item, slot, annotator, client, now + SECONDS),
    )
    return dict(_shown(connection, item, annotator))


def ask_others(
    connection: sqlite3.Connection, item: int, draw: tuple[Any, ...], holds: Mapping[int, Any]
) -> None:
    """Put an answered item first in the queue for those whose answers are still open.

    It has no places there if it left the queue before this answer came: somebody held it for too
    long, and a round replaced it.
    """
    taken = {row[0] for row in connection.execute("SELECT slot FROM queue WHERE item = ?", (item,))}
    lacking = n_open(connection, holds.values()) - len(taken)
    if holds and lacking > 0:
        free = sorted(set(range(settings.overlap(connection))) - taken)
        _queue(connection, item, free[:lacking], draw)


def _queue(connection, item, slots, draw):
    """Put places of an item before all others, drawn as it was."""
    batch, _, _, propensity, predicted, proba = draw
    if batch is None:
        batch = connection.execute(
            "INSERT INTO batch (round, kind) VALUES (NULL, 'manual') RETURNING id"
        ).fetchone()[0]
    first = connection.execute("SELECT coalesce(min(rank), 0) - 1 FROM queue").fetchone()[0]
    connection.executemany(
        "INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(item, slot, batch, first, propensity, predicted, proba) for slot in slots],
    )


def _shown(connection, item, annotator):
    return connection.execute(
        f"{SHOWN} WHERE item = ? AND annotator = ?", (item, annotator)
    ).fetchone()


def _n_queued(connection, item):
    return connection.execute("SELECT count(*) FROM queue WHERE item = ?", (item,)).fetchone()[0]
