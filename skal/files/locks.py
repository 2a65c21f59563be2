"""Unfinished files, each locked by one process at a time."""

import contextlib
import hashlib
import importlib.util
import os
import time
from pathlib import Path

# Windows has none: an open, locked file could not be written by its name there.
HAS_LOCKS = importlib.util.find_spec("fcntl") is not None
PREFIX = ".skal-unfinished-"
TRIES, SECONDS = 15, 0.02  # a cleaning process locks a file only briefly


def unfinished_of(target: Path) -> Path:
    """Return the path of the file that is written before it replaces `target`, beside it."""
    digest = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:12]
    return target.with_name(f"{PREFIX}{digest}{target.suffix}")


def hold(unfinished: Path) -> int:
    """Create an empty file locked until the handle is closed, or raise a BlockingIOError.

    A file of this name from a killed process is removed, and never written to: it may be another
    name of a finished file.
    """
    for left in reversed(range(TRIES)):
        handle = os.open(unfinished, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _lock(handle)
        except BlockingIOError:
            os.close(handle)
            if not left:
                raise
            time.sleep(SECONDS)
            continue
        if _is_at(handle, unfinished):
            if os.fstat(handle).st_size == 0 and os.fstat(handle).st_nlink == 1:
                return handle
            unfinished.unlink()
        os.close(handle)
    raise BlockingIOError("others remove it again and again")


def let_go(handle: int, unfinished: Path) -> None:
    """Remove the remains of an unfinished file, and release its lock."""
    if _is_at(handle, unfinished):
        unfinished.unlink()
    os.close(handle)


def clean(folder: Path) -> None:
    """Remove the unfinished files in a folder that no process has locked."""
    if not HAS_LOCKS:
        return
    for leftover in folder.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # owned by another user, or gone
            handle = os.open(leftover, os.O_RDWR)
            try:
                _lock(handle)
                if _is_at(handle, leftover):
                    leftover.unlink()
            finally:
                os.close(handle)


def _lock(handle):
    if HAS_LOCKS:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_at(handle, path):
    """Return whether the opened file still has this name."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False
