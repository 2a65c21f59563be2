"""The file of finished replays: killed, torn, or somebody else's."""

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from skal.experiments.results import ResultsFile
from tests.experiments.small import TIMES, small


def test_a_torn_line_is_cut_off(tmp_path):
    kept = tmp_path / "kept.jsonl"
    whole = small(results=kept)
    text = kept.read_bytes()
    for cut in (1, 40, len(text.splitlines(keepends=True)[-1]) - 1):
        kept.write_bytes(text[:-cut])
        assert_frame_equal(small(results=kept).drop(columns=TIMES), whole.drop(columns=TIMES))
        assert all(json.loads(line) for line in kept.read_bytes().splitlines())


KILLED = """
import sys, time
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from skal.experiments import compare
from skal.strategies import Random, UtilityStrategy

class Slow(UtilityStrategy):
    def utilities(self, state):
        time.sleep(0.05)
        return state.rng.random(len(state.candidates))

results = compare(
    {"Random": Random(), "Slow": Slow()}, LogisticRegression(max_iter=500),
    load_iris(return_X_y=True), seeds=12, budget=24, batch_size=8, n_jobs=2, progress=False,
    results=sys.argv[1],
)
results.drop(columns=["query_seconds", "fit_seconds"]).to_pickle(sys.argv[2])
"""


@pytest.mark.slow  # three processes with two workers each
def test_killed_and_started_again(tmp_path):
    """SIGKILL in the middle: what was finished stays, byte for byte, and is not run again."""
    script, kept, out = tmp_path / "script.py", tmp_path / "kept.jsonl", tmp_path / "out.pickle"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(kept), str(out)]
    running = subprocess.Popen(command, start_new_session=True, cwd=os.getcwd())
    for _ in range(12_000):
        if kept.exists() and kept.read_bytes().count(b"\n") >= 5:
            break
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    before = kept.read_bytes()
    finished = before[: before.rfind(b"\n") + 1]
    assert 5 <= finished.count(b"\n") < 24
    subprocess.run(command, check=True)
    assert kept.read_bytes().startswith(finished)
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    assert len({line["key"] for line in lines}) == len(lines) == 24
    uninterrupted = tmp_path / "whole.pickle"
    subprocess.run([*command[:2], str(tmp_path / "new.jsonl"), str(uninterrupted)], check=True)
    assert_frame_equal(pd.read_pickle(out), pd.read_pickle(uninterrupted))


def test_a_file_of_something_else_stays_as_it_is(tmp_path):
    other = tmp_path / "thesis.txt"
    other.write_text("Chapter 1\nIt was a dark night")
    with pytest.raises(ValueError, match=r"Line 1 of .*thesis\.txt is not the result of a replay"):
        small(results=other)
    assert other.read_text() == "Chapter 1\nIt was a dark night"


def test_a_single_line_of_something_else_stays_too(tmp_path):
    other = tmp_path / "note.txt"
    other.write_text("no line end")
    with pytest.raises(ValueError, match="is not the result of a replay"):
        ResultsFile(other)
    assert other.read_text() == "no line end"
