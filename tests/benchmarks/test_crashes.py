"""A small run of benchmarks/crashes.py: kills, full disks and two writers at once."""

import sys
from pathlib import Path

import pytest

for package in ("click", "pyarrow", "openpyxl", "fcntl"):
    pytest.importorskip(package)
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def crashes():
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import crashes

        yield crashes
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name in ("crashes", "places"):
            sys.modules.pop(name, None)


@pytest.mark.slow  # runs a command fifty times
def test_files_are_whole_after_kills_and_on_full_disks(crashes):
    results = crashes.measure(["fill"], 10, 10, 10)["fill"]
    assert results["kills"]["old file"] + results["kills"]["new file"] == 10
    assert sum(results["full disks"].values()) == 10
    assert sum(results["pairs"].values()) == 10
