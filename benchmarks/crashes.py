"""Test that files survive killed commands, full disks and simultaneous runs.

A child process runs a command and is killed (SIGKILL) at a seeded point: a line of skal's code, or
a moment.  Afterwards, each file must be unchanged or the complete result of the command; and the
same command must succeed again and leave no other files.  On a disk that is full after a seeded
number of bytes, the command must name the file and change nothing.  Of two simultaneous writers,
each must either succeed, with its labels in the file, or raise an error.

    python benchmarks/crashes.py --kills 300 --full 50 --pairs 50
"""

import argparse
import atexit
import contextlib
import json
import mmap
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from places import Study

import skal
from skal.cli import skal as command_line

OURS = str(Path(skal.__file__).parent)
PAGE = 4096
LEFTOVERS = ".skal-unfinished-"
SAID = Path(tempfile.mkdtemp(prefix="skal-crashes-"))  # what children said
atexit.register(shutil.rmtree, SAID, ignore_errors=True)


@dataclass(frozen=True)
class Case:
    """A command in a folder that `prepare` makes; `output` is the file that it writes."""

    name: str
    prepare: Callable[[Path], None]
    arguments: list[str]
    output: str


# ---------------------------------------------------------------------- commands: one function each
def fill_cases(n_rows):
    """Fills of every kind of file: into a new one, over another, and in place."""
    for kind in ("csv", "csv.gz", "parquet", "xlsx"):
        for output in ("new", "old", "file"):
            output, file = f"{output}.{kind}", f"file.{kind}"
            force = ["--force"] if not output.startswith("new") else []
            yield Case(
                f"fill {output}",
                lambda folder, kind=kind: write_tables(folder, kind, n_rows),
                ["fill", file, "answers.csv", "--label", "mood", "-o", output, *force],
                output,
            )


def query_cases(n_rows):
    """Queries that write every kind of file: a new one, and over another."""
    for kind in ("csv", "csv.gz", "parquet", "xlsx"):
        for output in ("new", "old"):
            output = f"{output}.{kind}"
            force = ["--force"] if not output.startswith("new") else []
            yield Case(
                f"query {output}",
                lambda folder, kind=kind: write_tables(folder, kind, n_rows),
                [
                    "query",
                    f"file.{kind}",
                    "--label",
                    "mood",
                    "-n",
                    str(n_rows // 2),
                    "-o",
                    output,
                    *force,
                ],
                output,
            )


COMMANDS = {"fill": fill_cases, "query": query_cases}


def write_tables(folder, kind, n_rows):
    """A file with a few labels, an old output, and two answers that label other rows."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"a": rng.normal(size=n_rows).round(3), "b": rng.choice(["x, y", "z"], n_rows)}
    )
    moods = np.array(["low", "high"])[(frame["a"] > 0).astype(int)]
    frame["mood"] = np.where(np.arange(n_rows) < 20, moods, None)
    write_table(frame, folder / f"file.{kind}")
    write_table(frame.head(3), folder / f"old.{kind}")
    for name, begin in (("answers.csv", 20), ("others.csv", 40)):
        answer = frame.assign(row=range(n_rows), mood=moods).iloc[begin : begin + 20]
        answer.to_csv(folder / name, index=False)


def write_table(frame, path):
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_csv(path, index=False, lineterminator="\r\n")


# ---------------------------------------------------------------------- children
def start(arguments, folder, before=lambda: None):
    """Run a command in a child of this process; its process number."""
    sys.stdout.flush()
    if child := os.fork():
        return child
    status = 70
    try:
        os.chdir(folder)
        with open(SAID / str(os.getpid()), "w") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            sys.stdout = sys.stderr = said  # which are others within a test
            before()
            command_line(arguments)
    except SystemExit as ended:
        status = ended.code or 0
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def ended(child):
    """How a child ended, as subprocess tells it, and what it said."""
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said = SAID / str(child)
    text = said.read_text(errors="replace") if said.exists() else ""
    said.unlink(missing_ok=True)
    return status, text


def tracing(reached):
    """Tell a function at each line of skal's files and commands how many have come."""
    counted = 0

    def watch(frame, event, _):
        if not frame.f_code.co_filename.startswith((f"{OURS}/files", f"{OURS}/cli")):
            return None
        return count

    def count(frame, event, _):
        nonlocal counted
        counted += event == "line"
        reached(counted)
        return count

    return lambda: sys.settrace(watch)


def killing_at(line):
    """Kill this process at the n-th line."""
    return tracing(lambda n: n == line and os.kill(os.getpid(), signal.SIGKILL))


def lines_of(case, folder):
    """How many lines a command comes to."""
    with mmap.mmap(-1, 8) as shared:

        def note(n):
            shared[:8] = n.to_bytes(8, "big")

        fresh(case, folder)
        ended(start(case.arguments, folder, tracing(note)))
        return int.from_bytes(shared[:8], "big")


def fresh(case, folder):
    """The folder as it is before the command."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    case.prepare(folder)
    return contents(folder)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if LEFTOVERS not in path.name}


def leftovers(folder):
    return [path.name for path in folder.iterdir() if LEFTOVERS in path.name]


def said_by(path, content):
    """What a table says, however it is packed; the bytes of other files."""
    if path.suffix == ".xlsx":
        return pd.read_excel(path).to_csv()
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv()
    return pd.read_csv(path).to_csv() if path.name.endswith((".csv", ".csv.gz")) else content


# ---------------------------------------------------------------------- kills
def check_kills(cases, n_kills, folder, rng):
    """Kill commands at seeded points; how each ended."""
    outcomes, known = Counter(), {}
    for number in range(n_kills):
        case = cases[number % len(cases)]
        if case.name not in known:
            known[case.name] = measured(case, folder)
        wanted, n_lines, seconds = known[case.name]
        before = fresh(case, folder)
        if number % 3:
            child = start(case.arguments, folder, killing_at(rng.randint(1, n_lines)))
        else:
            child = start(case.arguments, folder)
            time.sleep(rng.uniform(0, seconds))
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        status, said = ended(child)
        assert status in (0, -signal.SIGKILL), f"{case.name}: {said}"
        outcomes[
            "old file" if is_old(case, folder, before) else check_new(case, folder, before, wanted)
        ] += 1
        outcomes["leftover"] += bool(leftovers(folder))
        check_again(case, folder, before, wanted)
    return outcomes


def measured(case, folder):
    """What a command writes if nobody stops it, the lines it comes to and the seconds it takes."""
    fresh(case, folder)
    begin = time.perf_counter()
    status, said = ended(start(case.arguments, folder))
    seconds = time.perf_counter() - begin
    assert status == 0, f"{case.name}: {said}"
    wanted = said_by(folder / case.output, None)
    return wanted, lines_of(case, folder), seconds


def is_old(case, folder, before):
    return contents(folder) == before


def check_new(case, folder, before, wanted):
    """All other files are what they were, and the output is whole."""
    now = contents(folder)
    others = {name: content for name, content in now.items() if name != case.output}
    assert others == {name: content for name, content in before.items() if name != case.output}
    assert said_by(folder / case.output, None) == wanted, f"{case.name}: half of a file"
    return "new file"


def check_again(case, folder, before, wanted):
    """The command once more: it ends well, or says that it has ended well before."""
    status, said = ended(start(case.arguments, folder))
    there = "already exists" in said
    assert status == 0 or (status == 2 and there and "new" in case.output), f"{case.name}: {said}"
    check_new(case, folder, before, wanted)
    assert there or not leftovers(folder), f"{case.name}: {leftovers(folder)}"


# ---------------------------------------------------------------------- full disks
def check_full(cases, n_points, folder, rng):
    """Run commands on a disk that is full after a seeded number of bytes."""
    outcomes, sizes = Counter(), {}
    for number in range(n_points):
        case = cases[number % len(cases)]
        if case.name not in sizes:
            fresh(case, folder)
            ended(start(case.arguments, folder))
            sizes[case.name] = (folder / case.output).stat().st_size
        size = sizes[case.name]
        with small_disk(folder) as (disk, limit):
            before = fresh(case, disk / "on")
            free = rng.randrange(size) // PAGE * PAGE
            status, said = ended(start(case.arguments, disk / "on", limit(free)))
            assert status == 2, f"{case.name} with {free} of {size} bytes: {status} {said}"
            assert case.output in said, said
            assert contents(disk / "on") == before, f"{case.name}: something has changed"
            assert not leftovers(disk / "on")
            outcomes[
                "said " + ("No space left" if "No space left" in said else "File too large")
            ] += 1
    return outcomes


@contextlib.contextmanager
def small_disk(folder):
    """A disk, and what leaves no more than some bytes of it free; else a limit on files."""
    disk = Path(tempfile.mkdtemp(dir=folder.parent))
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)]
    mounted = not subprocess.run(mount, capture_output=True).returncode

    def fill(free):
        there = os.statvfs(disk)
        (disk / "filler").write_bytes(bytes(there.f_bavail * there.f_frsize - free))
        return lambda: None

    def limited(free):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (free, free))

    try:
        yield disk, fill if mounted else limited
    finally:
        if mounted:
            subprocess.run(["umount", str(disk)], check=True)
        shutil.rmtree(disk)


# ---------------------------------------------------------------------- two writers
def check_pairs(n_pairs, n_rows, folder, rng):
    """Two fills of one file at once; their labels are in it, or they were refused."""
    outcomes, cases = Counter(), [case for case in fill_cases(n_rows) if "old" not in case.output]
    for number in range(n_pairs):
        case = cases[number % len(cases)]
        fresh(case, folder)
        begin = time.perf_counter()
        ended(start(case.arguments, folder))
        seconds = time.perf_counter() - begin
        fresh(case, folder)
        other = ["others.csv" if word == "answers.csv" else word for word in case.arguments]
        first = start(case.arguments, folder)
        time.sleep(rng.uniform(0, seconds))
        second = start(other, folder)
        results = [ended(child) for child in (first, second)]
        n_labels = 20 + 20 * sum(status == 0 for status, _ in results)
        assert {status for status, _ in results} <= {0, 2}, results
        assert any(status == 0 for status, _ in results), results
        assert labels_in(folder / case.output) == n_labels, results
        assert not leftovers(folder)
        outcomes["both, one after the other" if n_labels == 60 else "one refused"] += 1
    return outcomes


def labels_in(path):
    frame = (
        pd.read_parquet(path)
        if path.suffix == ".parquet"
        else (pd.read_excel(path) if path.suffix == ".xlsx" else pd.read_csv(path))
    )
    return int(frame["mood"].notna().sum())


def measure(names, kills, full, pairs, seed=0, n_rows=400):
    """All checks of some commands; how often each outcome came, or an AssertionError."""
    results = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "work"
        for name in names:
            rng, many = random.Random(seed), 10 * n_rows
            results[name] = {
                "kills": check_kills(list(COMMANDS[name](n_rows)), kills, folder, rng),
                "full disks": check_full(list(COMMANDS[name](many)), full, folder, rng),
            }
        if pairs and "fill" in names:
            results["fill"]["pairs"] = check_pairs(pairs, n_rows, folder, random.Random(seed))
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("commands", nargs="*", default=list(COMMANDS))
    for name, default in (("--kills", 300), ("--full", 50), ("--pairs", 50), ("--seed", 0)):
        parser.add_argument(name, type=int, default=default)
    options = parser.parse_args()
    results = measure(options.commands, options.kills, options.full, options.pairs, options.seed)
    study = Study("crashes").made("raw")
    for name, outcomes in results.items():
        study.raw(f"{name}.json").write_text(json.dumps(outcomes, indent=1) + "\n")
        print(name, json.dumps(outcomes))


if __name__ == "__main__":
    main()
