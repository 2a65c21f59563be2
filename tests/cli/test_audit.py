"""Random rows from the query to the status: `skal audit`, and `skal query --audit`."""

import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")

from skal.cli.draws import COLUMN, draws_of
from tests.cli.people import people, run

WAY = ["--label", "mood"]


def answered(name, table, by="row", **how):
    """Fill in an answer as a person would, in a spreadsheet that sorts its rows."""
    asked = pd.read_csv(name, dtype={"code": str})
    truth = table["mood"] if by == "row" else table.set_index("code")["mood"]
    asked["mood"] = truth.loc[asked[by]].to_numpy()
    asked.sort_values("age").to_csv(name, index=False, **how)
    return asked


def test_what_is_said_before_anybody_labels(folder):
    people(400).assign(mood=None).to_csv("people.csv", index=False)
    done = run("audit", "people.csv", *WAY, "-n", 100, "-o", "audit.csv")
    assert done.exit_code == 0
    assert "100 rows, drawn at random from 400 without a label." in done.stderr
    # Clopper and Pearson for 85 of 100: 0.765 to 0.914
    assert "within about ±7 points, if it is 85%" in done.stderr
    asked = pd.read_csv("audit.csv")
    assert set(asked[COLUMN]) == {"random 100 of 400 in round 1"}
    assert asked.columns[-1] == "mood"
    assert asked["row"].is_unique
    again = run("audit", "people.csv", *WAY, "-n", 40).stdout
    assert [int(line.split(",")[1]) for line in again.splitlines()[1:]] == asked["row"][
        :40
    ].tolist()
    done = run("audit", "people.csv", *WAY, "-n", 20)
    assert "would be too few to tell the accuracy: ask for 10 more" in done.stderr
    assert (
        "error to within about" in run("audit", "people.csv", *WAY, "--task", "regression").stderr
    )


@pytest.mark.slow
def test_random_rows_alone_tell_the_accuracy(folder):
    table = people(400)
    table.assign(mood=None).to_csv("people.csv", index=False)
    done = run("audit", "people.csv", *WAY, "-n", 60, "-o", "audit.csv")
    answered("audit.csv", table, sep=";")
    fill = shlex.split(done.stderr.splitlines()[-1].partition("skal ")[2])
    assert "--keep-draws" in fill
    assert run(*fill).exit_code == 0
    said = run("status", "people-2.csv", *WAY).stdout
    assert "Accuracy today" in said
    assert "cross-validation" not in said
    table = pd.read_csv("people-2.csv")
    before = Path("people.csv").read_text().splitlines()
    after = Path("people-2.csv").read_text().splitlines()
    for old, new in zip(before, after, strict=True):
        assert new.startswith(old)  # no other byte has changed
    done = run("compare", "people-2.csv", *WAY, "--seeds", 1, "--budget", 40, "--jobs", 1, "--strategies", "Margin")  # fmt: skip
    assert "may mislead" not in done.stdout


@pytest.mark.slow
def test_rounds_with_an_audit(folder):
    table = people(500)
    start = table.assign(mood=table["mood"].where(np.arange(500) < 10))
    start.to_csv("people-1.csv", index=False)
    way = [*WAY, "--id", "code"]
    for number in range(1, 6):
        file, asked = f"people-{number}.csv", f"next-{number}.csv"
        done = run("query", file, *way, "-n", 24, "--audit", 0.25, "-o", asked)
        assert "6 more rows are drawn at random from the" in done.stderr
        answered(asked, table, by="code")
        fill = shlex.split(done.stderr.splitlines()[-1].partition("skal ")[2])
        assert ("--keep-draws" in fill) == (number == 1)
        done = run(*fill)
        assert done.exit_code == 0, done.stderr
        assert "--audit 0.25" in done.stderr
    draws = draws_of(pd.read_csv("people-6.csv"))
    assert draws.random.sum() == 30
    assert draws.by_strategy.sum() == 90
    assert draws.next_round == 6
    said = run("status", "people-6.csv", *way).stdout
    assert "Accuracy today" in said
    assert "by 30 random rows; 130 rows are labelled" in said
    pd.read_csv("people-6.csv", dtype=str).sample(frac=1, random_state=0)[
        [COLUMN, "mood", "note", "city", "code", "age", "happy", "constant"]
    ].to_csv("sorted.csv", index=False, sep=";")  # a spreadsheet has sorted and moved all
    (accuracy,) = (line for line in said.splitlines() if line.startswith("Accuracy"))
    assert accuracy.split(",")[0] in run("status", "sorted.csv", *way).stdout
    done = run("compare", "people-6.csv", *way, "--seeds", 2, "--budget", 40, "--jobs", 1, "--strategies", "Margin")  # fmt: skip
    assert "Test rows: the 30 labelled rows that were drawn at random" in done.stdout
    plain = run("query", "people-6.csv", *way, "-n", 5)
    assert "No strategy may choose from" in plain.stderr
    assert "strategy in round 6" in plain.stdout
    done = run("audit", "people-6.csv", *way, "-n", 300)
    assert "are left in the quarter of the file" in done.stderr


def test_draws_that_were_not_kept_can_be_added_later(folder):
    table = people(60)
    table.assign(mood=None).to_csv("people.csv", index=False)
    run("audit", "people.csv", *WAY, "-n", 8, "-o", "audit.csv")
    answered("audit.csv", table)
    done = run("fill", "people.csv", "audit.csv", *WAY, "-o", "people-2.csv")
    assert done.exit_code == 0
    assert COLUMN not in pd.read_csv("people-2.csv")
    assert "people-2.csv does not" in done.stderr
    again = next(line for line in done.stderr.splitlines() if "--keep-draws" in line)
    done = run(*shlex.split(again[again.index("skal fill") :])[1:])
    assert done.exit_code == 0, done.stderr
    assert draws_of(pd.read_csv("people-3.csv")).random.sum() == 8
    assert pd.read_csv("people-3.csv")["mood"].notna().sum() == 8


def test_draws_to_keep_that_are_not_there(folder):
    people(30).assign(mood=None).to_csv("people.csv", index=False)
    Path("next.csv").write_text("row,mood\n3,low\n")
    done = run("fill", "people.csv", "next.csv", *WAY, "--keep-draws", "-o", "new.csv")
    assert done.exit_code == 2
    assert "no column 'skal_drawn'" in done.stderr
    done = run("fill", "people.csv", *WAY, "--keep-draws", "-o", "new.csv")
    assert done.exit_code == 2
    assert "--keep-draws needs" in done.stderr


def test_labels_of_before_are_told(folder):
    people(100, labelled=0.5).to_csv("people.csv", index=False)
    done = run("audit", "people.csv", *WAY, "-n", 30)
    assert "unlabelled rows, so its accuracy holds for these" in done.stderr
    people(30).to_csv("people.csv", index=False)
    assert "there is no row to ask for" in run("audit", "people.csv", *WAY).stderr
