"""The model's current performance, its learning curve, and the advice whether to go on."""

import json
import math
import sqlite3
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from skal.labelling import audits
from skal.labelling.runner import Runner

if TYPE_CHECKING:
    from skal._audits import Audits
    from skal.metrics import Estimate

MOST = 60  # points of a curve that is shown


class Standing:
    """Performance and advice of a store, which are cached until the store changes."""

    def __init__(self, readers: Runner) -> None:
        self._readers = readers
        self._kept: dict[Any, Any] = {}

    def audits(self) -> "Audits":
        """Return the random rows that models predicted before they were labelled."""
        return self._readers.run(audits.read)

    def performance(self, scoring: str | None, confidence: float) -> "Estimate":
        """Return the estimate from these rows."""
        return self._unchanged((scoring, confidence), _performance, scoring, confidence)

    def advice(self) -> str:
        """Return the advice whether to go on."""
        from skal.labelling.advice import advice  # late: with it comes all of scipy

        return self._unchanged("advice", advice)

    def curve(self) -> list[dict[str, Any]]:
        """Return the performance of each round's model, from the random rows known then."""
        return self._readers.run(_curve)

    def _unchanged(self, name: Any, function: Callable[..., Any], *args: Any) -> Any:
        state = self._readers.run(audits.state)
        known = self._kept.get(name)
        if known is None or known[0] != state:
            self._kept[name] = known = (state, self._readers.run(function, *args))
        return known[1]


def told(estimate: "Estimate") -> dict[str, Any]:
    """Convert an estimate for the page: None for values that are not finite."""
    numbers = {name: getattr(estimate, name) for name in ("value", "low", "high")}
    return {
        **{name: x if math.isfinite(x) else None for name, x in numbers.items()},
        "n": estimate.n_rows,
        "enough": estimate.enough,
        "scoring": estimate.scoring,
        "remark": estimate.remark,
    }


def add_metrics(connection: sqlite3.Connection, round: int, metrics: Mapping[str, Any]) -> None:
    """Add metrics to a round."""
    row = connection.execute("SELECT metrics FROM round WHERE id = ?", (round,)).fetchone()
    noted = {**json.loads(row["metrics"] or "{}"), **metrics}
    connection.execute("UPDATE round SET metrics = ? WHERE id = ?", (json.dumps(noted), round))


def _is_of_today(point: Mapping[str, Any]) -> bool:
    """Return whether a point has enough rows and measures the model of its round."""
    return bool(point["enough"]) and not point.get("remark")


def _performance(
    connection: sqlite3.Connection, scoring: str | None, confidence: float
) -> "Estimate":
    from skal.metrics import Estimate  # scipy takes a second, which the first item does not await
    from skal.metrics.intervals import check_confidence
    from skal.metrics.performance import METHODS, checked_scoring, estimate

    check_confidence(confidence)
    known = audits.read(connection)
    if known.classes is not None and not len(known.classes) and scoring is not None:
        scoring = "accuracy"  # there are no classes to judge another score by
    name = checked_scoring(scoring, known)
    if len(known) >= (3 if known.classes is None else 1):
        return estimate(known, name, confidence)
    low = 0.0 if known.classes is not None else -math.inf
    high = 0.0 if name == "neg_mean_absolute_error" else 1.0
    return Estimate(math.nan, low, high, len(known), known.n_known, METHODS[name], name, confidence)


def _curve(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT n_labels, metrics FROM round WHERE status = 'done' AND metrics IS NOT NULL "
        "ORDER BY id"
    )
    points = [(row["n_labels"], json.loads(row["metrics"]).get("performance")) for row in rows]
    known = {n: {"labels": n, **point} for n, point in points if point and _is_of_today(point)}
    curve = list(known.values())
    shown = np.unique(np.linspace(0, len(curve) - 1, min(MOST, len(curve))).astype(int))
    return [curve[i] for i in shown.tolist()]
