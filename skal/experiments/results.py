"""Finished replays on disk: a line of JSON each, so that a killed run loses none."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skal.experiments.plan import Plan, Replay

if TYPE_CHECKING:
    import pandas as pd

FIRST = ["data", "estimator", "strategy", "seed", "round", "n_labelled"]
BEGINNING = b'{"key": '  # of each line
OF_CLASSES = ["imbalance", "mistakes", "base_error"]  # NaN for a regression
MEASURED = [*OF_CLASSES, "n_holdout", "query_seconds", "fit_seconds"]
TAKEN = {*FIRST, *MEASURED, "rows"}


class ResultsFile:
    """Replays by their keys, in a file to which lines are only added.

    A line counts once its end is written: what a kill left of the last one is cut off.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(self.path, "a+b")  # noqa: SIM115 - closed by close()
        try:
            self.finished = self._read()
        except BaseException:
            self.close()
            raise

    def _read(self) -> dict:
        self._file.seek(0)
        whole, end, torn = self._file.read().rpartition(b"\n")
        finished = {}
        for number, line in enumerate(whole.split(b"\n") if end else [], start=1):
            try:
                record = json.loads(line)
                finished[record["key"]] = record["rounds"]
            except (ValueError, TypeError, KeyError) as error:
                raise self._not_ours(number) from error
        if not (torn.startswith(BEGINNING) or BEGINNING.startswith(torn)):
            raise self._not_ours(len(finished) + 1)
        self._file.truncate(len(whole) + len(end))
        return finished

    def _not_ours(self, line):
        return ValueError(
            f"Line {line} of {self.path} is not the result of a replay: give the path of a file "
            "that compare() wrote, or of a new one."
        )

    def add(self, key: str, replay: Replay, rounds: list[dict]) -> None:
        """Keep a finished replay, on the disk when this returns."""
        names = dict(zip(FIRST, replay.names()))
        line = json.dumps({"key": key, **names, "rounds": rounds}, default=_plain)
        self._file.write(line.encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.finished[key] = json.loads(line)["rounds"]  # as a later run will read it

    def close(self) -> None:
        self._file.close()


def _plain(value):
    """What JSON does not know: numbers and arrays of NumPy as Python's, anything else in words."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)


def tidy(plan: Plan, finished: dict, key: Callable[[Replay], Any]) -> "pd.DataFrame":
    """A frame with one row a round of every replay, in the order of the plan."""
    import pandas as pd

    records = [
        {**dict(zip(FIRST, replay.names())), **record}
        for replay in plan.in_order()
        for record in finished[key(replay)]
    ]
    frame = pd.DataFrame.from_records(records)
    known = [*FIRST, *plan.settings.scoring, *MEASURED]
    facts = [name for name in frame.columns if name not in known and name != "rows"]
    for name in OF_CLASSES:
        frame[name] = frame[name].astype(float)
    return frame[[*known, *facts, "rows"]]
