"""Finished replays on disk: a line of JSON each, so that a killed run loses none."""

import json
import os
from pathlib import Path

import numpy as np

FIRST = ["data", "estimator", "strategy", "seed", "round", "n_labelled"]
MEASURED = ["imbalance", "mistakes", "base_error", "n_holdout", "query_seconds", "fit_seconds"]


class ResultsFile:
    """Replays by their keys, in a file to which lines are only added.

    A line counts once its end is written: what a kill left of the last one is cut off.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(self.path, "a+b")  # noqa: SIM115 - closed by close()
        self._file.seek(0)
        whole, end, _ = self._file.read().rpartition(b"\n")
        self.finished = {}
        for number, line in enumerate(whole.split(b"\n") if whole else [], start=1):
            try:
                record = json.loads(line)
                self.finished[record["key"]] = record["rounds"]
            except (ValueError, TypeError, KeyError) as error:
                self.close()
                raise ValueError(
                    f"Line {number} of {self.path} is not the result of a replay: give the path of "
                    "a file that compare() wrote, or of a new one."
                ) from error
        self._file.truncate(len(whole) + len(end))

    def add(self, key: str, replay, rounds: list[dict]) -> None:
        """Keep a finished replay, on the disk when this returns."""
        names = {
            "data": replay.data,
            "estimator": replay.estimator,
            "strategy": replay.strategy,
            "seed": replay.seed,
        }
        line = json.dumps({"key": key, **names, "rounds": rounds}, default=_plain)
        self._file.write(line.encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def _plain(value):
    """What JSON does not know: numbers and arrays of NumPy as Python's, anything else in words."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)


def tidy(plan, finished: dict):
    """A frame with one row a round of every replay, in the order of the plan."""
    import pandas as pd

    records = [
        {
            "data": replay.data,
            "estimator": replay.estimator,
            "strategy": replay.strategy,
            "seed": replay.seed,
            **record,
        }
        for replay in plan.in_order()
        for record in finished[plan.key(replay)]
    ]
    frame = pd.DataFrame.from_records(records)
    known = [*FIRST, *plan.settings.scoring, *MEASURED]
    facts = [name for name in frame.columns if name not in known and name != "rows"]
    for name in MEASURED[:3]:
        frame[name] = frame[name].astype(float)
    return frame[[*known, *facts, "rows"]]
