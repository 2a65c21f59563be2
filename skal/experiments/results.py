"""Finished replays on disk, one line of JSON each, so a killed run loses none."""

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
    """Store replays by key in a file that one process writes, and only appends to.

    A line is valid once its end is written: the incomplete last line after a kill or a power
    failure is removed.

    `finished` has the rounds of each key; other versions of skal or scikit-learn have other keys,
    so their lines are kept and not used.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path).absolute()  # the user's code may change the working directory
        self._make_folder()
        if self.path.exists() and not self.path.is_file():
            raise ValueError(f"{self.path} is not a regular file: results require one.")
        # Without a buffer, a forked process has none of our data to write.
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
        """Read the existing lines, and remove an incomplete one; return the remaining size."""
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
        """Write a finished replay to the disk before returning, or not at all."""
        line = line_of(key, replay.names(), VERSIONS, rounds)
        as_read_later = replay_in(line[:-1])["rounds"]
        try:
            self._append(line)
        except BaseException as error:
            with contextlib.suppress(OSError):  # the next run removes the rest
                self._file.truncate(self._end)
            if isinstance(error, OSError):
                raise OSError(
                    error.errno,
                    f"{error.strerror}: a finished replay could not be added to the "
                    f"{len(self.finished)} stored ones. Free disk space, if it is exhausted, "
                    "and run the same call again",
                    str(self.path),
                ) from error
            raise
        self._check_in_place()
        self.finished[key] = as_read_later

    def _append(self, line):
        left = memoryview(line)
        while left:  # a disk that is nearly full writes a part
            left = left[self._file.write(left) :]
        os.fsync(self._file.fileno())
        self._end += len(line)

    def _check_in_place(self):
        """Raise an error if the file is gone, because all that is added to it would be lost."""
        try:
            there = os.path.samestat(os.fstat(self._file.fileno()), self.path.stat())
        except FileNotFoundError:
            there = False
        if not there:
            raise FileNotFoundError(
                f"{self.path} was moved, deleted or replaced while a run wrote to it: restore it, "
                "if you can, and run the same call again."
            )

    def note(self) -> str:
        """Return a note to show before the missing replays run; usually empty."""
        if not self._n_of_others:
            return ""
        ours = " and ".join(f"{name} {version}" for name, version in VERSIONS.items())
        return (
            f"{self.path.name}: {self._n_of_others} of its {len(self.finished)} replays were run "
            f"with other versions than {ours}, and are not used here."
        )

    def close(self) -> None:
        """Allow other processes to write the file."""
        self._file.close()


def _sync_folder(folder: Path) -> None:
    """Flush the names of the files in a folder to the disk, if the system supports it."""
    if sys.platform == "win32":
        return
    try:
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(place)
        finally:
            os.close(place)
    except OSError as error:  # a folder that is writable but not readable; network file systems
        if error.errno not in (errno.EACCES, errno.EINVAL, errno.ENOTSUP):
            raise


def tidy(plan: Plan, finished: dict, key: Callable[[Replay], Any]) -> "pd.DataFrame":
    """Return a data frame with one row per round of every replay, in the order of the plan."""
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
