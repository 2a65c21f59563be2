"""Workers that end with the process they work for, and in no other case."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from skal.experiments import workers
from skal.experiments.workers import end_with

PROC = Path("/proc")
linux = pytest.mark.skipif(not PROC.is_dir(), reason="processes are looked up in /proc")

# What the main process does, and what it starts; each says its number and lives on.
# A number is one write, since they share a pipe (`print` writes the end of a line apart).
LOKY = """
import os, sys, time
from joblib import Parallel, delayed
from skal.experiments.workers import end_with

def work(main):
    end_with(main)
    os.write(1, b"%d\\n" % os.getpid())
    time.sleep(0.5)

if __name__ == "__main__":
    Parallel(2)(delayed(work)(os.getpid()) for _ in range(4))
    os.write(1, b"done\\n")
    time.sleep(600)
"""
NESTED = """
import os, sys, time
from joblib import Parallel, delayed
from skal.experiments.workers import end_with

def inner():
    os.write(1, b"%d\\n" % os.getpid())
    time.sleep(0.5)

def work(main):
    end_with(main)
    os.write(1, b"%d\\n" % os.getpid())
    Parallel(2, backend="loky")(delayed(inner)() for _ in range(2))

if __name__ == "__main__":
    Parallel(2, backend="loky")(delayed(work)(os.getpid()) for _ in range(2))
    os.write(1, b"done\\n")
    time.sleep(600)
"""
SPAWNED = """
import multiprocessing, os, runpy, sys, time

def work(main, file):
    runpy.run_path(file)["end_with"](main)
    os.write(1, b"%d\\n" % os.getpid())
    os.write(1, b"done\\n")
    time.sleep(600)

if __name__ == "__main__":
    spawn = multiprocessing.get_context("spawn")
    spawn.Process(target=work, args=(os.getpid(), sys.argv[1])).start()
    time.sleep(600)
"""


def is_alive(pid):
    """Whether a process runs; one that ended and that nobody has waited for does not."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def started(tmp_path, script):
    """The main process, once all its workers have said their numbers, and these."""
    file = tmp_path / "script.py"
    file.write_text(script)
    main = subprocess.Popen(
        [sys.executable, str(file), workers.__file__],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=os.getcwd(),
    )  # fmt: skip
    said = iter(main.stdout.readline, "done\n")
    try:
        yield main, {int(line) for line in said}
    finally:  # also after a failure: a process left behind would fail other tests
        main.kill()
        main.wait()
        main.stdout.close()


def gone(pids, seconds=20):
    """Whether all these processes end in time; a loaded machine needs some."""
    end = time.monotonic() + seconds
    while (left := [pid for pid in pids if is_alive(pid)]) and time.monotonic() < end:
        time.sleep(0.1)
    return not left


@linux
@pytest.mark.slow  # processes that import skal
@pytest.mark.parametrize("script", [LOKY, NESTED, SPAWNED], ids=["loky", "nested", "spawned"])
def test_workers_end_with_a_killed_process(tmp_path, script):
    with started(tmp_path, script) as (main, pids):
        time.sleep(2.5)  # workers without work stay, as long as the process is there
        assert all(map(is_alive, pids))
        main.send_signal(signal.SIGKILL)
        main.wait()
        assert gone(pids)


def test_elsewhere_nothing_is_watched(monkeypatch):
    """In the main process, in its threads, and in a process of another parent."""
    monkeypatch.setattr(workers.threading, "Thread", None)
    end_with(os.getpid())
    end_with(os.getppid())

    class Other:
        pid = 1

    monkeypatch.setattr(workers.multiprocessing, "parent_process", Other)
    end_with(-2)


def test_the_thread_ends_the_process_once_it_has_another_parent(monkeypatch):
    parents, ended = [7, 7, 1], []

    class Parent:
        pid, sentinel = 7, None

    class Child:
        terminate = staticmethod(lambda: ended.append("child"))

    monkeypatch.setattr(workers.multiprocessing, "parent_process", Parent)
    monkeypatch.setattr(workers.multiprocessing, "active_children", lambda: [Child])
    monkeypatch.setattr(workers.os, "getppid", lambda: parents.pop(0))
    monkeypatch.setattr(workers.os, "_exit", ended.append)
    monkeypatch.setattr(workers, "SECONDS", 0.001)
    end_with(7)
    end = time.monotonic() + 60
    while 1 not in ended and time.monotonic() < end:
        time.sleep(0.01)
    assert ended == ["child", 1]
    assert not parents
    end_with.cache_clear()
