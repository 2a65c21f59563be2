"""The interface for annotators and models: leases of items, answers and rounds."""

import json
import uuid as uuids
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from skal.labelling import answers, binding, leases, rounds, settings, standing, watching
from skal.labelling.answers import Answer, Recorded
from skal.labelling.numbers import whole
from skal.labelling.pool import Pool, sample
from skal.labelling.rounds import Draw
from skal.labelling.runner import Runner
from skal.labelling.source import Source
from skal.labelling.standing import Standing
from skal.labelling.trouble import StoreError
from skal.labelling.watching import Watch

if TYPE_CHECKING:
    from skal._audits import Audits
    from skal.metrics import Estimate


class Rows(Protocol):
    """The rows that are labelled."""

    def source(self) -> Source: ...

    def pool(self) -> Pool: ...


class Desk:
    """The part of a store that a page and a model work at; `store.desk`.

    Each method that changes something returns once the change is on the disk.
    """

    def __init__(
        self, writer: Runner, readers: Runner, rows: Rows, clock: Callable[[], float]
    ) -> None:
        self._writer, self._readers, self._rows, self._clock = writer, readers, rows, clock
        self._standing = Standing(readers)

    # ------------------------------------------------------------------ items out
    def lease(self, annotator: int, client: str, n: int = 8) -> list[dict[str, Any]]:
        """Lease up to n items to an annotator for five minutes; held items come first."""
        n, annotator = whole(n, "n", 1, 100), whole(annotator, "annotator")
        return self._writer.run(leases.take, annotator, client, n, self._clock())

    def renew(self, annotator: int, ids: Sequence[int]) -> list[int]:
        """Renew these leases for five minutes, and return those that are still held."""
        return self._writer.run(leases.renew, annotator, ids, self._clock())

    def release(self, annotator: int, lease: int) -> bool:
        """Give an item back, and return whether it was held."""
        return self._writer.run(leases.release, annotator, lease)

    def show(self, items: Sequence[int]) -> list[dict[str, Any]]:
        """Return the cells of items from the source; raise an error if the source has changed."""
        source = self._rows.source()
        places = self._readers.run(binding.places, [whole(item, "item") for item in items])
        source.expect([place["row"] for place in places])
        return [
            {
                "item": place["item"],
                "row": place["row"],
                "name": place["name"],
                "cells": source.cells(
                    place["row"],
                    place["byte_offset"],
                    place["name"],
                    place["content"] or place["digest"],
                ),
            }
            for place in places
        ]

    def source_path(self) -> Path:
        """Return the path of the file or folder."""
        return self._rows.source().path

    # ------------------------------------------------------------------ answers in
    def record(self, answer: Answer, client: str = "") -> Recorded:
        """Write an answer to the log; raise a conflict if somebody else has answered the item.

        An answer of a uuid that the log has is there already: it is told so, and nothing changes.
        """
        return self._writer.run(answers.record, answer, self._clock(), client)

    def undo(
        self, event: int, annotator: int, uuid: str | None = None, client: str = ""
    ) -> Recorded:
        """Withdraw an answer; the annotator gets the item back if it has no other answer."""
        item = self._readers.run(_item_of, whole(event, "event"))
        told = uuid or str(uuids.uuid4())
        return self.record(Answer(item, annotator, "undo", undoes=event, uuid=told), client)

    def history(
        self, annotator: int | None = None, n: int = 50, before: int | None = None
    ) -> list[dict[str, Any]]:
        """Return the last answers, newest first: of an annotator, before an event."""
        return self._readers.run(_history, annotator, whole(n, "n"), before)

    # ------------------------------------------------------------------ how good the model is
    def audits(self) -> "Audits":
        """Return the random rows that a model predicted before they were labelled."""
        return self._standing.audits()

    def performance(self, scoring: str | None = None, confidence: float = 0.95) -> "Estimate":
        """Estimate the score on new rows, as :func:`skal.metrics.performance_today`."""
        return self._standing.performance(scoring, confidence)

    def curve(self) -> list[dict[str, Any]]:
        """Return the performance after each round with 30 audit rows or more, oldest first."""
        return self._standing.curve()

    def advice(self) -> str:
        """Advise whether to go on, in a sentence."""
        return self._standing.advice()

    def note_performance(self, round: int) -> None:
        """Store the performance of a round's model, as a point of the curve."""
        point = standing.told(self.performance())
        self._writer.run(standing.add_metrics, round, {"performance": point})

    # ------------------------------------------------------------------ what is asked next
    def draw(self, n: int, kind: str = "cold") -> int:
        """Put random items at the end of the queue, and return their number.

        Cold draws come from the rows outside the audit reserve, audit draws from it.
        """
        pool = self._rows.pool()
        return self._writer.run(_draw, pool, kind, whole(n, "n"))

    def sample(self, n: int, kind: str = "audit") -> list[Draw]:
        """Draw random items for a round; items that nobody holds can be drawn again."""
        pool = self._rows.pool()
        return self._readers.run(_sample, pool, kind, whole(n, "n"), True)

    def candidates(self) -> np.ndarray:
        """Return the candidates: rows that are not answered, leased or in the reserve."""
        pool = self._rows.pool()
        return pool.rows_of(self._readers.run(pool.free, reserve=False, replaced=True))

    def ask(self, items: Iterable[int]) -> int:
        """Put items at the front of the queue, and return how many of them are new in it."""
        return self._writer.run(rounds.ask_first, [whole(item, "item") for item in items])

    def begin_round(self, strategy: str, parameters: Mapping[str, Any], seed: int) -> int:
        """Record that a fit begins, and return the number of the round."""
        return self._writer.run(rounds.begin, strategy, parameters, seed, self._clock())

    def watched(self) -> np.ndarray:
        """Return the items that each model predicts, so that models can be compared."""
        pool = self._rows.pool()
        return self._readers.run(watching.chosen, pool.items[pool.reserve])

    def finish_round(
        self,
        round: int,
        draws: Iterable[Draw],
        metrics: Mapping[str, Any] | None = None,
        watch: Watch | None = None,
    ) -> int:
        """Replace items that nobody holds by a round's draws, and return the number added.

        The audit rows of a round count for the performance where its `watch` was kept.
        """
        return self._writer.run(rounds.swap, round, draws, metrics, self._clock(), watch)

    def fail_round(self, round: int, error: str) -> None:
        """Record that a round failed; the queue stays."""
        self._writer.run(rounds.fail, round, error, self._clock())

    def rounds(self, n: int = 50) -> list[dict[str, Any]]:
        """Return the last rounds, newest first."""
        return self._readers.run(_rounds, n)


def _item_of(connection, event):
    row = connection.execute("SELECT item FROM event WHERE id = ?", (event,)).fetchone()
    if row is None:
        raise StoreError(f"There is no event {event}.")
    return row[0]


def _history(connection, annotator, n, before):
    rows = connection.execute(
        "SELECT event.id, event.uuid, event.item, annotator.name AS annotator, event.kind, "
        "event.value, event.reason, event.undoes, event.at, current.event IS NOT NULL AS holds "
        "FROM event JOIN annotator ON annotator.id = event.annotator "
        "LEFT JOIN current ON current.event = event.id "
        "WHERE (:who IS NULL OR event.annotator = :who) "
        "AND (:before IS NULL OR event.id < :before) AND event.kind != 'import' "
        "ORDER BY event.id DESC LIMIT :n",
        {"who": annotator, "before": before, "n": n},
    )
    return [{**dict(row), "holds": bool(row["holds"])} for row in rows]


def _rounds(connection, n):
    rows = connection.execute("SELECT * FROM round ORDER BY id DESC LIMIT ?", (n,))
    return [
        {
            **dict(row),
            "parameters": json.loads(row["parameters"]),
            "metrics": row["metrics"] and json.loads(row["metrics"]),
        }
        for row in rows
    ]


def _draw(connection, pool, kind, n):
    return rounds.append(connection, _sample(connection, pool, kind, n))


def _sample(connection, pool, kind, n, replaced=False):
    """Draw random items; each batch, event and round changes the draw."""
    if kind not in ("audit", "cold"):
        raise StoreError(f"kind={kind!r} must be audit or cold.")
    made = connection.execute(
        "SELECT (SELECT coalesce(max(id), 0) FROM batch), (SELECT coalesce(max(id), 0) FROM event),"
        " (SELECT coalesce(max(id), 0) FROM round)"
    ).fetchone()
    rng = np.random.default_rng(
        [settings.read(connection)["seed"], rounds.KINDS.index(kind), *made]
    )
    return sample(connection, pool, kind, n, rng, replaced)
