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


@pytest.mark.slow  # runs commands a hundred times
@pytest.mark.parametrize("command", ["fill", "query"])
def test_files_are_whole_after_kills_and_on_full_disks(crashes, command):
    results = crashes.measure([command], 10, 10, 10)[command]
    assert results["kills"]["old file"] + results["kills"]["new file"] == 10
    assert sum(results["full disks"].values()) == 10
    assert command == "query" or sum(results["pairs"].values()) == 10
