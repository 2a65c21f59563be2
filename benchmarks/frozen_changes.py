"""Test whether `FrozenFeatures(memory=)` returns features of code that has changed.

One interpreter fills a folder; then, for each change of `frozen_changes_table.py`, a process of
another interpreter, with other hashes, requests the features of the changed code from a copy of
that folder, and compares them with those computed without `memory=`.

    python benchmarks/frozen_changes.py                  # each process a fork of this one
    python benchmarks/frozen_changes.py --interpreters   # each an interpreter of its own: slow

It writes results/frozen-changes/raw/changes.csv and tables/changes.csv.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from frozen_changes_table import CHANGES, FILES, RARE_ROW
from places import Study


def written(folder, edits=()):
    """The files of a user in a folder, with the edits made."""
    folder.mkdir(parents=True)
    files = dict(FILES)
    for name, old, new in edits:
        assert files[name].count(old) == 1, f"{old!r} stands {files[name].count(old)} times"
        files[name] = files[name].replace(old, new)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def asked(folder, memory, version=None):
    """In the process that calls: features with memory= and without, told in answer.json."""
    import numpy as np

    sys.path.insert(0, str(folder))
    os.chdir(folder)
    import user

    from skal.nets.kept_features import probe_rows

    before = {path.name for path in Path(memory).rglob("*.json")}
    answer = {}
    try:
        kept = np.asarray(user.features(memory, version))
        fresh, base = np.asarray(user.features(None, None)), Path(memory) / "base.npy"
        if not base.is_file():
            assert RARE_ROW not in probe_rows(fresh), "every change would be seen by asking again"
            np.save(base, fresh)
        base = np.load(base)
        answer["right"] = alike(kept, fresh)
        answer["as base"] = alike(fresh, base)
        answer["hit"] = before == {path.name for path in Path(memory).rglob("*.json")}
    except (TypeError, ValueError) as error:
        answer["refused"] = str(error)
    (folder / "answer.json").write_text(json.dumps(answer))


def alike(one, other):
    import numpy as np

    return one.shape == other.shape and bool(np.allclose(one, other, 1e-5, 1e-6))


def in_interpreter(folder, memory, version, seed):
    """A new interpreter, whose hashes differ from those of the one before."""
    given = [str(folder), str(memory), *([version] if version else [])]
    command = [sys.executable, __file__, "--ask", *given]
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    subprocess.run(command, env=environment, check=True)


def in_fork(folder, memory, version, seed):
    """A fork of this process, which has imported torch and computed nothing."""
    child = os.fork()
    if not child:
        code = 1
        try:
            asked(folder, memory, version)
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0, f"the process of {folder} failed"


def outcome(folder, memory, version, ask, seed):
    """In a word: hit, fresh, stale or refused; unchanged where the change changes nothing."""
    ask(folder, memory, version, seed)
    answer = json.loads((folder / "answer.json").read_text())
    if "refused" in answer:
        return "refused"
    if not answer["right"]:
        return "stale"
    if answer["as base"]:
        return "hit" if answer["hit"] else "computed again"
    assert not answer["hit"]
    return "fresh"


def measured(ask, work, changes):
    """Rows of the table: each change, what was expected, what came, and with another version."""
    filled = work / "filled"
    filled.mkdir()
    seed = 2 if os.environ.get("PYTHONHASHSEED") == "1" else 1
    came = outcome(written(work / "base"), filled, None, in_interpreter, seed)
    assert came == "computed again"
    for i, (kind, name, edits, expected) in enumerate(changes):
        came = []
        for version in (None, "2") if expected == "stale" else (None,):
            memory = shutil.copytree(filled, work / f"memory-{i}-{version}")
            folder = written(work / f"change-{i}-{version}", edits)
            came.append(outcome(folder, memory, version, ask, i + 3))
        yield {
            "kind": kind,
            "change": name,
            "expected": expected,
            "came": came[0],
            "with another version": came[1] if came[1:] else "",
        }


def as_expected(row):
    return row["came"] == row["expected"] and row["with another version"] in ("", "fresh")


def write(place, rows):
    with place.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def summary(rows):
    """How often each came, by kind of change."""
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    outcomes = ["fresh", "refused", "hit", "computed again", "stale"]
    counts = Counter((row["kind"], row["came"]) for row in rows)
    return [
        {"kind of change": kind, **{came: counts[kind, came] for came in outcomes}}
        for kind in kinds
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--interpreters", action="store_true")
    parser.add_argument("--every", type=int, default=1, help="only every n-th change; not kept")
    parser.add_argument("--ask", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        asked(*map(Path, options.ask[:2]), *options.ask[2:])
        return 0
    if not options.interpreters:
        import torch

        import skal.nets  # noqa: F401

        torch.set_num_threads(1)
    rows = []
    with tempfile.TemporaryDirectory() as work:
        ask = in_interpreter if options.interpreters else in_fork
        for row in measured(ask, Path(work), CHANGES[:: options.every]):
            rows.append(row)
            print("  ".join(row.values()), flush=True)
    if options.every == 1:
        study = Study("frozen-changes").made("raw", "tables")
        write(study.raw("changes.csv"), rows)
        write(study.table("changes.csv"), summary(rows))
    return sum(not as_expected(row) for row in rows)


if __name__ == "__main__":
    sys.exit(main())
