"""Files that are written whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from skal.labelling.trouble import StoreError


@contextlib.contextmanager
def whole(path: Path, *, force: bool = False, spare: Path | None = None) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` once all is written and on the disk.

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
    """An error, before any work, where a file of this name cannot or should not be written."""
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise StoreError(f"{path} cannot be written: there is no folder {target.parent}.")
    if target.exists() and not target.is_file():
        raise StoreError(f"{path} cannot be written: it is no regular file.")
    if force or not target.exists():
        return
    if spare is not None and spare.exists() and target.samefile(spare):
        raise StoreError(f"{path} is the file that is labelled: name another, or say force=True.")
    raise StoreError(f"{path} is there already: name another file, or say force=True.")


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    if os.name == "nt" and path.is_dir():
        return  # folders cannot be opened there
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _link(unfinished, target, path):
    """Take a free name; another's file that came meanwhile stays."""
    try:
        os.link(unfinished, target)
    except FileExistsError:
        check(path)
    except OSError:  # a file system without links
        check(path)
        os.replace(unfinished, target)


def _dress(unfinished, target):
    """Give a file the rights of the one that it replaces, or those of any new file."""
    if target.exists():
        os.chmod(unfinished, target.stat().st_mode & 0o7777)
        return
    umask = os.umask(0)
    os.umask(umask)
    os.chmod(unfinished, 0o666 & ~umask)
