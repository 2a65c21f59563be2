"""Finished replays on disk: a line of JSON each, so that a killed run loses none."""

import contextlib
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sklearn

from skal import __version__
from skal.experiments.lines import (
    FIRST,
    MEASURED,
    OF_CLASSES,
    NotOurs,
    line_of,
    may_begin,
    replay_in,
)
from skal.experiments.locks import lock
from skal.experiments.plan import Plan, Replay

if TYPE_CHECKING:
    import pandas as pd

VERSIONS = {"skal": __version__, "scikit-learn": sklearn.__version__}


class ResultsFile:
    """Replays by their keys, in a file that one process writes, and only adds lines to.

    A line counts once its end is written: what a kill or a power failure left of the last one is
    cut off.

    `finished` has the rounds of each key; the keys of other versions of skal or scikit-learn are
    others, so that their lines are kept and not used.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path).absolute()  # somebody's code may change the working directory
        self._make_folder()
        if self.path.exists() and not self.path.is_file():
            raise ValueError(f"{self.path} is no regular file: results are kept in one.")
        # Without a buffer, a process that is forked off has nothing of ours to write.
        self._file = open(self.path, "a+b", buffering=0)  # noqa: SIM115 - closed by close()
        try:
            lock(self._file, self.path)
            self._check_in_place()
            _sync_folder(self.path.parent)
            self.finished: dict[str, list[dict]] = {}
            self._n_of_others = 0
            self._end = self._read()
        except BaseException:
            self.close()
            raise

    def _make_folder(self):
        folder = self.path.parent
        made = [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for place in made:
            _sync_folder(place.parent)

    def _read(self) -> int:
        """Take in the lines there are, and cut off what is not one; the size that is left."""
        self._file.seek(0)
        content = self._file.read()
        whole, end, torn = content.rstrip(b"\0").rpartition(b"\n")
        number = 0
        for number, line in enumerate(whole.split(b"\n") if end else [], start=1):
            try:
                record = replay_in(line)
            except ValueError as error:
                raise ValueError(f"Line {number} of {self.path} {error}.") from error
            self.finished[record["key"]] = record["rounds"]
            self._n_of_others += record.get("versions") != VERSIONS
        if not may_begin(torn):
            raise ValueError(f"Line {number + 1} of {self.path} {NotOurs()}.")
        size = len(whole) + len(end)
        if size < len(content):
            self._file.truncate(size)
        return size

    def add(self, key: str, replay: Replay, rounds: list[dict]) -> None:
        """Keep a finished replay, on the disk when this returns, or not at all."""
        line = line_of(key, replay.names(), VERSIONS, rounds)
        as_read_later = replay_in(line[:-1])["rounds"]
        try:
            self._append(line)
        except BaseException as error:
            with contextlib.suppress(OSError):  # what is left is cut off by the next run
                self._file.truncate(self._end)
            if isinstance(error, OSError):
                raise OSError(
                    error.errno,
                    f"{error.strerror}: a finished replay could not be added to the "
                    f"{len(self.finished)} that are kept. Make room, if that is what is missing, "
                    "and run the same call again",
                    str(self.path),
                ) from error
            raise
        self._check_in_place()
        self.finished[key] = as_read_later

    def _append(self, line):
        left = memoryview(line)
        while left:  # a disk that is nearly full takes a part
            left = left[self._file.write(left) :]
        os.fsync(self._file.fileno())
        self._end += len(line)

    def _check_in_place(self):
        """An error where the file has gone, with which all that is added to it would be lost."""
        try:
            there = os.path.samestat(os.fstat(self._file.fileno()), self.path.stat())
        except FileNotFoundError:
            there = False
        if not there:
            raise FileNotFoundError(
                f"{self.path} was moved, deleted or replaced while a run wrote it: put it back, "
                "if you can, and run the same call again."
            )

    def note(self) -> str:
        """What there is to know before the missing replays are run; mostly nothing."""
        if not self._n_of_others:
            return ""
        ours = " and ".join(f"{name} {version}" for name, version in VERSIONS.items())
        return (
            f"{self.path.name}: {self._n_of_others} of its {len(self.finished)} replays were run "
            f"under other versions than {ours}, and do not count here."
        )

    def close(self) -> None:
        """Let other processes write the file."""
        self._file.close()


def _sync_folder(folder: Path) -> None:
    """Have the names of the files in a folder on the disk, where the system can do that."""
    if sys.platform == "win32":
        return
    try:
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(place)
        finally:
            os.close(place)
    except OSError as error:  # a folder that may be written and not read; network file systems
        if error.errno not in (errno.EACCES, errno.EINVAL, errno.ENOTSUP):
            raise


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
