"""Files that are whole or absent."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from skal.cli.trouble import Trouble


def check_place(path) -> None:
    """An error, before any work, where a file of this name cannot be written."""
    path = Path(path)
    if path.is_dir():
        raise Trouble(f"{path} cannot be written: it is a folder.")
    parent = Path(os.path.realpath(path)).parent
    if not path.exists() and not parent.is_dir():
        raise Trouble(f"{path} cannot be written: there is no folder {path.parent}.")
    if not os.access(path if _is_special(path) else parent, os.W_OK):
        raise Trouble(f"{path} cannot be written: you may not write there.")


@contextlib.contextmanager
def whole(path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` once all is written.

    A link stays, and what it points to is replaced; pipes and devices are written straight to.
    """
    path = Path(path)
    check_place(path)
    if _is_special(path):
        yield path
        return
    target = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=target.parent)
    os.close(handle)
    try:
        yield Path(name)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)  # as any new file; mkstemp's are private
        os.replace(name, target)
    finally:
        Path(name).unlink(missing_ok=True)


def _is_special(path) -> bool:
    return path.exists() and not path.is_file()
