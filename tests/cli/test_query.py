"""`skal query`: the rows to label next."""

import io
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")

from tests.cli.people import people, run


def test_query_prints_the_rows_to_label_next(folder):
    table = people(labelled=0.2)
    table.to_csv("people.csv", index=False)
    done = run("query", "people.csv", "--label", "mood", "-n", 5, "--id", "code")
    assert done.exit_code == 0
    asked = pd.read_csv(io.StringIO(done.stdout), dtype={"code": str})
    assert asked.columns.tolist() == [
        "rank", "code", "score", "age", "city", "note", "constant", "happy",
        "mood",
    ]  # fmt: skip
    assert asked["mood"].isna().all()
    assert asked["rank"].tolist() == [1, 2, 3, 4, 5]
    assert asked["score"].between(-1, 0).all()  # of margins: 0 is the least certain
    assert set(asked["code"]) <= set(table.loc[table["mood"].isna(), "code"])  # zeros in front kept
    known = int(table["mood"].notna().sum())
    assert f"240 rows, {known} labelled: mood has 3 classes." in done.stderr
    assert "1 numeric (age), 2 categorical (city, happy), 1 text (note)." in done.stderr
    assert "Not used (one value, or an identifier): constant." in done.stderr


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize(
    "strategy", ["CoreSet", "Random", "Margin", "Shortlist(Badge(), factor=3)"]
)
def test_query_writes_a_file(folder, suffix, strategy):
    table = people(labelled=0.2)
    table.to_csv("people.csv", index=False)
    out = f"next.{suffix}"
    done = run("query", "people.csv", "--label", "mood", "-n", 4, "--strategy", strategy, "-o", out)
    assert done.exit_code == 0
    assert done.stdout == ""
    asked = pd.read_csv(out) if suffix == "csv" else pd.read_parquet(out)
    assert len(asked) == 4
    assert table.loc[asked["row"], "mood"].isna().all()
    assert (asked["code"].astype(int) == table.loc[asked["row"], "code"].astype(int).values).all()
    assert ("score" in asked.columns) == (strategy == "Margin")  # Random's would say nothing
    assert sorted(os.listdir()) == sorted(["people.csv", out])


def test_query_reads_what_people_have(folder):
    table = people(labelled=0.3)
    answers = []
    table.to_csv("commas.csv", index=False)
    table.to_csv("semicolons.csv", index=False, sep=";")
    table.to_csv("tabs.tsv", index=False, sep="\t")
    table.to_parquet("typed.parquet", index=False)
    for name in ("commas.csv", "semicolons.csv", "tabs.tsv", "typed.parquet"):
        done = run("query", name, "--label", "mood", "-n", 6, "--id", "code")
        answers.append(pd.read_csv(io.StringIO(done.stdout))["code"].tolist())
    assert answers[0] == answers[1] == answers[2] == answers[3]


@pytest.mark.parametrize("command", ["query", "compare"])
def test_a_header_alone_is_no_table(folder, command):
    Path("head.csv").write_text("age,mood\n")
    assert "head.csv has no rows." in run(command, "head.csv", "--label", "mood").stderr


def test_a_model_that_tells_no_rows_apart(folder):
    people(100, labelled=0.15).to_csv("people.csv", index=False)
    asked = ["query", "people.csv", "--label", "mood", "-n", "3", "--estimator"]
    assert "All rows have the same score" in run(*asked, "boosting").stderr
    assert "All rows have the same score" not in run(*asked, "linear").stderr


@pytest.mark.parametrize("estimator", ["linear", "svm", "forest", "boosting"])
def test_every_estimator_for_classes_and_for_numbers(folder, estimator):
    table = people(labelled=0.4)
    table.to_csv("people.csv", index=False)
    done = run("query", "people.csv", "--label", "mood", "--estimator", estimator, "-n", 3)
    assert done.exit_code == 0
    table["price"] = np.where(table["mood"].isna(), np.nan, table["age"].fillna(0) + 0.5)
    table.drop(columns="mood").to_csv("prices.csv", index=False)
    done = run(
        "query", "prices.csv", "--label", "price", "--estimator", estimator, "-n", 3,
        "--strategy", "CoreSet",
    )  # fmt: skip
    assert done.exit_code == 0
    assert "price has numbers from" in done.stderr
    assert ("through a linear model" in done.stderr) == (estimator in ("forest", "boosting"))


def test_the_pool_may_be_smaller_than_what_is_asked(folder):
    people(labelled=0.97).to_csv("people.csv", index=False)
    done = run("query", "people.csv", "--label", "mood", "-n", 100)
    left = int(pd.read_csv("people.csv")["mood"].isna().sum())
    assert f"{left} of {left} rows" in done.stderr


def test_columns_called_like_ours_stay(folder):
    table = people(labelled=0.3).rename(columns={"age": "score", "city": "row"})
    table.to_csv("people.csv", index=False)
    done = run("query", "people.csv", "--label", "mood", "-n", 2)
    names = pd.read_csv(io.StringIO(done.stdout)).columns.tolist()
    assert names[:3] == ["rank", "skal_row", "skal_score"]
    assert {"row", "score"} <= set(names)


def test_rows_to_begin_with(folder):
    people(90).assign(mood=None).to_csv("people.csv", index=False)
    people(90).assign(mood=None).to_parquet("people.parquet")
    for name in ("people.csv", "people.parquet"):
        ask = ["query", name, "--label", "mood", "-n", 4]
        done = run(*ask)
        assert done.exit_code == 0
        assert "90 rows, 0 labelled: mood has no label yet." in done.stderr
        assert "chosen by Random() without a model, since " in done.stderr
        assert "of the columns hold two values only" in done.stderr
        assert "has no label yet" in done.stderr
        chosen = [pd.read_csv(io.StringIO(done.stdout))["row"].tolist()]
        for more in (["--seed", 1], ["--strategy", "TypiClust"], ["--task", "regression"]):
            done = run(*ask, *more)
            assert done.exit_code == 0
            chosen.append(pd.read_csv(io.StringIO(done.stdout))["row"].tolist())
        assert chosen[0] != chosen[1]
        assert all(len(set(rows)) == 4 for rows in chosen)


def test_one_class_or_one_number_is_too_few_for_a_model(folder):
    table = people(40).assign(mood=[*["low"] * 5, *[None] * 35], price=[2.5, *[None] * 39])
    table.to_csv("people.csv", index=False)
    for label, lack in (("mood", "Only one class is known (low)"), ("price", "Only one label")):
        for strategy in ("Random", "TypiClust"):
            done = run("query", "people.csv", "--label", label, "--strategy", strategy, "-n", 3)
            assert done.exit_code == 0
            assert lack in done.stderr
            rows = pd.read_csv(io.StringIO(done.stdout))["row"]
            assert table.loc[rows, label].isna().all()


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_rows_that_others_have_are_left_to_them(folder, suffix):
    table = people(60, labelled=0.5)
    table.to_csv("people.csv", index=False)
    pool = set(np.flatnonzero(table["mood"].isna()))
    ask = ["query", "people.csv", "--label", "mood"]
    assert run(*ask, "-n", 7, "-o", f"ann.{suffix}").exit_code == 0
    read = {"csv": pd.read_csv, "xlsx": pd.read_excel, "parquet": pd.read_parquet}[suffix]
    theirs = set(read(f"ann.{suffix}")["row"])
    Path("list.csv").write_text("row\n" + "".join(f"{row}\n" for row in sorted(pool - theirs)[:3]))
    lists = ["--exclude", f"ann.{suffix}", "--exclude", "list.csv"]
    done = run(*ask, "-n", 99, *lists)
    assert done.exit_code == 0
    rows = set(pd.read_csv(io.StringIO(done.stdout))["row"])
    assert rows == pool - theirs - set(sorted(pool - theirs)[:3])
    assert f"{len(rows)} of {len(rows)} rows (10 excluded)" in done.stderr
    table.loc[sorted(pool)].iloc[:5][["code"]].to_csv("codes.csv", index=False)
    done = run(*ask, "--id", "code", "-n", 99, "--exclude", "codes.csv")
    codes = set(pd.read_csv(io.StringIO(done.stdout), dtype=str)["code"])
    assert codes == set(table.loc[sorted(pool)]["code"][5:])
    done = run(*ask, "--id", "code", "-n", 99, "--exclude", f"ann.{suffix}")  # by number as well
    assert "(7 excluded)" in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nr\n1\n", "list.csv has no column 'row'"),
        ("row\n99\n", "list.csv names row '99', and the file has rows 0 to 59"),
        ("row,age\n50,999\n", "Row 50 of list.csv is not the row of the file"),
        ("row\n" + "".join(f"{i}\n" for i in range(60)), "Every row without a label is in list.csv"),
        ("code\nzz\n", "code 'zz' is in no rows of people.csv"),
        ("\n", "list.csv cannot be read"),
    ],
)  # fmt: skip
def test_lists_that_are_none(folder, text, message):
    people(60, labelled=0.5).to_csv("people.csv", index=False)
    Path("list.csv").write_text(text)
    by_id = ["--id", "code"] if text.startswith("code") else []
    ask = ["query", "people.csv", "--label", "mood", *by_id, "--exclude", "list.csv"]
    done = run(*ask)
    assert done.exit_code == 2
    assert message in done.stderr
    done = run(*ask, "--id", "code", "-o", "list.csv", "--force")
    assert "is the file that this command reads" in done.stderr


def test_no_row_is_left_where_the_others_are_labelled_or_skipped(folder):
    people(30).assign(mood=[*["low", "high"] * 10, *["?"] * 10]).to_csv("people.csv", index=False)
    done = run("query", "people.csv", "--label", "mood", "--skip-word", "?")
    assert done.exit_code == 2
    assert "is filled in or holds a word of --skip-word: there is no row to ask" in done.stderr


def test_names_of_two_rows_are_told_before_anybody_labels_them(folder):
    table = people(30, labelled=0.5).assign(code="same")
    table.to_csv("people.csv", index=False)
    done = run("query", "people.csv", "--label", "mood", "--id", "code", "-o", "next.csv")
    assert done.exit_code == 2
    assert "code 'same' is in 30 rows of people.csv, not in one" in " ".join(done.stderr.split())
    assert not Path("next.csv").exists()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_scores_have_the_decimal_mark_of_the_file_and_four_digits(folder, suffix):
    people(labelled=0.3).to_csv("leute.csv", index=False, sep=";", decimal=",")
    asked = ["query", "leute.csv", "--label", "mood", "--id", "code", "--strategy", "Margin"]
    done = run(*asked, "-o", f"next.{suffix}")
    assert done.exit_code == 0, done.stderr
    if suffix == "csv":
        scores = pd.read_csv("next.csv", sep=";", dtype=str)["score"]
        assert scores.str.fullmatch(r"-\d(,\d+)?(e-\d+)?").all()
        scores = scores.str.replace(",", ".").astype(float)
    else:
        scores = pd.read_parquet("next.parquet")["score"]
    assert scores.between(-1, 0).all()
    assert [float(f"{x:.4g}") for x in scores] == scores.tolist()
