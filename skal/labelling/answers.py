"""Incoming answers: validate them, write them to the log, and update the queue."""

import sqlite3
import uuid as uuids
from dataclasses import dataclass, field, replace
from typing import Any

from skal.labelling import leases, log, settings
from skal.labelling.numbers import seconds, whole
from skal.labelling.trouble import Conflict, StoreError

DRAW = ("batch", "round", "strategy", "propensity", "predicted", "proba")


@dataclass(frozen=True)
class Answer:
    """An annotator's answer for an item, with its own uuid.

    `undoes` is the event that an undo takes back, or, of a label or a skip, somebody else's
    answer that it takes the place of.
    """

    item: int
    annotator: int
    kind: str
    value: str | float | None = None
    reason: str | None = None
    undoes: int | None = None
    seconds: float | None = None
    uuid: str = field(default_factory=lambda: str(uuids.uuid4()))


@dataclass(frozen=True)
class Recorded:
    """An answer in the log: its event number, and whether it was recorded before."""

    event: int
    repeated: bool = False
    lease: dict[str, Any] | None = None


def record(connection: sqlite3.Connection, answer: Answer, now: float, client: str) -> Recorded:
    """Write an answer to the log, and update the leases and the queue."""
    answer = _checked(answer)
    uuid = _checked_uuid(answer.uuid)
    value = _checked_value(connection, answer)
    known = connection.execute("SELECT * FROM event WHERE uuid = ?", (uuid,)).fetchone()
    if known is not None:
        _check_same(known, answer, value)
        return Recorded(known["id"], repeated=True, lease=_again(connection, known, now, client))
    if not connection.execute("SELECT 1 FROM item WHERE id = ?", (answer.item,)).fetchone():
        raise StoreError(f"There is no item {answer.item}.")
    leases.drop_expired(connection, now)
    undone = _check_allowed(connection, answer)
    draw = _draw(connection, answer, undone)
    event = connection.execute(
        "INSERT INTO event (uuid, item, annotator, kind, value, reason, undoes, at, seconds, "
        f"{', '.join(DRAW)}) VALUES ({', '.join('?' * 15)}) RETURNING id",
        (uuid, answer.item, answer.annotator, answer.kind, value, answer.reason, answer.undoes,
         now, answer.seconds, *draw),
    ).fetchone()[0]  # fmt: skip
    holds = log.refresh(connection, answer.item)
    if answer.kind != "undo":
        leases.done(connection, answer.item, answer.annotator)
    leases.settle(connection, answer.item, holds)
    if answer.kind != "undo":
        leases.ask_others(connection, answer.item, draw, holds)
    lease = None
    if answer.kind == "undo" and undone is not None and undone["annotator"] not in holds:
        lease = leases.reopen(connection, answer.item, answer.annotator, client, now, draw, holds)
    return Recorded(event, lease=lease)


def _checked(answer):
    """Convert the fields of an answer to plain numbers and strings."""
    if answer.reason is not None and not isinstance(answer.reason, str):
        raise StoreError(f"reason={answer.reason!r} must be a text.")
    return replace(
        answer,
        item=whole(answer.item, "item"),
        annotator=whole(answer.annotator, "annotator"),
        undoes=None if answer.undoes is None else whole(answer.undoes, "undoes"),
        seconds=seconds(answer.seconds),
    )


def _checked_uuid(uuid):
    try:
        return str(uuids.UUID(uuid))
    except (ValueError, AttributeError, TypeError):
        raise StoreError(f"uuid={uuid!r} is not a uuid: create one with uuid.uuid4().") from None


def _checked_value(connection, answer):
    if answer.kind not in ("label", "skip", "undo", "import"):
        raise StoreError(f"kind={answer.kind!r} must be label, skip, undo or import.")
    if answer.kind in ("label", "import"):
        return settings.checked_label(connection, answer.value)
    if answer.value is not None:
        raise StoreError(f"A {answer.kind} has no value, but {answer.value!r} was passed.")
    if answer.kind == "undo" and answer.undoes is None:
        raise StoreError("An undo must name the event to withdraw: pass undoes.")
    return None


def _check_same(known, answer, value):
    """Raise an error if a uuid was used for a different answer."""
    told = (answer.item, answer.annotator, answer.kind, value, answer.undoes)
    if tuple(known[name] for name in ("item", "annotator", "kind", "value", "undoes")) != told:
        raise Conflict(
            f"uuid {known['uuid']} was used for another answer: create a new one for each answer."
        )


def _again(connection, known, now, client):
    """Return the lease that an undo gave, if the same client still holds it."""
    if known["kind"] != "undo":
        return None
    return leases.held(connection, known["item"], known["annotator"], client, now)


def _check_allowed(connection, answer):
    """Return the event that an answer replaces, if any; raise a conflict if that is not allowed."""
    role = connection.execute(
        "SELECT role FROM annotator WHERE id = ?", (answer.annotator,)
    ).fetchone()
    if role is None:
        raise StoreError(f"There is no annotator {answer.annotator}.")
    rows = connection.execute("SELECT * FROM current WHERE item = ?", (answer.item,)).fetchall()
    if answer.undoes is not None:
        target = next((row for row in rows if row["event"] == answer.undoes), None)
        if target is None:
            raise Conflict(
                f"Event {answer.undoes} is not the current answer of item {answer.item}: it was "
                "undone or corrected meanwhile.",
                shown(rows),
            )
        own = target["annotator"] == answer.annotator or role[0] == "owner"
        if answer.kind == "undo" and not own:
            raise StoreError(
                f"Event {answer.undoes} is another annotator's: the owner can undo it."
            )
        others = answer.kind != "undo" and target["annotator"] != answer.annotator
        if others and any(row["annotator"] == answer.annotator for row in rows):
            raise Conflict("You have answered this item too: undo your answer first.", shown(rows))
        return target
    mine = next((row for row in rows if row["annotator"] == answer.annotator), None)
    held = leases.of_others(connection, answer.item, answer.annotator)
    if mine is None and leases.n_open(connection, rows) - held < 1 and answer.kind != "import":
        if rows:
            raise Conflict(f"Item {answer.item} was answered by others meanwhile.", shown(rows))
        raise Conflict(f"Item {answer.item} is being answered by somebody else now.")
    return mine


def shown(rows: list[sqlite3.Row]) -> list[dict[str, Any]]:
    """Return the current answers of an item, to show them beside a conflicting one."""
    return [{name: row[name] for name in ("event", "annotator", "kind", "value")} for row in rows]


def _draw(connection, answer, taken):
    """Return how an item was drawn: from the queue, or as for its earlier answer."""
    if taken is not None:
        event = connection.execute("SELECT * FROM event WHERE id = ?", (taken["event"],)).fetchone()
        return tuple(event[name] for name in DRAW)
    queued = connection.execute(
        "SELECT queue.*, batch.round AS round, round.strategy AS strategy FROM queue "
        "JOIN batch ON batch.id = queue.batch LEFT JOIN round ON round.id = batch.round "
        "LEFT JOIN lease USING (item, slot) WHERE queue.item = ? "
        "ORDER BY CASE WHEN lease.annotator = ? THEN 0 ELSE 1 END, slot LIMIT 1",
        (answer.item, answer.annotator),
    ).fetchone()
    return (None,) * len(DRAW) if queued is None else tuple(queued[name] for name in DRAW)
