"""`skal compare`: prints, writes, and goes on where it was stopped."""

import io
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

pytest.importorskip("click")

from skal.cli.compare import _as_text
from skal.experiments.results import ResultsFile
from tests.cli.people import COMPARE, people, run


def test_compare_prints_and_writes(folder):
    people().to_csv("people.csv", index=False)
    done = run("compare", "people.csv", *COMPARE, "--strategies", "Margin, CoreSet")
    assert done.exit_code == 0
    assert "labels saved" in " ".join(done.stdout.split())
    advice = ("Use ", "No strategy is reliably", "Random is as good")
    assert any(words in done.stdout for words in advice)
    assert sorted(os.listdir("people-skal")) == ["curves.png", "replays.jsonl", "table.csv"]
    table = pd.read_csv("people-skal/table.csv", index_col="strategy")
    assert f"{table.loc['Margin', 'saved_at']:.3f} (Margin)" in " ".join(done.stdout.split())
    assert set(table.index) == {"Random", "Margin", "CoreSet"}
    assert table["area"].between(table["low"], table["high"]).all()
    assert (folder / "people-skal" / "curves.png").read_bytes().startswith(b"\x89PNG")
    before = (folder / "people-skal" / "replays.jsonl").read_bytes()
    again = run("compare", "people.csv", *COMPARE, "--strategies", "Margin, CoreSet")
    assert again.exit_code == 0
    assert (folder / "people-skal" / "replays.jsonl").read_bytes() == before


def test_compare_regressions_by_default(folder):
    table = people()
    table["price"] = table["age"].fillna(40) * 1.01 + table["mood"].map(
        {"low": 0, "middle": 5.5, "high": 9}
    )
    table.drop(columns="mood").to_csv("prices.csv", index=False)
    done = run("compare", "prices.csv", "--label", "price", "--budget", 30, "--seeds", 2, "--jobs", 1, "-o", "out")  # fmt: skip
    assert done.exit_code == 0
    assert "r2, 2 seeds" in done.stdout
    assert "GreedySampling" in done.stdout
    assert (folder / "out" / "curves.png").exists()


@pytest.mark.slow  # two processes and their workers
def test_compare_killed_and_started_again(folder):
    people(2000).to_csv("people.csv", index=False)
    command = [
        sys.executable, "-m", "skal", "compare", "people.csv", "--label", "mood", "--budget", "60",
        "--batch-size", "5", "--seeds", "6", "--strategies", "Margin, QueryByCommittee",
    ]  # fmt: skip
    kept = folder / "people-skal" / "replays.jsonl"
    running = subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in range(2400):
        if kept.exists() and kept.read_bytes().count(b"\n") >= 3:
            break
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    finished = kept.read_bytes()
    finished = finished[: finished.rfind(b"\n") + 1]
    assert 3 <= finished.count(b"\n") < 18
    assert sorted(os.listdir("people-skal")) == ["replays.jsonl"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "already finished" in done.stdout + done.stderr
    assert kept.read_bytes().startswith(finished)
    assert kept.read_bytes().count(b"\n") == 18
    assert sorted(os.listdir("people-skal")) == ["curves.png", "replays.jsonl", "table.csv"]


@pytest.mark.parametrize("labels", [("no", "yes"), ("no", "yes", "maybe")])
def test_a_score_of_two_numbers_only(folder, labels):
    table = people(60)
    table["mood"] = np.array(labels)[np.arange(60) % len(labels)]
    table.to_csv("people.csv", index=False)
    command = ["compare", "people.csv", "--label", "mood", "--budget", 20, "--seeds", 1]
    done = run(*command, "--jobs", 1, "--scoring", "f1", "--strategies", "Margin")
    assert done.exit_code == 2
    assert "such as f1_macro" in done.stderr


def test_compare_spends_what_it_can(folder):
    people(60).to_csv("people.csv", index=False)
    command = ["compare", "people.csv", "--label", "mood", "--seeds", 1, "--jobs", 1]
    done = run(*command, "--strategies", "Shortlist(strategy=Margin(), factor=5)")
    assert done.exit_code == 0
    assert "accuracy, 1 seed" in done.stdout
    assert "at 42" in done.stdout
    assert "nan" not in done.stdout
    assert "Shortlist(strategy=Margin(), factor=5)" in done.stdout  # whole, in one line


def test_a_table_in_a_narrow_terminal():
    figures = pd.DataFrame(
        {
            **{"area": 0.855, "low": 0.5, "high": 0.9, "final": 0.96, "query_seconds": 0.5},
            **{"saved": 0.43, "saved_low": -0.1, "saved_high": 0.6, "saved_at": 0.951},
            **{"n_seeds": 5},
        },
        index=["QueryByCommittee"],
    )
    written = io.StringIO()
    Console(width=80, file=written).print(_as_text(figures, "accuracy", 200))
    (row,) = (line for line in written.getvalue().splitlines() if "0.855" in line)
    for cell in ("QueryByCommittee", "0.855 (0.500 to 0.900)", "43% (-10% to 60%)"):
        assert cell in row
    told = " ".join(written.getvalue().split())
    assert told.endswith(
        "highest accuracy that the mean curves of both reach: 0.951 (QueryByCommittee)."
    )


def test_no_jobs(folder):
    people(60).to_csv("people.csv", index=False)
    done = run("compare", "people.csv", "--label", "mood", "--jobs", 0, "--strategies", "Margin")
    assert done.exit_code == 2
    assert "Error: --jobs 0 must be the number of replays that run at once, or -1" in done.stderr


def test_a_second_compare_waits_its_turn(folder):
    people(60).to_csv("people.csv", index=False)
    (folder / "people-skal").mkdir()
    file = ResultsFile(folder / "people-skal" / "replays.jsonl")
    done = run("compare", "people.csv", *COMPARE, "--strategies", "Margin")
    file.close()
    assert done.exit_code == 2
    assert "replays.jsonl is being written by another run" in done.stderr
    assert os.listdir("people-skal") == ["replays.jsonl"]
    assert not (folder / "people-skal" / "replays.jsonl").read_bytes()
