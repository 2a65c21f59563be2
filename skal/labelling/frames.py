"""The answers of a store as arrays and tables."""

import json
import sqlite3
from collections import Counter
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from skal.labelling import settings
from skal.labelling.binding import last
from skal.labelling.pool import Pool

if TYPE_CHECKING:
    import pandas as pd

EVENTS = (
    "SELECT event.uuid, event.item, reserve, annotator.name AS annotator, event.kind, event.value, "
    "reason, target.uuid AS undoes, event.at, seconds, batch.kind AS drawn, event.round, "
    "event.strategy, event.propensity, event.predicted, event.proba, "
    "current.event IS NOT NULL AS holds FROM event "
    "JOIN item ON item.id = event.item JOIN annotator ON annotator.id = event.annotator "
    "LEFT JOIN batch ON batch.id = event.batch LEFT JOIN current ON current.event = event.id "
    "LEFT JOIN (SELECT id, uuid FROM event) AS target ON target.id = event.undoes "
    "ORDER BY event.id"
)


def votes(connection: sqlite3.Connection) -> dict[int, list[str]]:
    """Return the current labels of each labelled item, one per annotator."""
    found: dict[int, list[str]] = {}
    rows = connection.execute(
        "SELECT item, value FROM current WHERE value IS NOT NULL ORDER BY item, annotator"
    )
    for item, value in rows:
        found.setdefault(item, []).append(value)
    return found


def decided(values: list[str], classes: bool) -> str | float | None:
    """Combine labels: the majority of classes, the mean of numbers; None for a tie."""
    if not classes:
        return fmean(map(float, values))
    (first, n), *others = Counter(values).most_common(2)
    return None if others and others[0][1] == n else first


def labels(connection: sqlite3.Connection, pool: Pool) -> np.ndarray:
    """Return a label for each row of the source; None, or NaN in regression, without one."""
    classes = settings.is_classification(connection)
    y = np.full(len(pool.items), None if classes else np.nan, dtype=object if classes else float)
    found = votes(connection)
    rows = pool.rows_of(np.fromiter(found, dtype=np.int64, count=len(found)))
    for row, values in zip(rows, found.values()):
        if row >= 0:
            y[row] = decided(values, classes)
    return y


def ties(connection: sqlite3.Connection, pool: Pool) -> "pd.DataFrame":
    """Return the items whose labels tie: their rows and their labels."""
    import pandas as pd

    classes = settings.is_classification(connection)
    tied = {i: v for i, v in votes(connection).items() if classes and decided(v, True) is None}
    items = np.fromiter(tied, dtype=np.int64, count=len(tied))
    return pd.DataFrame({"row": pool.rows_of(items), "item": items, "labels": list(tied.values())})


def events(connection: sqlite3.Connection, pool: Pool) -> "pd.DataFrame":
    """Return the log as a table, one event per row."""
    import pandas as pd

    cursor = connection.execute(EVENTS)
    names = [column[0] for column in cursor.description]
    frame = pd.DataFrame([tuple(row) for row in cursor], columns=names)
    frame.insert(1, "row", pool.rows_of(frame["item"].to_numpy(dtype=np.int64)))
    frame["at"] = pd.to_datetime(frame["at"].astype(float), unit="s", utc=True)
    for name in ("reserve", "holds"):
        frame[name] = frame[name].astype(bool)
    for name in ("seconds", "propensity"):
        frame[name] = frame[name].astype(float)
    frame["round"] = frame["round"].astype("Int64")
    frame["proba"] = frame["proba"].map(json.loads, na_action="ignore")
    return frame


def progress(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return the progress of the labelling, from the counters."""
    counter: dict[str, dict[str, int]] = {}
    for kind, name, n in connection.execute("SELECT * FROM counter"):
        counter.setdefault(kind, {})[name] = n
    answers, items = counter.get("answers", {}), counter.get("items", {})
    overlap = settings.overlap(connection)
    done = sum(n for name, n in items.items() if name == "import" or int(name) >= overlap)
    begun = sum(items.values()) - done
    n_held = connection.execute("SELECT count(*) FROM lease").fetchone()[0]
    n_queued = connection.execute("SELECT count(DISTINCT item) FROM queue").fetchone()[0]
    n_events = connection.execute("SELECT coalesce(max(id), 0) FROM event").fetchone()[0]
    return {
        "rows": last(connection)["n_rows"],
        "done": done,
        "begun": begun,
        "labels": answers.get("label", 0),
        "imported": answers.get("import", 0),
        "skipped": answers.get("skip", 0),
        "classes": counter.get("class", {}),
        "held": n_held,
        "queued": n_queued,
        "events": n_events,
    }
