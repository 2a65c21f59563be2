"""Atomic replacement of files."""

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from skal.files.locks import clean, hold, let_go, unfinished_of

NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Place:
    """Represent the path of a file to write; a new file is written beside it first.

    `source` is the file that it is made from, and `stamp` the state of that file when it was read.
    """

    path: Path
    target: Path
    unfinished: Path
    replace: bool
    source: Path | None
    stamp: Stamp | None

    def put(
        self, write: Callable[[Path], None], check: Callable[[Path], None] | None = None
    ) -> None:
        """Write a file, check it as read back from the disk, and move it to the path."""
        with self.blamed():
            write(self.unfinished)
            if self.unfinished == self.path:
                return
            _sync(self.unfinished)
            if check:
                check(self.unfinished)
            self.settle()

    @contextlib.contextmanager
    def blamed(self) -> Iterator[None]:
        """Add the name of the file to errors of the disk; the path is unchanged then."""
        try:
            yield
        except FileExistsError as error:
            raise OSError(
                f"{self.path} was created by another program in the meantime and is not "
                "overwritten: use another file."
            ) from error
        except OSError as error:
            why = error.strerror or " ".join(str(error).split()).rstrip(".")
            raise OSError(f"{self.path} cannot be written: {why}.") from error

    def settle(self) -> None:
        """Move the written file to the path, with its final mode and owner."""
        if self.stamp and self.source and _stamp(self.source) != self.stamp:
            raise OSError(
                f"{self.source} was changed by another program in the meantime; try again"
            )
        with _opened(self.unfinished) as handle:  # its mode may forbid it afterwards
            self._dress()
            os.fsync(handle)
        if self.replace:
            os.replace(self.unfinished, self.target)
        else:
            self._link()
        _sync(self.target.parent)

    def _dress(self):
        """Give the unfinished file the mode of the file that it replaces or else is made from."""
        umask = os.umask(0)
        os.umask(umask)
        if self.replace and self.target.exists():
            there, ours = os.stat(self.target), os.stat(self.unfinished)
            mode = stat.S_IMODE(there.st_mode)
            if (there.st_uid, there.st_gid) != (ours.st_uid, ours.st_gid):
                _give(self.unfinished, there.st_uid, there.st_gid)
            _copy_attributes(self.target, self.unfinished)
        else:
            given = os.stat(self.source).st_mode if self.source else 0o666
            mode = (given & 0o666 | stat.S_IWUSR) & ~umask  # its creator can write to it
        os.chmod(self.unfinished, mode)

    def _link(self):
        """Move a file to a path that does not exist; raise an error if it exists by now."""
        try:
            os.link(self.unfinished, self.target)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            os.close(os.open(self.target, os.O_CREAT | os.O_EXCL))
            os.replace(self.unfinished, self.target)


@contextlib.contextmanager
def reserved(
    path: str | Path,
    *,
    replace: bool = False,
    source: str | Path | None = None,
    unchanged: bool = False,
) -> Iterator[Place]:
    """Lock a path for a new file; raise an OSError if another process has locked it.

    Call this before reading `source`: if `source` must be `unchanged`, nothing is written if
    another program changes it in the meantime.  A symbolic link is kept, and its target is
    replaced; devices are written directly.
    """
    path = Path(path)
    source = Path(source) if source and is_file(source) else None
    if path.exists() and not is_file(path):
        yield Place(path, path, path, replace, None, None)
        return
    target = Path(os.path.realpath(path))
    unfinished = unfinished_of(target)
    try:
        handle = hold(unfinished)
    except BlockingIOError as error:
        raise OSError(
            f"{path} is being written by another run of skal: wait until it has ended."
        ) from error
    except OSError as error:
        raise OSError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        clean(target.parent)
        stamp = _stamp(source) if source and unchanged else None
        yield Place(path, target, unfinished, replace, source, stamp)
    finally:
        let_go(handle, unfinished)


def is_file(path: str | Path) -> bool:
    """Return whether a path is a file, not a pipe or a device."""
    return Path(path).is_file()


def oddity(path: str | Path) -> str:
    """Return a description of a path that can be neither read nor written whole; otherwise "".

    Devices, and files that the shell opened for this process (/dev/stdin, /dev/fd/63), are allowed.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return ""
    if stat.S_ISFIFO(mode) and not os.path.abspath(path).startswith(("/dev/", "/proc/")):
        return "a pipe"
    if stat.S_ISBLK(mode):
        return "a disk"
    return "a socket" if stat.S_ISSOCK(mode) else ""


def _stamp(path):
    """Return values that change when a file is written."""
    there = os.stat(path)
    return there.st_ino, there.st_size, there.st_mtime_ns


def _sync(path):
    """Flush a file, or the names in a folder, to the disk."""
    if os.name == "nt" and path.is_dir():
        return
    try:
        with _opened(path) as handle:
            os.fsync(handle)
    except PermissionError:
        if not path.is_dir():
            raise
        os.sync()  # the folder is writable but cannot be opened


@contextlib.contextmanager
def _opened(path):
    """Open a handle of a file or a folder."""
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        yield handle
    finally:
        os.close(handle)


def _give(path, user, group):
    """Change the owner of a file, if that is allowed."""
    try:
        os.chown(path, user, group)
    except PermissionError as error:
        raise OSError(
            "it belongs to another user, and would become yours; use another file"
        ) from error


def _copy_attributes(source, target):
    """Copy attributes beside a file's mode, such as access control lists."""
    for name in os.listxattr(source) if hasattr(os, "listxattr") else ():
        with contextlib.suppress(OSError):
            os.setxattr(target, name, os.getxattr(source, name))
