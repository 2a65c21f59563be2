"""File locks that allow one writing process, and that the system releases when it ends.

Windows has no such lock, so two runs are not kept apart there.
"""

import os
import re
import sys
import weakref
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl

HELD = re.compile(r"^\d+: FLOCK +ADVISORY +WRITE (\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) ", re.M)
LOCKS = Path("/proc/locks")  # Linux
_locked: weakref.WeakSet = weakref.WeakSet()


def lock(file: IO[bytes], path: Path) -> None:
    """Lock a file for writing by this process until it closes the file or ends."""
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BlockingIOError(
            f"{path} is being written by another run of compare(){_holder(file)}: wait until it "
            "has ended, or end it; or use another file for this run."
        ) from None
    except OSError as error:
        raise OSError(
            error.errno,
            f"The file system of {path} does not support locks ({error.strerror}), so a second run "
            "could damage the results of this one: use a path on another disk",
        ) from error
    _locked.add(file)


def _holder(file: IO[bytes]) -> str:
    """Return which process holds the lock, if the system reports it."""
    if not LOCKS.is_file():
        return ""
    here = os.fstat(file.fileno())
    wanted = os.major(here.st_dev), os.minor(here.st_dev), here.st_ino
    for pid, major, minor, inode in HELD.findall(LOCKS.read_text()):
        if (int(major, 16), int(minor, 16), int(inode)) == wanted:
            return " (this process)" if int(pid) == os.getpid() else f" (process {pid})"
    return ""


def _leave_locks_to_the_parent() -> None:
    """Close the files in a forked process, which would otherwise share its parent's locks."""
    for file in list(_locked):
        file.close()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_leave_locks_to_the_parent)
