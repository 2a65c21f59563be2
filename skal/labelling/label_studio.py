"""Export and import of Label Studio tasks."""

import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skal.labelling import annotators, leases, log, settings
from skal.labelling.binding import last
from skal.labelling.source import Source, digest_of
from skal.labelling.trouble import StoreError


@dataclass(frozen=True)
class Imported:
    """The numbers of imported, known and unmatched annotations."""

    taken: int = 0
    known: int = 0
    unmatched: int = 0

    def __str__(self) -> str:
        return (
            f"{self.taken} annotations imported, {self.known} known before, {self.unmatched} of "
            "unknown rows"
        )


def write(connection: sqlite3.Connection, source: Source, path: Path) -> list[str]:
    """Write each row as a task, with its current answers and the model's last prediction."""
    classes = settings.is_classification(connection)
    bound = last(connection)["id"]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("[")
        rows = connection.execute("SELECT * FROM item_row WHERE source = ? ORDER BY row", (bound,))
        for row, (cells, _, name) in zip(rows, source.records(), strict=True):
            task = {
                "id": row["item"],
                "data": data_of(cells, name, source),
                "annotations": list(_annotations(connection, row["item"], classes, name)),
                "predictions": list(_predictions(connection, row["item"], classes, name)),
            }
            file.write(",\n" if row["row"] else "\n")
            file.write(json.dumps(task, ensure_ascii=False))
        file.write("\n]\n")
    return []


def data_of(cells: Mapping[str, str], name: str | None, source: Source) -> dict[str, str]:
    """Return the data of a task: an image, or the cells without the label; a single one as text."""
    if name is not None and "text" not in cells:
        return {"image": name}
    shown = {column: cell for column, cell in cells.items() if column != source.label}
    return {"text": next(iter(shown.values()))} if len(shown) == 1 else shown


def read(connection: sqlite3.Connection, source: Source, path: Path, now: float) -> Imported:
    """Import the annotations of a file of tasks for the rows with the same data."""
    try:
        tasks = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read as tasks of Label Studio: {error}.") from error
    if not isinstance(tasks, list):
        raise StoreError(f"{path} does not contain a list of tasks.")
    items = _items(connection, source)
    taken = known = unmatched = 0
    touched: set[int] = set()
    for number, task in enumerate(tasks):
        try:
            found = list(_answers(task))
            item = items.get(digest_of({k: str(v) for k, v in task["data"].items()}))
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise StoreError(
                f"Task {number} of {path} is not a task of Label Studio: {error!r}"
            ) from error
        if item is None:
            unmatched += len(found)
            continue
        for answer in found:
            new = _take(connection, item, answer, now)
            taken, known = taken + new, known + (not new)
        touched.add(item)
    log.rebuild(connection)
    for item in touched:
        rows = connection.execute("SELECT * FROM current WHERE item = ?", (item,))
        leases.settle(connection, item, {row["annotator"]: row for row in rows})
    return Imported(taken, known, unmatched)


def _items(connection, source):
    """Map the data of each task to its item: the first of equal rows."""
    bound = last(connection)["id"]
    rows = connection.execute("SELECT item FROM item_row WHERE source = ? ORDER BY row", (bound,))
    found: dict[bytes, int] = {}
    for (item,), (cells, _, name) in zip(rows, source.records(), strict=True):
        found.setdefault(digest_of(data_of(cells, name, source)), item)
    return found


def _answers(task: Any) -> Iterator[tuple[str, Any, Any]]:
    """Read annotator, label and seconds of each annotation; the label of a skip is None."""
    for annotation in task.get("annotations", []):
        who = annotation.get("completed_by", "import")
        if isinstance(who, dict):
            who = who.get("email") or who.get("id")
        if annotation.get("was_cancelled"):
            yield str(who), None, annotation.get("lead_time")
            continue
        for result in annotation.get("result", []):
            if result["type"] in ("choices", "number"):
                value = result["value"]
                said = value["choices"][0] if "choices" in value else value["number"]
                yield str(who), said, annotation.get("lead_time")
                break


def _take(connection, item, answer, now):
    """Write one annotation to the log, and return whether it is new."""
    who, said, seconds = answer
    annotator = annotators.known_or_new(connection, who)
    if said is None:
        kind, value = "skip", None
    elif settings.is_classification(connection):
        settings.add_class(connection, said, sure=True)
        kind, value = "import", settings.class_name(said)
    else:
        kind, value = "import", settings.number(said)
    standing = connection.execute(
        "SELECT 1 FROM event WHERE item = ? AND annotator = ? AND kind != 'undo'", (item, annotator)
    ).fetchone()
    if standing:
        return False  # what was said here, or taken from this file before, is not replaced
    connection.execute(
        "INSERT INTO event (uuid, item, annotator, kind, value, at, seconds) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (str(uuid.uuid4()), item, annotator, kind, value, now, seconds),
    )
    return True


def _annotations(connection, item, classes, name):
    rows = connection.execute(
        "SELECT event.*, annotator.name AS who FROM current JOIN event ON event.id = current.event "
        "JOIN annotator ON annotator.id = event.annotator WHERE current.item = ? ORDER BY event.id",
        (item,),
    )
    for event in rows:
        skipped = event["kind"] == "skip"
        yield {
            "id": event["id"],
            "result": [] if skipped else [_result(event["value"], classes, name)],
            "completed_by": event["who"],
            "lead_time": event["seconds"],
            "was_cancelled": skipped,
        }


def _predictions(connection, item, classes, name):
    row = connection.execute(
        "SELECT predicted, proba, round FROM event WHERE item = ? AND predicted IS NOT NULL "
        "ORDER BY id DESC LIMIT 1",
        (item,),
    ).fetchone()
    if row is not None:
        proba = json.loads(row["proba"] or "{}")
        yield {
            "result": [_result(row["predicted"], classes, name)],
            "score": proba.get(row["predicted"]),
            "model_version": f"round {row['round']}",
        }


def _result(value, classes, name):
    shown = "text" if name is None else "image"
    said = {"choices": [value]} if classes else {"number": float(value)}
    kind = "choices" if classes else "number"
    return {"from_name": "label", "to_name": shown, "type": kind, "value": said}
