"""Crashes of a comparison: a few of those that the benchmark makes."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="it forks")
def test_nothing_is_lost(tmp_path):
    cases = {"line": 4, "byte": 3, "power": 2, "workers": 2, "limit": 3, "two": 3}
    command = [sys.executable, ROOT / "benchmarks" / "crashes_compare.py", "--results", tmp_path]
    command += ["--cases", *(f"{kind}={n}" for kind, n in cases.items())]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    with open(tmp_path / "crashes-compare" / "raw" / "cases.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {kind: sum(row["kind"] == kind for row in rows) for kind in cases} == cases
    assert not any(row["failures"] for row in rows)
    assert {row["how"] for row in rows if row["kind"] in ("byte", "power")} == {"killed"}
    assert {row["how"] for row in rows if row["kind"] == "limit"} == {"told"}
