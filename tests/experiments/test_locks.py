"""One writer a file: who is refused, for how long, and what it is told."""

import errno
import signal
import subprocess
import sys

import pytest

from skal.experiments import locks
from skal.experiments.locks import lock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such lock there")

HOLD = """
import os, runpy, sys
from pathlib import Path
lock = runpy.run_path(sys.argv[2])["lock"]  # without the rest of skal, which takes seconds
file = open(sys.argv[1], "a+b")
lock(file, Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_killed_process_holds_nothing(tmp_path):
    path = tmp_path / "kept.jsonl"
    command = [sys.executable, "-c", HOLD, str(path), locks.__file__]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with open(path, "a+b") as file:
            told = rf"kept\.jsonl is being written by another run.* \(process {holder.pid}\)"
            with pytest.raises(BlockingIOError, match=told if locks.LOCKS.exists() else "written"):
                lock(file, path)
            holder.send_signal(signal.SIGKILL)
            holder.wait()
            lock(file, path)


def test_the_same_process_is_no_exception(tmp_path, monkeypatch):
    path = tmp_path / "kept.jsonl"
    with open(path, "a+b") as file, open(path, "a+b") as other:
        lock(file, path)
        if locks.LOCKS.exists():
            with pytest.raises(BlockingIOError, match=r"\(this process\): wait"):
                lock(other, path)
        monkeypatch.setattr(locks, "LOCKS", tmp_path / "no such system")
        with pytest.raises(BlockingIOError, match=r"another run of compare\(\): wait"):
            lock(other, path)
    with open(path, "a+b") as file:
        lock(file, path)


FORK = """
import os, runpy, sys
from pathlib import Path
lock = runpy.run_path(sys.argv[2])["lock"]  # without the rest of skal, which takes seconds
file = open(sys.argv[1], "a+b", buffering=0)
lock(file, Path(sys.argv[1]))
if not os.fork():
    print("forked", flush=True)
    sys.stdin.read()
    os._exit(0)
os._exit(0)
"""


def test_a_forked_child_holds_nothing(tmp_path):
    """It would share its parent's lock, and keep it after the parent's end."""
    path = tmp_path / "kept.jsonl"
    command = [sys.executable, "-c", FORK, str(path), locks.__file__]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as parent:
        assert parent.stdout.readline() == "forked\n"
        parent.wait()
        with open(path, "a+b") as file:
            lock(file, path)


def test_a_file_system_without_locks(tmp_path, monkeypatch):
    def no_locks(file, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks.fcntl, "flock", no_locks)
    with (
        open(tmp_path / "kept.jsonl", "a+b") as file,
        pytest.raises(OSError, match=r"kept\.jsonl does not support locks \(No locks available\)"),
    ):
        lock(file, tmp_path / "kept.jsonl")


def test_on_windows_nothing_is_locked(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    with open(tmp_path / "kept", "a+b") as file, open(tmp_path / "kept", "a+b") as other:
        lock(file, tmp_path / "kept")
        lock(other, tmp_path / "kept")
