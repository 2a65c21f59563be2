"""Changes of code between processes: FrozenFeatures returns no features of code that is no more."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="nets need torch")
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "frozen_changes.py"


def run(*arguments):
    """The script exits with the number of changes that came out otherwise than the table says."""
    paths = [str(SCRIPT.parents[1]), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout.splitlines()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_changes_between_forks():
    assert len(run("--every", "7")) > 10


@pytest.mark.slow
def test_changes_between_interpreters():
    assert len(run("--interpreters", "--every", "10")) > 6
