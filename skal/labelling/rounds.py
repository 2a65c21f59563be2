"""Rounds of a strategy, and the queue that each of them fills."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from skal.labelling import leases, settings, watching
from skal.labelling.numbers import whole
from skal.labelling.trouble import StoreError
from skal.labelling.watching import Watch

KINDS = ("strategy", "audit", "cold", "manual")
HELD = (  # queue rows that stay when others are replaced
    "EXISTS (SELECT 1 FROM lease WHERE lease.item = queue.item) "
    "OR EXISTS (SELECT 1 FROM current WHERE current.item = queue.item)"
)


@dataclass(frozen=True)
class Draw:
    """An item to label, how it was drawn, and its prediction at that time.

    `propensity` is the probability with which it was drawn, given all before; None where it was
    chosen for certain.
    """

    item: int
    kind: str
    propensity: float | None = None
    predicted: str | None = None
    proba: Mapping[str, float] | None = None


def begin(
    connection: sqlite3.Connection,
    strategy: str,
    parameters: Mapping[str, Any],
    seed: int,
    now: float,
) -> int:
    """Record that a fit on the current labels begins."""
    return connection.execute(
        "INSERT INTO round (started, status, strategy, parameters, seed, up_to_event, n_labels)"
        " VALUES (?, 'running', ?, ?, ?, (SELECT coalesce(max(id), 0) FROM event), "
        "(SELECT count(*) FROM current WHERE kind != 'skip')) RETURNING id",
        (now, strategy, json.dumps(parameters), seed),
    ).fetchone()[0]


def swap(
    connection: sqlite3.Connection,
    round: int,
    draws: Iterable[Draw],
    metrics: Mapping[str, Any] | None,
    now: float,
    watch: Watch | None = None,
) -> int:
    """Replace items that nobody holds by a round's draws, and return the number added.

    Items that somebody holds or has answered keep the round they were drawn in, and those that
    wait for a second answer come first.
    """
    _check_running(connection, round)
    leases.drop_expired(connection, now)
    connection.execute(f"DELETE FROM queue WHERE NOT ({HELD})")
    connection.execute("UPDATE queue SET rank = rank - 1 - (SELECT max(rank) FROM queue)")
    n = append(connection, draws, round)
    connection.execute(
        "UPDATE round SET status = 'done', finished = ?, metrics = ? WHERE id = ?",
        (now, None if metrics is None else json.dumps(metrics), round),
    )
    if watch is not None:
        watching.keep(connection, round, watch)
    return n


def fail(connection: sqlite3.Connection, round: int, error: str, now: float) -> None:
    """Record that a round failed; the queue stays."""
    _check_running(connection, round)
    connection.execute(
        "UPDATE round SET status = 'failed', finished = ?, error = ? WHERE id = ?",
        (now, error, round),
    )


def fail_unfinished(connection: sqlite3.Connection, now: float) -> None:
    """Record that the rounds of an ended process failed."""
    connection.execute(
        "UPDATE round SET status = 'failed', finished = ?, error = 'The process ended.' "
        "WHERE status = 'running'",
        (now,),
    )


def append(connection: sqlite3.Connection, draws: Iterable[Draw], round: int | None = None) -> int:
    """Put draws at the end of the queue, without items that are queued or answered."""
    rank = connection.execute("SELECT coalesce(max(rank), -1) + 1 FROM queue").fetchone()[0]
    batches: dict[str, int] = {}
    n, slots = 0, settings.overlap(connection)
    for drawn in draws:
        draw = replace(drawn, item=whole(drawn.item, "item"))
        _check(connection, draw)
        if _is_taken(connection, draw.item):
            continue
        if draw.kind not in batches:
            batches[draw.kind] = make_batch(connection, draw.kind, round)
        proba = None if draw.proba is None else json.dumps(dict(draw.proba), ensure_ascii=False)
        connection.executemany(
            "INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (draw.item, slot, batches[draw.kind], rank + n, draw.propensity,
                 draw.predicted, proba)
                for slot in range(slots)
            ],
        )  # fmt: skip
        n += 1
    return n


def ask_first(connection: sqlite3.Connection, items: Iterable[int]) -> int:
    """Put items at the front of the queue; items in the queue move."""
    items = list(dict.fromkeys(items))
    first = connection.execute("SELECT coalesce(min(rank), 0) FROM queue").fetchone()[0]
    n = append(connection, [Draw(item, "manual") for item in items])
    connection.executemany(
        "UPDATE queue SET rank = ? WHERE item = ?",
        [(first - len(items) + i, item) for i, item in enumerate(items)],
    )
    return n


def make_batch(connection: sqlite3.Connection, kind: str, round: int | None = None) -> int:
    """Insert a batch of draws of a kind, and return its id."""
    return connection.execute(
        "INSERT INTO batch (round, kind) VALUES (?, ?) RETURNING id", (round, kind)
    ).fetchone()[0]


def set_overlap(connection: sqlite3.Connection, overlap: int) -> None:
    """Set the number of annotators per item, and queue items with too few answers again."""
    settings.write(connection, overlap=overlap)
    rows = connection.execute(
        "SELECT item FROM queue UNION SELECT item FROM current GROUP BY item "
        "HAVING sum(CASE WHEN kind = 'import' THEN 1 ELSE 0 END) = 0"
    ).fetchall()
    for (item,) in rows:
        holds = connection.execute("SELECT * FROM current WHERE item = ?", (item,)).fetchall()
        leases.settle(connection, item, {row["annotator"]: row for row in holds})
        queued = connection.execute("SELECT * FROM queue WHERE item = ?", (item,)).fetchall()
        slots = set(range(overlap)) - {row["slot"] for row in queued}
        more = leases.n_open(connection, holds) - len(queued)
        if more <= 0:
            continue
        like = queued[0] if queued else _first_event(connection, item)
        batch = like["batch"] or make_batch(connection, "manual")
        rank = queued[0]["rank"] if queued else -1
        connection.executemany(
            "INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (item, slot, batch, rank, like["propensity"], like["predicted"], like["proba"])
                for slot in sorted(slots)[:more]
            ],
        )


def _first_event(connection, item):
    query = "SELECT * FROM event WHERE item = ? ORDER BY id LIMIT 1"
    return connection.execute(query, (item,)).fetchone()


def _is_taken(connection, item):
    query = (
        "SELECT EXISTS (SELECT 1 FROM queue WHERE item = :item) "
        "OR EXISTS (SELECT 1 FROM current WHERE item = :item)"
    )
    return connection.execute(query, {"item": item}).fetchone()[0]


def _check(connection, draw):
    """Raise an error for a draw that would bias the accuracy."""
    row = connection.execute("SELECT reserve FROM item WHERE id = ?", (draw.item,)).fetchone()
    if row is None:
        raise StoreError(f"There is no item {draw.item}.")
    if draw.kind not in KINDS:
        raise StoreError(f"kind={draw.kind!r} must be one of {', '.join(KINDS)}.")
    if draw.kind == "strategy" and row["reserve"]:
        raise StoreError(
            f"Item {draw.item} is in the audit reserve, from which strategies cannot select."
        )
    if draw.kind == "audit" and not row["reserve"]:
        raise StoreError(f"Item {draw.item} is not in the audit reserve: no audit can draw it.")
    if draw.kind in ("audit", "cold") and draw.propensity is None:
        raise StoreError(f"The random draw of item {draw.item} requires a propensity.")
    if draw.propensity is not None and not 0 < draw.propensity <= 1:
        raise StoreError(f"propensity={draw.propensity!r} must be above 0 and at most 1.")


def _check_running(connection, round):
    row = connection.execute("SELECT status FROM round WHERE id = ?", (round,)).fetchone()
    if row is None or row[0] != "running":
        raise StoreError(f"Round {round} is {'not there' if row is None else row[0]}, not running.")
