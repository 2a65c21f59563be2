"""Test that `compare` loses no finished replay and leaves no partial line when it crashes.

A comparison that takes a second is interrupted at seeded points, and run again.  The results must
be those of an uninterrupted run, and each finished line must be unchanged, byte for byte.

- line: SIGKILL before the k-th line of code of skal/experiments
- byte: SIGKILL when the k-th byte is to be written, with a part of its line on the disk
- power: the same, followed by zero bytes, as after a power failure
- workers: SIGKILL of a process with two workers after k replays; none may survive
- limit: the file is limited to k bytes: an error, as on a full disk
- disk: a disk that is full after k bytes (a tmpfs; by root only)
- two: two simultaneous runs on one file, the second k milliseconds later

    python benchmarks/crashes_compare.py [--cases KIND=N ...] [--results FOLDER]

Writes results/crashes-compare/raw/cases.csv and tables/summary.csv; exits with 1 if a case fails.
"""

import argparse
import contextlib
import csv
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from pandas.testing import assert_frame_equal
from places import RESULTS, Study
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB

from skal import experiments
from skal.experiments import compare
from skal.experiments.lines import replay_in
from skal.experiments.results import ResultsFile
from skal.strategies import Margin, Random

CASES = {"line": 60, "byte": 20, "power": 10, "workers": 10, "limit": 40, "disk": 10, "two": 50}
STRATEGIES, SEEDS = {"Random": Random(), "Margin": Margin()}, 4
N_REPLAYS = len(STRATEGIES) * SEEDS
FOLDER = str(Path(experiments.__file__).parent)
TOLD = 3  # a child's exit code where compare raised what it should
DISK = 64 * 1024
PAUSE = 120  # seconds until workers must have ended: those that start import skal first


def run(path, **options):
    """The comparison; its frame without times."""
    settings = {"seeds": SEEDS, "budget": 24, "batch_size": 8, "progress": False} | options
    data = load_iris(return_X_y=True)
    frame = compare(STRATEGIES, GaussianNB(), data, results=path, **settings)
    return frame.drop(columns=["query_seconds", "fit_seconds"])


def in_child(path, prepare=lambda: None, told=()):
    """Start a process that runs the comparison; its number, and a pipe: a byte a line kept."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    code = 1
    try:
        add = ResultsFile.add

        def add_and_say(*arguments):
            add(*arguments)
            os.write(writing, b".")

        ResultsFile.add = add_and_say
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        prepare()
        run(path)
        code = 0
    except told:
        code = TOLD
    finally:
        os._exit(code)


def ended(child):
    """How a child ended, in a word, and how many lines it said were kept."""
    child, reading = child
    with os.fdopen(reading, "rb") as pipe:
        n_kept = len(pipe.read())
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {0: "finished", TOLD: "told", -9: "killed", -25: "killed"}.get(status, "failed"), n_kept


def whole_lines(path):
    """What of a file will count: its lines that have an end."""
    text = path.read_bytes() if path.exists() else b""
    return text[: text.rfind(b"\n") + 1]


# ------------------------------------------------------------------- one function a kind of crash
def line(path, rng, scale):
    k = int(rng.integers(1, scale["lines"] + 1))
    return k, [ended(in_child(path, lambda: kill_before(k)))]


def kill_before(k):
    """Kill this process before it runs the k-th line of ours."""
    count = 0

    def each(frame, event, argument):
        nonlocal count
        count += event == "line"
        if count >= k:
            os.kill(os.getpid(), signal.SIGKILL)
        return each

    def ours(frame, event, argument):
        return each if frame.f_code.co_filename.startswith(FOLDER) else None

    sys.settrace(ours)


def byte(path, rng, scale):
    k = int(rng.integers(0, scale["bytes"]))
    return k, [ended(in_child(path, lambda: limit_to(k, signal.SIG_DFL)))]


def power(path, rng, scale):
    k, how = byte(path, rng, scale)
    with open(path, "ab") as file:
        file.write(bytes(int(rng.integers(1, 4096))))
    return k, how


def limit(path, rng, scale):
    k = int(rng.integers(0, scale["bytes"]))
    return k, [ended(in_child(path, lambda: limit_to(k, signal.SIG_IGN), OSError))]


def limit_to(size, action):
    """Let files grow to a size; beyond it the system kills, or gives an error as of a full disk."""
    signal.signal(signal.SIGXFSZ, action)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def disk(path, rng, scale):
    k = int(rng.integers(0, scale["bytes"] // 4096 + 1)) * 4096
    there = path.parent / "disk"
    there.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", there], check=True)
    try:
        (there / "others").write_bytes(bytes(DISK - k))
        how = ended(in_child(there / path.name, told=OSError))
        path.write_bytes((there / path.name).read_bytes())
    finally:
        subprocess.run(["umount", there], check=True)
    return k, [how]


def two(path, rng, scale):
    k = int(rng.integers(0, 1000 * scale["seconds"]))
    first = in_child(path, told=BlockingIOError)
    time.sleep(k / 1000)
    second = in_child(path, told=BlockingIOError)
    return k, [ended(first), ended(second)]


def workers(path, rng, scale):
    """Once k replays are kept, or while the workers start."""
    k, wait = int(rng.integers(0, N_REPLAYS)), rng.uniform(0, 0.5)
    started = subprocess.Popen([sys.executable, __file__, "--victim", path], start_new_session=True)
    while not path.exists() or whole_lines(path).count(b"\n") < k:
        time.sleep(0.002)
    time.sleep(0 if k else wait)
    started.kill()
    started.wait()
    end = time.monotonic() + PAUSE
    while (left := in_session(started.pid)) and time.monotonic() < end:
        time.sleep(0.1)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    return k, [("left workers" if left else "killed" if started.returncode else "finished", 0)]


def in_session(session):
    """The processes of a session that run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, its_session = stat.read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state != "Z":
                found.append(int(stat.parent.name))
    return found


# ------------------------------------------------------------------- what must be true afterwards
def case(kind, rng, scale, undisturbed):
    """One crash, and the same call again: a row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "kept.jsonl")
        point, hows = kind(path, rng, scale)
        before = whole_lines(path)
        n_said, n_before = sum(n for _, n in hows), before.count(b"\n")
        failures = [how for how, _ in hows if how in ("failed", "left workers")]
        if kind is two and "finished" not in [how for how, _ in hows]:
            failures.append("none of two finished")
        failures += check(path, before, n_said, undisturbed)
    return {
        "kind": kind.__name__,
        "point": point,
        "how": " and ".join(how for how, _ in hows),
        "replays_before": n_before,
        "failures": "; ".join(failures),
    }


def check(path, before, n_said, undisturbed):
    """What is wrong once the call was made again."""
    if before.count(b"\n") < n_said:
        yield "lost lines that were said to be kept"
    try:
        assert_frame_equal(run(path), undisturbed)
        after = path.read_bytes()
        keys = [replay_in(text)["key"] for text in after.splitlines()]
    except (AssertionError, ValueError, OSError) as error:
        yield f"{type(error).__name__}: {error}".replace("\n", " ")
        return
    if not after.startswith(before):
        yield "changed lines that were kept"
    if not after.endswith(b"\n") or len(set(keys)) != len(keys) or len(keys) != N_REPLAYS:
        yield "lines that are torn, double or missing"


def scale_of(folder):
    """An undisturbed run: how long it takes, how many lines of code and bytes."""
    path = Path(folder, "undisturbed.jsonl")
    lines = 0

    def each(frame, event, argument):
        nonlocal lines
        lines += event == "line"
        return each

    start = time.perf_counter()
    run(None)
    seconds = time.perf_counter() - start
    sys.settrace(lambda frame, *_: each if frame.f_code.co_filename.startswith(FOLDER) else None)
    undisturbed = run(path)
    sys.settrace(None)
    return {"lines": lines, "bytes": path.stat().st_size, "seconds": seconds}, undisturbed


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", nargs="+", metavar="KIND=N", help=f"by default {CASES}")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--victim", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.victim:
        return run(options.victim, n_jobs=2, seeds=SEEDS)
    wanted = dict(case.split("=") for case in options.cases) if options.cases else CASES
    with tempfile.TemporaryDirectory() as folder:
        scale, undisturbed = scale_of(folder)
    print(", ".join(f"{value:.3g} {name}" for name, value in scale.items()), "undisturbed")
    kinds = {kind.__name__: kind for kind in (line, byte, power, workers, limit, disk, two)}
    rows = []
    for name, n in wanted.items():
        if name == "disk" and os.geteuid():
            print("disk: by root only, left out")
            continue
        of_kind = [
            case(kinds[name], np.random.default_rng(seed), scale, undisturbed)
            for seed in range(int(n))
        ]
        rows += of_kind
        print(f"{name}: {sum(not row['failures'] for row in of_kind)} of {n}", flush=True)
    write(rows, Study("crashes-compare", options.results).made("raw", "tables"))
    return int(any(row["failures"] for row in rows))


def write(rows, study):
    with open(study.raw("cases.csv"), "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    counts = defaultdict(lambda: [0, 0])
    for row in rows:
        counts[row["kind"], row["how"]][bool(row["failures"])] += 1
    with open(study.table("summary.csv"), "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["kind", "how", "cases", "failures"])
        table.writerows([*what, sum(n), n[1]] for what, n in counts.items())


if __name__ == "__main__":
    sys.exit(main())
