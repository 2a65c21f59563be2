"""`skal status`: the labels so far."""

import numpy as np
import pytest

pytest.importorskip("click")

from tests.cli.people import people, run


def test_counts_spellings_and_a_score(folder):
    table = people(150, labelled=0.6)
    table.loc[table.index[table["mood"] == "low"][:2], "mood"] = ["Low", " low"]
    table.to_csv("people.csv", index=False)
    done = run("status", "people.csv", "--label", "mood")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    known = int(table["mood"].notna().sum())
    assert lines[0] == f"{known} of 150 rows labelled, {150 - known} not."
    counts = {line.split()[0]: int(line.split()[1]) for line in lines[1:5]}
    assert counts == table["mood"].dropna().str.strip().value_counts().to_dict()
    assert lines[5].endswith(f"one in several spellings: 'low' ({counts['low']}), 'Low' (1).")
    assert "--merge Low=low" in lines[6]
    assert "by 5-fold cross-validation" in lines[7]
    assert "If a strategy chose them, they are harder" in lines[7]
    assert "skal audit people.csv --label mood -n 100 -o audit.csv" in lines[8]


def test_what_somebody_could_not_tell_and_merged_spellings(folder):
    table = people(150, labelled=0.6)
    n = int((table["mood"] == "low").sum())
    table.loc[table.index[table["mood"] == "low"][:2], "mood"] = ["Low", "?"]
    table.to_csv("people.csv", index=False)
    done = run("status", "people.csv", "--label", "mood", "--skip-word", "?", "--merge", "Low=low")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    known = int(table["mood"].notna().sum()) - 1
    counted = f"{known} of 150 rows labelled, {150 - known - 1} not, 1 that nobody could tell."
    assert lines[0] == counted
    counts = {line.split()[0]: int(line.split()[1]) for line in lines[1:4]}
    assert counts["low"] == n - 1
    assert "spellings" not in done.stdout


@pytest.mark.parametrize(
    ("known", "lack"), [(["low"], "Only one class is known (low)"), ([], "no label yet")]
)
def test_the_next_step_where_no_model_can_be_fitted(known, lack, folder):
    table = people(20).assign(mood=None)
    table.loc[table.index[: len(known)], "mood"] = known
    table.to_csv("people.csv", index=False)
    done = run("status", "people.csv", "--label", "mood")
    assert done.exit_code == 0
    assert lack in done.stdout
    assert done.stdout.endswith("Label more rows on a page: skal label people.csv --label mood\n")


def test_random_rows_without_an_answer_are_told(folder):
    table = people(60)
    table["skal_drawn"] = np.where(np.arange(60) < 20, "random 20 of 60 in round 1", "")
    table.loc[17:19, "mood"] = [None, None, "?"]
    table.to_csv("people.csv", index=False)
    done = run("status", "people.csv", "--label", "mood", "--skip-word", "?")
    assert done.exit_code == 0
    (line,) = (line for line in done.stdout.splitlines() if "no answer yet" in line)
    assert line.startswith("2 random rows have no answer yet, so the accuracy lacks them")
    people(60).to_csv("people.csv", index=False)
    assert "no answer yet" not in run("status", "people.csv", "--label", "mood").stdout


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "-1"])
def test_a_price_is_a_finite_number(number, folder):
    people(60).to_csv("people.csv", index=False)
    for option, other, allowed in (
        ("--label-cost", "--point-value", "of at least 0|x>=0"),
        ("--point-value", "--label-cost", "above 0|x>0"),
    ):
        done = run("status", "people.csv", "--label", "mood", option, number, other, 1)
        assert done.exit_code == 2
        assert option in done.stderr
        assert any(words in done.stderr for words in allowed.split("|"))


def test_numbers(folder):
    table = people(60).assign(price=lambda t: t["age"].fillna(40) * 2 + 0.5)
    table.to_csv("people.csv", index=False)
    done = run("status", "people.csv", "--label", "price")
    assert done.exit_code == 0
    assert f"  {table['price'].min():g} to {table['price'].max():g}, mean" in done.stdout
    assert "R² " in done.stdout


def test_a_rare_class_has_a_balanced_score_too(folder):
    table = people(100).assign(fraud=np.where(np.arange(100) % 20 == 0, "yes", "no"))
    table.to_csv("people.csv", index=False)
    done = run("status", "people.csv", "--label", "fraud")
    assert done.exit_code == 0
    assert "always predicting the most common class gives 95.0%. Balanced accuracy" in done.stdout
    assert "one class for every row would get 50.0%." in done.stdout


def test_whole_numbers_and_large_ones(folder):
    pytest.importorskip("openpyxl")
    table = people(60).assign(stars=np.arange(60) % 3 + 1.0, price=np.arange(60) * 31_000.5)
    table.loc[:9, "stars"] = np.nan
    table.to_excel("people.xlsx", index=False)
    classes = run("status", "people.xlsx", "--label", "stars").stdout
    assert [line.split()[0] for line in classes.splitlines()[1:4]] == ["2", "3", "1"]
    numbers = run("status", "people.xlsx", "--label", "price").stdout
    assert "  0 to 1,829,000, mean 914,510; half of them from 457,260 to 1,371,800" in numbers


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([None] * 40, "has no label yet"),
        (["a"] * 8 + [None] * 32, "Only one class is known"),
        (["a"] * 4 + ["b"] * 4 + [None] * 32, "8 labels are too few"),
        ([f"c{i}" for i in range(20)] + [None] * 20, "No class has 5 labels"),
    ],
)
def test_labels_that_are_too_few(labels, message, folder):
    people(40).assign(mood=labels).to_csv("people.csv", index=False)
    done = run("status", "people.csv", "--label", "mood")
    assert done.exit_code == 0
    assert message in done.stdout
