"""How good the model is, by random rows that it predicted before their label came."""

import sqlite3
from typing import Any

ENOUGH = 30  # answers, below which the share says too little
AUDITED = (
    "SELECT event.value = event.predicted FROM current JOIN event ON event.id = current.event "
    "JOIN batch ON batch.id = event.batch WHERE current.kind = 'label' AND batch.kind = 'audit' "
    "AND event.predicted IS NOT NULL ORDER BY event.id DESC"
)


def of_audits(connection: sqlite3.Connection) -> dict[str, Any]:
    """The share of random rows that the model had right, of those labelled last.

    The last third of them counts, and 30 at least: what the model did not know of earlier ones it
    may know by now. `share`, `low` and `high` (95%) are None below 30 answers.
    """
    right = [bool(row[0]) for row in connection.execute(AUDITED)]
    n = min(len(right), max(ENOUGH, len(right) // 3))
    if n < ENOUGH:
        return {"n": n, "share": None, "low": None, "high": None}
    from scipy.stats import binomtest  # a second of imports, which the first item does not await

    n_right = sum(right[:n])
    interval = binomtest(n_right, n).proportion_ci(method="wilson")
    return {"n": n, "share": n_right / n, "low": float(interval.low), "high": float(interval.high)}
