"""One process a store: a lock on a file, which the system lets go when the process ends."""

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
    """The lock of a store, held until it is let go or the process ends."""

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
        """Write down who holds the lock, for those who find it held."""
        content = json.dumps({"pid": os.getpid(), **more}).encode()
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, content)

    def let_go(self) -> None:
        """Let others open the store. The file stays: who removes it may remove another's."""
        os.close(self._handle)


def holder(path: Path) -> dict[str, Any]:
    """What the one who holds a lock has told; nothing where that cannot be read."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def check_local(folder: Path, mounts: Path = MOUNTS) -> None:
    """An error where a folder lies on a network file system."""
    kind = _file_system(folder, mounts)
    if kind in NETWORK:
        raise StoreError(
            f"{folder} lies on a network file system ({kind}), where SQLite can lose or damage "
            "data. Move the file to a local disk; where several machines label together, the store "
            "belongs into a PostgreSQL data base."
        )


def _file_system(folder: Path, mounts: Path) -> str:
    """The type of the file system that a folder lies on; empty where the system does not say."""
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
        return f"{path.parent} is open in this process already: close() that Store first."
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
