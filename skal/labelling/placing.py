"""Files that are written completely or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from skal.labelling.trouble import StoreError


@contextlib.contextmanager
def whole(path: Path, *, force: bool = False, spare: Path | None = None) -> Iterator[Path]:
    """Yield a path to write to, and rename it to `path` once its content is on the disk.

    What is there gives way to `force` alone, also where it came meanwhile.  `spare` is the source:
    it is replaced only where force says so, too.
    """
    target = Path(os.path.realpath(path))
    check(path, force=force, spare=spare)
    handle, name = tempfile.mkstemp(prefix=".skal-", suffix=path.suffix, dir=target.parent)
    os.close(handle)
    unfinished = Path(name)
    try:
        yield unfinished
        _dress(unfinished, target)
        sync(unfinished)
        if force:
            os.replace(unfinished, target)
        else:
            _link(unfinished, target, path)
        sync(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def check(path: Path, *, force: bool = False, spare: Path | None = None) -> None:
    """Raise an error, before any work, if this file cannot or should not be written."""
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise StoreError(f"{path} cannot be written: there is no folder {target.parent}.")
    if target.exists() and not target.is_file():
        raise StoreError(f"{path} cannot be written: it is not a regular file.")
    if force or not target.exists():
        return
    if spare is not None and spare.exists() and target.samefile(spare):
        raise StoreError(f"{path} is the labelled file: choose another name, or pass force=True.")
    raise StoreError(f"{path} exists already: choose another name, or pass force=True.")


def sync(path: Path) -> None:
    """Flush a file, or the names in a folder, to the disk."""
    if os.name == "nt" and path.is_dir():
        return  # folders cannot be opened there
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _link(unfinished, target, path):
    """Take a free name; a file that appeared meanwhile stays."""
    try:
        os.link(unfinished, target)
    except FileExistsError:
        check(path)
    except OSError:  # a file system without links
        check(path)
        os.replace(unfinished, target)


def _dress(unfinished, target):
    """Set the permissions of the replaced file, or those of any new file."""
    if target.exists():
        os.chmod(unfinished, target.stat().st_mode & 0o7777)
        return
    umask = os.umask(0)
    os.umask(umask)
    os.chmod(unfinished, 0o666 & ~umask)
