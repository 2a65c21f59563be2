"""A file lock that admits one process per store; the system releases it with the process."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from skal.labelling.trouble import StoreError, StoreInUse

# Locks and shared memory do not hold between machines there, which is what SQLite relies on.
NETWORK = {
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "beegfs",
    "gpfs", "ncpfs", "fuse.sshfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.davfs",
}  # fmt: skip
MOUNTS = Path("/proc/self/mounts")


class StoreLock:
    """The lock of a store, held until it is released or the process ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _lock(self._handle)
        except OSError as error:
            os.close(self._handle)
            raise StoreInUse(_who(path)) from error
        self.tell()

    def tell(self, **more: Any) -> None:
        """Write the holder into the lock file, for other processes."""
        content = json.dumps({"pid": os.getpid(), **more}).encode()
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, content)

    def let_go(self) -> None:
        """Release the lock. The file stays, because removing it could remove another's lock."""
        os.close(self._handle)


def holder(path: Path) -> dict[str, Any]:
    """Read what the holder of a lock wrote; empty if it cannot be read."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def check_local(folder: Path, mounts: Path = MOUNTS) -> None:
    """Raise an error for a folder on a network file system."""
    kind = _file_system(folder, mounts)
    if kind in NETWORK:
        raise StoreError(
            f"{folder} lies on a network file system ({kind}), where SQLite can lose or damage "
            "data. Move the file to a local disk; where several machines label together, the store "
            "belongs into a PostgreSQL data base."
        )


def _file_system(folder: Path, mounts: Path) -> str:
    """Return the type of a folder's file system; empty if it is unknown."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    there = Path(os.path.realpath(folder))
    found = {}
    for line in lines:
        _, place, kind, *_ = line.split(" ")
        place = place.encode("latin-1", "replace").decode("unicode_escape")  # a space is \040
        if there.is_relative_to(place):
            found[len(place)] = kind  # what is mounted later hides what was there
    return found[max(found)] if found else ""


def _who(path):
    told = holder(path)
    if told.get("pid") == os.getpid():
        return f"{path.parent} is already open in this process: close() that Store first."
    who = f" (process {told['pid']})" if "pid" in told else ""
    where = f" at {told['url']}" if "url" in told else ""
    return (
        f"{path.parent} is open in another process{who}{where}: work there, close it, or read the "
        "store meanwhile by Store.open(..., read_only=True)."
    )


if sys.platform == "win32":
    import msvcrt

    def _lock(handle):
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
