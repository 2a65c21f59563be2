"""A place for a file, which is taken by all of the file or not at all."""

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
    """Where a file shall be: what takes it is written beside it first.

    `source` is the file that it is made from, and `stamp` when that was read.
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
        """Write a file, have it checked as the disk holds it, and let it take the place."""
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
        """Name the file in what the disk says of it; nothing has taken its place then."""
        try:
            yield
        except FileExistsError as error:
            raise OSError(
                f"{self.path} has appeared meanwhile, and is left as it is: name another file."
            ) from error
        except OSError as error:
            why = error.strerror or " ".join(str(error).split()).rstrip(".")
            raise OSError(f"{self.path} cannot be written: {why}.") from error

    def settle(self) -> None:
        """Let what was written take the place, with the mode and the owner that it shall have."""
        if self.stamp and self.source and _stamp(self.source) != self.stamp:
            raise OSError(f"{self.source} was changed meanwhile; try again")
        with _opened(self.unfinished) as handle:  # its mode may forbid that afterwards
            self._dress()
            os.fsync(handle)
        if self.replace:
            os.replace(self.unfinished, self.target)
        else:
            self._link()
        _sync(self.target.parent)

    def _dress(self):
        """Give the unfinished file the mode of what it replaces or else is made from."""
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
            mode = (given & 0o666 | stat.S_IWUSR) & ~umask  # who made it may fill it in
        os.chmod(self.unfinished, mode)

    def _link(self):
        """Take a place that nobody else has taken by now."""
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
    """Hold a place for a file; an OSError where another process holds it.

    Take it before `source` is read: where it must be `unchanged`, nothing is written if others
    wrote it meanwhile.  A link stays, and what it points to is replaced; devices are written
    straight to.
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
        raise OSError(f"{path} is being written by another run of skal: await its end.") from error
    except OSError as error:
        raise OSError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        clean(target.parent)
        stamp = _stamp(source) if source and unchanged else None
        yield Place(path, target, unfinished, replace, source, stamp)
    finally:
        let_go(handle, unfinished)


def is_file(path: str | Path) -> bool:
    """Whether something is a file, not a pipe or a device."""
    return Path(path).is_file()


def oddity(path: str | Path) -> str:
    """What a path leads to where that can be neither read nor written whole; else nothing.

    Devices, and what the shell opened for this process (/dev/stdin, /dev/fd/63), are fine.
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
    """What changes when a file is written."""
    there = os.stat(path)
    return there.st_ino, there.st_size, there.st_mtime_ns


def _sync(path):
    """Wait until the disk has a file, or the names in a folder."""
    if os.name == "nt" and path.is_dir():
        return
    try:
        with _opened(path) as handle:
            os.fsync(handle)
    except PermissionError:
        if not path.is_dir():
            raise
        os.sync()  # the folder takes files, and does not say which


@contextlib.contextmanager
def _opened(path):
    """A handle of a file or a folder."""
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        yield handle
    finally:
        os.close(handle)


def _give(path, user, group):
    """Change the owner of a file, where that is allowed."""
    try:
        os.chown(path, user, group)
    except PermissionError as error:
        raise OSError("it belongs to somebody else, and would be yours; name another") from error


def _copy_attributes(source, target):
    """Copy what file systems keep beside a file's mode, such as access lists."""
    for name in os.listxattr(source) if hasattr(os, "listxattr") else ():
        with contextlib.suppress(OSError):
            os.setxattr(target, name, os.getxattr(source, name))
