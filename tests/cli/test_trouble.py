"""What people read when something is wrong."""

import os

import pandas as pd
import pytest

pytest.importorskip("click")

from skal.cli.trouble import Trouble, told
from tests.cli.people import people, run


def write_cases():
    people(labelled=0.3).to_csv("people.csv", index=False)
    people().to_csv("full.csv", index=False)
    people().assign(mood=None).to_csv("unlabelled.csv", index=False)
    people().assign(mood=lambda t: t["mood"].where(t["mood"] == "low")).to_csv(
        "one.csv", index=False
    )
    pd.DataFrame({"a": range(9), "mood": [*"xyxyxy", None, None, None]}).to_csv(
        "id.csv", index=False
    )
    people(9).assign(mood=[1.5, *["NA"] * 4, *range(4)]).to_csv("doubt.csv", index=False)
    people(2).assign(mood=["low", "high"]).to_csv("two.csv", index=False)
    with open("empty.csv", "w"), open("nulls.csv", "wb") as file:
        file.write(b"\xff\xfe\x00bad\x00")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["query", "people.csv", "--label", "temper"], "has no column 'temper': it has code, age"),
        (["query", "people.csv", "--label", "mood", "--id", "x"], "no column 'x'"),
        (["query", "unlabelled.csv", "--label", "mood", "--strategy", "Margin"], "Margin asks by a model: for the first rows leave out --strategy"),
        (["query", "one.csv", "--label", "mood", "--strategy", "Badge"], "Only one class is known (low)"),
        (["compare", "unlabelled.csv", "--label", "mood"], "Column 'mood' has no label yet"),
        (["query", "doubt.csv", "--label", "mood", "--task", "regression"], "holds 'NA', not numbers. 'NA' is read as a class"),
        (["query", "doubt.csv", "--label", "mood"], "no row to ask for. 'NA' is read as a class: add --missing NA if it means no label yet, or --skip-word NA"),
        (["query", "full.csv", "--label", "mood"], "no row to ask for"),
        (["query", "people.csv", "--label", "mood", "--strategy", "Margn"], "did you mean Margin?"),
        (["query", "people.csv", "--label", "mood", "--strategy", "Margin("], "cannot be read"),
        (["query", "people.csv", "--label", "mood", "--strategy", "7"], "7 is not a strategy"),
        (["query", "people.csv", "--label", "mood", "--strategy", "a.b"], "neither a strategy"),
        (["query", "people.csv", "--label", "mood", "--strategy", "Margin(3)"], "Margin: "),
        (["query", "people.csv", "--label", "mood", "--strategy", "Margin, Random"], "2 strategies"),
        (["query", "people.csv", "--label", "mood", "--strategy", "Bald"], "several predictions"),
        (["query", "people.csv", "--label", "mood", "-n", 0], "-n 0"),
        (["query", "people.csv", "--label", "note", "--task", "regression"], "not numbers"),
        (["query", "id.csv", "--label", "mood"], "no column to learn from"),
        (["query", "empty.csv", "--label", "mood"], "empty.csv cannot be read as a table"),
        (["query", "nulls.csv", "--label", "mood"], "nulls.csv cannot be read as a table"),
        (["query", "absent.csv", "--label", "mood"], "absent.csv"),
        (["query", "people.csv"], "--label"),
        (["query", "people.csv", "--label", "mood", "-o", "no/such/out.csv"], "there is no folder no/such"),
        (["compare", "people.csv", "--label", "mood", "--budget", 9999], "--budget 9999 is too large: of 74 labels, 23 are kept as test"),
        (["compare", "people.csv", "--label", "mood", "--strategies", "Nope"], "no strategy Nope"),
        (["compare", "people.csv", "--label", "mood", "--budget", 30, "--scoring", "x"], "'x'"),
        (["compare", "people.csv", "--label", "mood", "--budget", 30, "--seeds", 0], "seeds"),
        (["compare", "people.csv", "--label", "mood", "--batch-size", 0], "--batch-size"),
        (["compare", "one.csv", "--label", "mood"], "a model needs two: fill in more of column 'mood'"),
        (["query", "people.csv", "--label", "mood", "--id", "mood"], "give two different columns"),
        (["query", "people.csv", "--label", "mood", "--strategy", "Random)+(Margin"], "cannot be read"),
        (["query", "people.csv", "--label", "mood", "--strategy", "Oracle"], "skal from Python"),
        (["query", "people.csv", "--label", "mood", "--strategy", "Bald"], "use --estimator forest"),
        (["compare", "people.csv", "--label", "mood", "--strategies", "Oracle"], "skal from Python"),
        (["query", "people.csv", "--label", "mood", "-o", "."], "it is a folder"),
        (["compare", "two.csv", "--label", "mood"], "too few labels to replay"),
        (["demo", "--seeds", 0], "--seeds"),
        (["demo", "--figure", "nodir/x.png"], "nodir/x.png cannot be written: there is no folder"),
        (["demo", "--figure", "x"], "end it in one of"),
    ],
)  # fmt: skip
def test_one_sentence_and_exit_code_2(folder, arguments, message):
    write_cases()
    there = set(os.listdir())
    done = run(*arguments)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert not {name for name in set(os.listdir()) - there if name.endswith((".csv", ".parquet"))}


def test_errors_speak_of_the_command_line():
    for sentence, said in (
        ("Only this: raise replay_budget=20, or give labels of more classes.", "raise --budget"),
        ("so: label more rows first, or set initial= to a strategy that needs no model, such as Random().", "so: label more rows first."),
        ("Label more rows first, or pass X_val= and y_val=.", "Label more rows first."),
        ("batch_size=3 is wrong", "--batch-size 3 is wrong"),
    ):  # fmt: skip
        with pytest.raises(Trouble) as raised, told():
            raise ValueError(sentence)
        assert said in raised.value.message
    with pytest.raises(Trouble, match="pip install"), told():
        raise ImportError('Vaal trains nets with torch: pip install "skal[nets]".')
