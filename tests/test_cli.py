"""The command line: files as people have them, and what they read when something is wrong."""

import io
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")
from click.testing import CliRunner

from skal.cli import skal
from skal.cli.columns import as_numbers, kinds_of_columns
from skal.cli.names import parse_strategies
from skal.cli.tables import read_table
from skal.cli.trouble import Trouble
from skal.cli.writing import whole
from skal.strategies import Margin, Shortlist, Stages, TypiClust


def people(n=240, labelled=1.0, seed=0):
    """Numbers, categories, texts, an id, a constant; cells missing everywhere."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, n)
    words = np.array(["alpha", "beta", "gamma", "delta", "house", "tree", "river", "cloud"])
    frame = pd.DataFrame(
        {
            "code": [f"{i:05d}" for i in rng.permutation(n)],
            "age": (rng.normal(40 + 9 * kind, 8)).round(1),
            "city": rng.choice(["Rome", "Oslo", "Bern"], n),
            "note": [" ".join([*rng.choice(words, 6), ["good", "bad", "fine"][k]]) for k in kind],
            "constant": 1,
            "happy": rng.random(n) < 0.5,
            "mood": np.array(["low", "middle", "high"])[kind],
        }
    )
    for column in ("age", "city", "note"):
        frame.loc[rng.random(n) < 0.1, column] = None
    frame.loc[rng.random(n) >= labelled, "mood"] = None
    return frame


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(skal, [str(a) for a in arguments], catch_exceptions=False)


# ------------------------------------------------------------------ query
def test_query_prints_the_rows_to_label_next(folder):
    table = people(labelled=0.2)
    table.to_csv("people.csv", index=False)
    done = run("query", "people.csv", "--label", "mood", "-n", 5, "--id", "code")
    assert done.exit_code == 0
    asked = pd.read_csv(io.StringIO(done.stdout), dtype={"code": str})
    assert asked.columns.tolist() == [
        "rank", "code", "score", "age", "city", "note", "constant", "happy",
    ]  # fmt: skip
    assert asked["rank"].tolist() == [1, 2, 3, 4, 5]
    assert asked["score"].is_monotonic_decreasing
    assert set(asked["code"]) <= set(table.loc[table["mood"].isna(), "code"])  # zeros in front kept
    known = int(table["mood"].notna().sum())
    assert f"240 rows, {known} labelled: mood has 3 classes." in done.stderr
    assert "1 numeric, 2 categorical, 1 text, 1 left out" in done.stderr
    assert "constant" in done.stderr


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


# ------------------------------------------------------------------ what is wrong
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
    with open("empty.csv", "w"), open("nulls.csv", "wb") as file:
        file.write(b"\xff\xfe\x00bad\x00")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["query", "people.csv", "--label", "temper"], "has no column 'temper': it has code, age"),
        (["query", "people.csv", "--label", "mood", "--id", "x"], "no column 'x'"),
        (["query", "unlabelled.csv", "--label", "mood"], "No label is filled in in column 'mood'"),
        (["query", "one.csv", "--label", "mood"], "Only one class is known (low)"),
        (["query", "full.csv", "--label", "mood"], "no row to ask for"),
        (["query", "people.csv", "--label", "mood", "--strategy", "Margn"], "did you mean Margin?"),
        (["query", "people.csv", "--label", "mood", "--strategy", "Margin("], "cannot be read"),
        (["query", "people.csv", "--label", "mood", "--strategy", "7"], "7 is no strategy"),
        (["query", "people.csv", "--label", "mood", "--strategy", "a.b"], "neither a strategy"),
        (["query", "people.csv", "--label", "mood", "--strategy", "Margin(3)"], "Margin: "),
        (["query", "people.csv", "--label", "mood", "--strategy", "Margin, Random"], "2 strategies"),
        (["query", "people.csv", "--label", "mood", "--strategy", "Bald"], "opinions"),
        (["query", "people.csv", "--label", "mood", "-n", 0], "-n 0"),
        (["query", "people.csv", "--label", "note", "--task", "regression"], "not numbers"),
        (["query", "id.csv", "--label", "mood"], "no column to learn from"),
        (["query", "empty.csv", "--label", "mood"], "empty.csv cannot be read as a table"),
        (["query", "nulls.csv", "--label", "mood"], "nulls.csv cannot be read as a table"),
        (["query", "absent.csv", "--label", "mood"], "absent.csv"),
        (["query", "people.csv"], "--label"),
        (["query", "people.csv", "--label", "mood", "-o", "no/such/out.csv"], "there is no folder no/such"),
        (["compare", "people.csv", "--label", "mood", "--budget", 9999], "--budget 9999 must be 1 to"),
        (["compare", "people.csv", "--label", "mood", "--strategies", "Nope"], "no strategy Nope"),
        (["compare", "people.csv", "--label", "mood", "--budget", 30, "--scoring", "x"], "'x'"),
        (["compare", "people.csv", "--label", "mood", "--budget", 30, "--seeds", 0], "seeds"),
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


def test_files_are_whole_or_absent(folder):
    def interrupted():
        with whole("out.csv") as path:
            path.write_text("half of")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert os.listdir() == []
    (folder / "out.csv").write_text("before")
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (folder / "out.csv").read_text() == "before"
    with whole("out.csv") as path:
        path.write_text("after")
    assert (folder / "out.csv").read_text() == "after"
    assert os.listdir() == ["out.csv"]


# ------------------------------------------------------------------ columns and names
def test_what_columns_are():
    table = people().drop(columns="mood")
    table["joined"] = pd.date_range("2020-01-01", periods=len(table))
    table["number"] = range(len(table))
    table["sometimes"] = np.where(np.arange(len(table)) % 2, "yes", None)
    assert kinds_of_columns(table) == {
        "numeric": ["age", "joined"],
        "categorical": ["city", "happy", "sometimes"],
        "text": ["note"],
        "left out": ["code", "constant", "number"],
    }


def test_columns_become_numbers():
    table = people().drop(columns="mood")
    X, _ = as_numbers(table)
    assert X.dtype == np.float64
    assert np.isfinite(X).all()
    age = table["age"]
    filled = age.fillna(age.median())
    np.testing.assert_allclose(X[:, 0], (filled - filled.mean()) / filled.std(ddof=0))
    missing = age.isna().astype(float)
    np.testing.assert_allclose(X[:, 1], (missing - missing.mean()) / missing.std(ddof=0))
    assert np.isin(X[:, 2:6], [0, 1]).all()  # Rome, Oslo, Bern and missing
    assert (X[:, 2:6].sum(axis=1) == 1).all()


def test_names_of_strategies():
    parsed = parse_strategies(
        "Margin, Shortlist(Margin(), factor=5), Stages([(0, TypiClust()), (9, Margin)])"
    )
    assert list(parsed)[:2] == ["Margin", "Shortlist(Margin(), factor=5)"]
    made = list(parsed.values())
    assert isinstance(made[0], Margin)
    assert isinstance(made[1], Shortlist)
    assert made[1].factor == 5
    assert isinstance(made[2], Stages)
    assert isinstance(made[2].stages[0][1], TypiClust)
    for bad in ("__import__('os')", "Margin(**{})", "Margin.check", "lambda: 0"):
        with pytest.raises(Trouble):
            parse_strategies(bad)


def test_whole_numbers_are_classes(folder):
    table = people(labelled=0.5)
    table["mood"] = table["mood"].map({"low": 1, "middle": 2, "high": 3})
    table.to_csv("people.csv", index=False)
    assert "3 classes" in run("query", "people.csv", "--label", "mood", "-n", 1).stderr
    done = run("query", "people.csv", "--label", "mood", "-n", 1, "--task", "regression")
    assert "numbers from 1 to 3" in done.stderr
    assert read_table("people.csv", "mood").y.isna().any()


# ------------------------------------------------------------------ compare and demo
COMPARE = ["--label", "mood", "--id", "code", "--budget", 40, "--seeds", 3, "--jobs", 1]


def test_compare_prints_and_writes(folder):
    people().to_csv("people.csv", index=False)
    done = run("compare", "people.csv", *COMPARE, "--strategies", "Margin, CoreSet")
    assert done.exit_code == 0
    assert "labels saved" in " ".join(done.stdout.split())
    advice = ("Use ", "No strategy is reliably", "Random is as good")
    assert any(words in done.stdout for words in advice)
    assert sorted(os.listdir("people-skal")) == ["curves.png", "replays.jsonl", "table.csv"]
    table = pd.read_csv("people-skal/table.csv", index_col="strategy")
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
    assert "kept from before" in done.stdout + done.stderr
    assert kept.read_bytes().startswith(finished)
    assert kept.read_bytes().count(b"\n") == 18
    assert sorted(os.listdir("people-skal")) == ["curves.png", "replays.jsonl", "table.csv"]


def test_demo(folder):
    done = run("demo", "--seeds", 1, "--figure", "curve.png")
    lines = [line.split("│")[1:-1] for line in done.stdout.splitlines() if "%" in line]
    assert [int(line[0]) for line in lines] == [50, 100, 150, 200, 250, 300]
    accuracy = [[float(cell.strip(" %")) for cell in line[1:3]] for line in lines]
    assert accuracy[-1][1] > accuracy[-1][0] > accuracy[0][0] > 50
    assert (folder / "curve.png").read_bytes().startswith(b"\x89PNG")
