"""Locks end with their process; network file systems are refused."""

import os
import subprocess
import sys

import pytest

from skal.labelling import StoreError, StoreInUse
from skal.labelling.locking import StoreLock, check_local, holder

MOUNTS = """/dev/vda / ext4 rw 0 0
server:/homes /home nfs4 rw 0 0
/dev/vdb /home/local ext4 rw 0 0
//server/share /mnt/with\\040space cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/data", None),
        ("/home/kim/project", "nfs4"),
        ("/home/local/project", None),
        ("/homes", None),
        ("/mnt/with space/x", "cifs"),
    ],
)
def test_network_file_systems_are_refused(tmp_path, folder, kind):
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    if kind is None:
        check_local(folder, mounts)
    else:
        with pytest.raises(StoreError, match=rf"network file system \({kind}\).*PostgreSQL"):
            check_local(folder, mounts)


def test_where_the_system_says_nothing_all_is_local(tmp_path):
    check_local(tmp_path, tmp_path / "nothing")


def test_a_lock_is_held_by_one_and_tells_where(tmp_path):
    lock = StoreLock(tmp_path / "lock")
    with pytest.raises(StoreInUse, match="already open in this process"):
        StoreLock(tmp_path / "lock")
    lock.tell(url="http://localhost:8765", pid=7)
    told = r"process 7\) at http://localhost:8765.*read_only=True"
    with pytest.raises(StoreInUse, match=told):
        StoreLock(tmp_path / "lock")
    lock.let_go()
    StoreLock(tmp_path / "lock").let_go()


def test_a_lock_file_of_nonsense_is_no_trouble(tmp_path):
    (tmp_path / "lock").write_text("[1")
    assert holder(tmp_path / "lock") == {}
    StoreLock(tmp_path / "lock").let_go()
    assert holder(tmp_path / "lock") == {"pid": os.getpid()}


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_a_killed_process_lets_go(tmp_path):
    path = tmp_path / "lock"
    code = (
        "import fcntl, sys, time; file = open(sys.argv[1], 'a'); "
        "fcntl.flock(file, fcntl.LOCK_EX); print('held', flush=True); time.sleep(100)"
    )
    with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        with pytest.raises(StoreInUse):
            StoreLock(path)
        other.kill()
        other.wait()
        StoreLock(path).let_go()
