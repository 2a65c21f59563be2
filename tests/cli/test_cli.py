"""The command line: files as people have them, and what they read when something is wrong."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")
from click.testing import CliRunner
from rich.console import Console
from threadpoolctl import threadpool_limits

from skal.cli import skal
from skal.cli.cells import parsed
from skal.cli.columns import as_numbers, kinds_of_columns
from skal.cli.compare import _as_text
from skal.cli.names import KNOWN, parse_strategies
from skal.cli.options import counted
from skal.cli.tables import name_of, read_table
from skal.cli.trouble import Trouble, told
from skal.cli.writing import check_place, whole
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
        "mood",
    ]  # fmt: skip
    assert asked["mood"].isna().all()
    assert asked["rank"].tolist() == [1, 2, 3, 4, 5]
    assert asked["score"].is_monotonic_decreasing
    assert set(asked["code"]) <= set(table.loc[table["mood"].isna(), "code"])  # zeros in front kept
    known = int(table["mood"].notna().sum())
    assert f"240 rows, {known} labelled: mood has 3 classes." in done.stderr
    assert "1 numeric (age), 2 categorical (city, happy), 1 text (note)." in done.stderr
    assert "Left out (one value, or an identifier): constant." in done.stderr


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
    people(9).assign(mood=[1.5, *["NA"] * 4, *range(4)]).to_csv("doubt.csv", index=False)
    people(2).assign(mood=["low", "high"]).to_csv("two.csv", index=False)
    with open("empty.csv", "w"), open("nulls.csv", "wb") as file:
        file.write(b"\xff\xfe\x00bad\x00")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["query", "people.csv", "--label", "temper"], "has no column 'temper': it has code, age"),
        (["query", "people.csv", "--label", "mood", "--id", "x"], "no column 'x'"),
        (["query", "unlabelled.csv", "--label", "mood", "--strategy", "Margin"], "before Margin can ask: leave --strategy out"),
        (["query", "one.csv", "--label", "mood", "--strategy", "Badge"], "Only one class is known (low)"),
        (["compare", "unlabelled.csv", "--label", "mood"], "No label is filled in in column 'mood'"),
        (["query", "doubt.csv", "--label", "mood", "--task", "regression"], "holds 'NA', not numbers. 'NA' is taken"),
        (["query", "doubt.csv", "--label", "mood"], "no row to ask for. 'NA' is taken for a class: --missing NA if it means no label."),
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
        (["compare", "people.csv", "--label", "mood", "--batch-size", 0], "--batch-size"),
        (["compare", "one.csv", "--label", "mood"], "two are wanted: fill in more of column 'mood'"),
        (["query", "people.csv", "--label", "mood", "--id", "mood"], "name two columns"),
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


# ------------------------------------------------------------------ files as people write them
def table_of(text, label="y", name="table.csv", **options):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return read_table(name, label, **options)


@pytest.mark.parametrize("ending", ["", ","])
def test_a_separator_at_the_end_of_rows_shifts_nothing(folder, ending):
    table = table_of(f"a,b,y\n1,2,u{ending}\n3,4,v{ending}\n5,7,{ending}\n")
    assert table.inputs.columns.tolist() == ["a", "b"]
    assert table.typed["a"].tolist() == [1, 3, 5]
    assert table.written["b"].tolist() == ["2", "4", "7"]
    assert table.y.tolist()[:2] == ["u", "v"]


@pytest.mark.parametrize("longer", ["1,2,u,8\n3,4,v,9\n", "1,2,u\n3,4,v,9\n"])
def test_rows_longer_than_the_header_are_refused(folder, longer):
    with pytest.raises(Trouble, match=r"more cells than its header|Expected 3 fields"):
        table_of(f"a,b,y\n{longer}")


def test_words_for_nothing_may_be_classes(folder):
    table = table_of(
        "id, y,a\n007,None,1\n08, NA ,2\n9,null,3\nNA,n/a,4\n1, ,5\n2,nan,6\n3,NaN,7\n4,,8\n"
    )
    assert table.y.tolist()[:4] == ["None", "NA", "null", "n/a"]
    assert table.y.isna().tolist() == [False] * 4 + [True] * 4
    assert table.written["id"].tolist()[:4] == ["007", "08", "9", "NA"]
    table = people(60, labelled=0.5)
    table["mood"] = table["mood"].replace({"low": "None", "high": "<NA>"})
    table.to_csv("moods.csv", index=False)
    done = run("query", "moods.csv", "--label", "mood", "-n", 2)
    assert done.exit_code == 0
    assert "mood has 3 classes" in done.stderr


def test_spaces_make_no_class_and_no_name(folder):
    table = table_of(" a, y\n1,u \n2, u\n3,u\n4,v\n5, \n", label=" y", id="a ")
    assert sorted(table.y.dropna().unique()) == ["u", "v"]
    assert (table.label, table.id) == ("y", "a")
    numbers = table_of("a,y\n1, 1\n2,2 \n3,1\n4,\n").y
    assert numbers.dropna().tolist() == [1, 2, 1]
    with pytest.raises(Trouble, match="several columns 'a'"):
        table_of("a, a,y\n1,2,u\n")


def test_labels_as_people_write_numbers(folder):
    y = table_of('a,y\n1,"$1,234.50"\n2,$7\n3,\n').y
    assert y.dropna().tolist() == [1234.5, 7]
    y = table_of("a;y\n1;1.234,50\n2;7,25\n3;\n").y
    assert y.dropna().tolist() == [1234.5, 7.25]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1234,56", "7,5", "-0,25"], [1234.56, 7.5, -0.25]),
        (["1.234,56", "1.234", "12"], [1234.56, 1234, 12]),
        (["$1,234", "-$5", "$ 0.50"], [1234, -5, 0.5]),
        (["€ 5", "1 234 €", "£7"], [5, 1234, 7]),
        (["9.6%", "10 %", "+3%"], [9.6, 10, 3]),
        (["1e3", "2E-1 ", "x"], None),
        (["1,2,3", "4,5,6", "7,8,9"], None),
        (["", "", ""], None),
    ],
)  # fmt: skip
def test_cells_that_say_numbers(cells, numbers):
    column = pd.Series([*cells, None], dtype=object)
    decimals = ",." if any(cell.rpartition(",")[2] in ("56", "5") for cell in cells) else ".,"
    made = parsed(column, decimals)
    if numbers is None:
        assert made is column
    else:
        assert made.isna().tolist() == [False] * 3 + [True]
        np.testing.assert_allclose(made[:3], numbers)


def test_a_few_odd_cells_are_missing():
    column = pd.Series([f"{i},5" for i in range(96)] + ["unknown"] * 4)
    made = parsed(column)
    assert made.isna().sum() == 4
    assert made[7] == 7.5
    more = pd.concat([column, column[-4:]], ignore_index=True)
    assert parsed(more) is more


@pytest.mark.parametrize(
    "dates",
    [
        ["2024-03-01 07:00", "2024-03-01 08:30", None],
        ["2024-03-01", "2024-03-02T01:02:03Z", None],
        ["2024/3/01", "2023/12/31", None],
    ],
)
def test_dates_as_text_are_numbers(dates):
    many = pd.Series(dates * 5, dtype=object)
    made = parsed(many)
    assert str(made.dtype).startswith("datetime64")
    X, kinds = as_numbers(pd.DataFrame({"when": made}))
    assert kinds["numeric"] == ["when"]
    assert np.isfinite(X).all()
    assert abs(X[:, 0]).max() < 2  # a date that is missing is no date long ago
    assert X.shape == (15, 2)


def test_dates_with_a_time_zone():
    when = pd.Series(pd.date_range("2024-01-01", periods=9, tz="Europe/Rome"))
    when[4] = pd.NaT
    X, kinds = as_numbers(pd.DataFrame({"when": when, "naive": when.dt.tz_localize(None)}))
    assert kinds["numeric"] == ["when", "naive"]
    assert X[4, 0] == X[4, 1] == pytest.approx(0)  # the median
    assert (np.diff(X[:4, 0]) > 0).all()


def test_columns_of_a_file_as_people_write_them(folder):
    rows = [
        f"{i},{i % 7};$ {i}.{i % 10};2024-03-{i + 1:02d} 07:00;{'uv'[i % 2]}" for i in range(20)
    ]
    table = table_of("\n".join(["much;money;when;y", *rows, "3,5;$3;2024-03-30;"]) + "\n")
    assert kinds_of_columns(table.inputs)["numeric"] == ["much", "money", "when"]
    assert table.typed["much"][3] == 3.3
    assert table.written["money"][3] == "$ 3.3"


def test_the_same_matrix_on_any_number_of_threads():
    rng = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(400)])
    frame = pd.DataFrame({"note": [" ".join(rng.choice(words, 12)) for _ in range(3000)]})
    made = []
    for n in (1, 2, 4):
        with threadpool_limits(n):
            made.append(as_numbers(frame)[0])
    assert made[0].tobytes() == made[1].tobytes() == made[2].tobytes()


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz"])
def test_compressed_files(folder, ending):
    people(labelled=0.3).to_csv(f"people.csv{ending}", index=False, sep=";")
    done = run(
        "query", f"people.csv{ending}", "--label", "mood", "-n", 2, "-o", f"next.csv{ending}"
    )
    assert done.exit_code == 0
    assert len(pd.read_csv(f"next.csv{ending}")) == 2
    whole_file = (folder / f"people.csv{ending}").read_bytes()
    (folder / f"broken.csv{ending}").write_bytes(whole_file[: len(whole_file) // 2])
    (folder / f"wrong.csv{ending}").write_bytes(b"a,y\n1,u\n")
    for name in (f"broken.csv{ending}", f"wrong.csv{ending}"):
        done = run("query", name, "--label", "mood")
        assert done.exit_code == 2
        assert "cannot be read as a table" in done.stderr
    assert name_of(f"a/people.csv{ending}") == name_of("people.csv") == "people"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_other_encodings_are_refused(folder, encoding):
    (folder / "table.csv").write_bytes("a,y\né,u\nb,v\nc,\n".encode(encoding))
    done = run("query", "table.csv", "--label", "y")
    assert done.exit_code == 2
    assert "Save it as UTF-8" in done.stderr


def test_utf_8_with_a_mark(folder):
    (folder / "table.csv").write_bytes("y;a\nu;1\nv;2\n;3\n".encode("utf-8-sig"))
    assert read_table("table.csv", "y").inputs.columns.tolist() == ["a"]


def test_cells_that_cannot_be_learned_from(folder):
    table = people(40, labelled=0.5)
    table.assign(tags=[[1, 2]] * 40).to_parquet("lists.parquet")
    table.assign(weight=[np.inf, *range(39)]).to_csv("inf.csv", index=False)
    for name, message in (("lists.parquet", "Column 'tags' holds cells of type ndarray"), ("inf.csv", "Column 'weight' holds inf")):  # fmt: skip
        done = run("query", name, "--label", "mood")
        assert done.exit_code == 2
        assert message in done.stderr
    table.assign(mood=[[1, 2]] * 40).to_parquet("labels.parquet")
    assert (
        "Column 'mood' holds ndarrays" in run("query", "labels.parquet", "--label", "mood").stderr
    )
    table.assign(mood=pd.Timestamp("2024-01-01")).to_parquet("dates.parquet")
    assert "'mood' holds dates" in run("query", "dates.parquet", "--label", "mood").stderr
    table.assign(mood=[np.inf, 1.5] * 20).to_csv("inf.csv", index=False)
    assert "Column 'mood' holds inf" in run("query", "inf.csv", "--label", "mood").stderr


@pytest.mark.filterwarnings("ignore:The number of unique classes")
def test_many_whole_numbers_may_be_no_classes(folder):
    table = people(60).assign(price=np.arange(60) ** 2)
    table.loc[50:, "price"] = None
    table.to_csv("prices.csv", index=False)
    for command in (["query"], ["compare", "--seeds", 1]):
        done = run(*command, "prices.csv", "--label", "price")
        assert done.exit_code == 2
        assert "'price' holds 50 different whole numbers" in done.stderr
        assert "--task regression" in done.stderr
    done = run("query", "prices.csv", "--label", "price", "--task", "regression", "-n", 1)
    assert done.exit_code == 0
    done = run("query", "prices.csv", "--label", "price", "--task", "classification", "-n", 1)
    assert "50 classes." in done.stderr  # as they said
    table.assign(age=[*range(25), *range(25), *[None] * 10]).to_csv("ages.csv", index=False)
    done = run("query", "ages.csv", "--label", "age", "-n", 1)
    assert "25 classes (whole numbers; --task regression takes them as numbers)." in done.stderr


# ------------------------------------------------------------------ places to write to
def test_links_and_pipes_stay(folder):
    (folder / "real.csv").write_text("before")
    (folder / "link.csv").symlink_to("real.csv")
    with whole("link.csv") as path:
        path.write_text("after")
    assert (folder / "link.csv").is_symlink()
    assert (folder / "real.csv").read_text() == "after"
    os.mkfifo("pipe")
    people(labelled=0.3).to_csv("people.csv", index=False)
    reading = subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE, text=True)
    done = run("query", "people.csv", "--label", "mood", "-n", 3, "-o", "pipe")
    assert done.exit_code == 0
    assert len(pd.read_csv(io.StringIO(reading.communicate()[0]))) == 3
    assert not (folder / "pipe").is_file()
    assert run("query", "people.csv", "--label", "mood", "-o", os.devnull).exit_code == 0
    assert Path(os.devnull).is_char_device()


def test_places_are_checked_before_any_work(folder, monkeypatch):
    people().to_csv("people.csv", index=False)
    (folder / "out" / "table.csv").mkdir(parents=True)
    done = run("compare", "people.csv", *COMPARE, "-o", "out")
    assert done.exit_code == 2
    assert "out/table.csv cannot be written: it is a folder" in done.stderr
    assert not (folder / "out" / "replays.jsonl").exists()
    assert run("compare", "people.csv", *COMPARE, "-o", "people.csv").exit_code == 2
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Trouble, match="may not write"):
        check_place("new.csv")


def test_no_file_is_replaced_unasked(folder):
    people(60, labelled=0.5).to_csv("people.csv", index=False)
    (folder / "link.csv").symlink_to("people.csv")
    os.link("people.csv", "twin.csv")
    (folder / "next.csv").write_text("labels of a whole day")
    before = (folder / "people.csv").read_bytes()
    ask = ["query", "people.csv", "--label", "mood", "-n", 2, "-o"]
    for same in ("people.csv", "./people.csv", folder / "people.csv", "link.csv", "twin.csv"):
        for force in ([], ["--force"]):
            done = run(*ask, same, *force)
            assert done.exit_code == 2
            assert "is the file that is read" in done.stderr
    assert (folder / "people.csv").read_bytes() == before
    done = run(*ask, "next.csv")
    assert done.exit_code == 2
    assert "name another file, or say --force" in done.stderr
    assert (folder / "next.csv").read_text() == "labels of a whole day"
    assert run(*ask, "next.csv", "--force").exit_code == 0
    assert len(pd.read_csv("next.csv")) == 2


def test_compare_replaces_only_what_it_wrote(folder):
    people(60).to_csv("people.csv", index=False)
    (folder / "out").mkdir()
    people(60).to_csv("out/table.csv", index=False)
    for file in ("people.csv", "out/table.csv"):
        done = run("compare", file, *COMPARE, "-o", "out")
        assert done.exit_code == 2
        assert "another" in done.stderr
    (folder / "out" / "replays.jsonl").touch()
    done = run("compare", "out/table.csv", *COMPARE, "-o", "out")
    assert "would replace the file that is read" in done.stderr
    assert len(pd.read_csv("out/table.csv")) == 60


@pytest.mark.parametrize("name", ["next.tsv", "next.TSV.gz"])
def test_tsv_has_tabs(folder, name):
    people(60, labelled=0.5).to_csv("people.csv", index=False)
    assert run("query", "people.csv", "--label", "mood", "-n", 2, "-o", name).exit_code == 0
    compression = "gzip" if name.endswith("gz") else None
    assert "code" in pd.read_csv(name, sep="\t", compression=compression).columns


@pytest.mark.parametrize("name", ["next.xlsx", "next", "next.txt", "next.csv.zip", "next.pq.gz"])
def test_names_that_say_no_known_kind_of_table(folder, name):
    people(60, labelled=0.5).to_csv("people.csv", index=False)
    done = run("query", "people.csv", "--label", "mood", "-o", name)
    assert done.exit_code == 2
    assert "end its name in .csv, .tsv" in done.stderr


def test_parquet_is_looked_for_before_the_work(folder, monkeypatch):
    people(60, labelled=0.5).to_csv("people.csv", index=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (folder / "people.parquet").touch()
    for arguments in (["people.csv", "-o", "next.parquet"], ["people.parquet"]):
        done = run("query", *arguments, "--label", "mood")
        assert done.exit_code == 2
        assert 'pip install "skal[parquet]"' in done.stderr


# ------------------------------------------------------------------ labels
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_words_that_mean_no_label(folder, suffix):
    table = people(90, labelled=0.5)
    table["mood"] = table["mood"].fillna("NA")
    table.loc[:3, "mood"] = "?"
    name = f"people.{suffix}"
    table.to_csv(name, index=False) if suffix == "csv" else table.to_parquet(name)
    ask = ["query", name, "--label", "mood"]
    done = run(*ask)
    assert done.exit_code == 2
    assert "'?', 'NA' are taken for classes: --missing '?,NA' if they mean no label" in done.stderr
    for missing in (["--missing", "?,NA"], ["--missing", "?", "--missing", "NA, gone"]):
        done = run(*ask, *missing, "-n", 3)
        assert done.exit_code == 0
        assert "mood has 3 classes." in done.stderr
    assert "'NA' is taken for a class: --missing NA" in run(*ask, "--missing", "?", "-n", 1).stderr
    done = run("compare", name, "--label", "mood", "--missing", "NA,low,middle,?")
    assert "Only one class is known (high)" in done.stderr


@pytest.mark.parametrize("missing", ["-1", "-1.0"])
def test_a_number_that_means_no_label(folder, missing):
    for labels in (["-1", "3", "4", ""], ["-1", "3.5", "4", ""]):
        y = table_of("a,y\n" + "".join(f"{i},{x}\n" for i, x in enumerate(labels)), missing=[missing]).y  # fmt: skip
        assert y.isna().tolist() == [True, False, False, True]


def test_rows_to_begin_with(folder):
    people(90).assign(mood=None).to_csv("people.csv", index=False)
    people(90).assign(mood=None).to_parquet("people.parquet")
    for name in ("people.csv", "people.parquet"):
        ask = ["query", name, "--label", "mood", "-n", 4]
        done = run(*ask)
        assert done.exit_code == 0
        assert "90 rows, 0 labelled: mood has no label yet." in done.stderr
        assert "asked by Random() without a model. No label is filled in" in done.stderr
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


# ------------------------------------------------------------------ columns and names
@pytest.mark.parametrize(
    "name",
    [
        "Oracle", "WrongPrediction", "FisherKernel", "GoalInfluence", "Shortlist(GoalInfluence())",
        "Stages([(0, Random), (9, Oracle)])", "GoalInfluence(goal='entropy', label='oracle')",
        "FisherKernel(pseudo_label='oracle')",
    ],
)  # fmt: skip
def test_strategies_that_a_file_cannot_serve(name):
    with pytest.raises(Trouble, match="trusted holdout or the true labels"):
        parse_strategies(name)
    assert not {"Oracle", "WrongPrediction", "FisherKernel"} & set(KNOWN)


@pytest.mark.parametrize(
    "strategy",
    [
        "Random)+(Margin", "", "Shortlist(3)", "Shortlist(Margin(), factor={[]: 1})", "-'a'",
        "Margin(**{})", "Stages(7)",
    ],
)  # fmt: skip
def test_what_is_no_strategy(strategy):
    with pytest.raises(Trouble):
        parse_strategies(strategy)


def test_sentences_about_strategies():
    with pytest.raises(Trouble, match=r"no strategy Margn: did you mean Margin\? There are Badge"):
        parse_strategies("Margn")
    with pytest.raises(Trouble, match=r"no parameter 'epochs': it is called 'max_epochs' now\.$"):
        parse_strategies("Vaal(epochs=3)")
    with pytest.raises(Trouble, match="The 'draws' parameter of Entropy must be an int"):
        parse_strategies("Entropy(draws=True)")
    with pytest.raises(Trouble, match="no strategy Xyzzy: there are Badge"):
        parse_strategies("Xyzzy")


def test_the_best_known_strategy_by_default(folder):
    table = people(labelled=0.3)
    table.to_csv("people.csv", index=False)
    table["mood"] = np.where(table["mood"].isna(), np.nan, table["age"].fillna(0) + 0.5)
    table.to_csv("prices.csv", index=False)
    for name, estimator, strategy in (
        ("people.csv", "linear", "Spread(factor=20, strategy=Margin())"),
        ("people.csv", "forest", "Margin()"),
        ("prices.csv", "linear", "Spread(strategy=Random())"),
        ("prices.csv", "forest", "Random()"),
    ):
        done = run("query", name, "--label", "mood", "-n", 2, "--estimator", estimator)
        assert f"asked by {strategy}" in done.stderr
        assert ("score" in done.stdout.splitlines()[0]) == ("Random" not in strategy)


@pytest.mark.parametrize(
    "strategy",
    [name for name in KNOWN if name not in {"Bald", "Vaal", "VariationRatio", "GoalInfluence"}],
)
def test_every_strategy_that_is_offered_runs_or_says_why(folder, strategy):
    people(60, labelled=0.5).to_csv("people.csv", index=False)
    done = run("query", "people.csv", "--label", "mood", "-n", 2, "--strategy", strategy)
    assert done.exit_code in (0, 2)
    for python in ("X_val", "initial=", "replay_budget", "surrogate=", "strategy="):
        assert python not in done.stderr or done.exit_code == 0


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


@pytest.mark.parametrize(
    ("name", "cells", "left_out"),
    [
        ("number", [3, 1, 2, 5, 4], True),
        ("price", [3, 1, 2, 6, 4], False),
        ("price", [3, 1, 2, 4, 4], False),
        ("price", [3.0, 1.0, 2.0, 5.0, 4.0], False),
        ("id", [10, 20, 40, 90, 70], True),
        ("customer_id", [10, 20, 40, None, 70], True),
        ("customerId", [10, 20, 40, 90, 90], False),
        ("customerId", ["x", "y", "z", "u", None], True),
        ("IDnumber", [10, 20, 40, 90, 70], True),
        ("ID", ["x", "y", "z", "u", "w"], True),
        ("Unnamed: 0", [10, 20, 40, 90, 70], True),
        ("key", [10, 20, 40, 90, 70], True),
        ("index", [1.5, 2.5, 4.5, 9.5, 7.5], False),
        ("IDLE_TIME", [10, 20, 40, 90, 70], False),
        ("paid", [10, 20, 40, 90, 70], False),
        ("width", [10, 20, 40, 90, 70], False),
        ("word", ["x", "y", "z", "u", "w"], True),
        ("word", ["x", "y", "z", "u", None], False),
        ("note id", [f"four words for {i}" for i in range(5)], False),
        ("id", pd.array([10, 20, 40, None, 70], dtype="Int64"), True),
    ],
)  # fmt: skip
def test_identifiers_are_left_out(name, cells, left_out):
    assert kinds_of_columns(pd.DataFrame({name: cells}))["left out"] == [name] * left_out


def test_very_many_columns_are_counted(folder):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(30, 20)).round(1)).add_prefix("c")
    table.assign(mood=[*"uv" * 5, *[None] * 20]).to_csv("wide.csv", index=False)
    done = run("query", "wide.csv", "--label", "mood", "-n", 1)
    assert (
        "20 numeric (c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 and 8 more)." in done.stderr
    )


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
            **{"saved": 0.43, "saved_low": -0.1, "saved_high": 0.6, "n_seeds": 5},
        },
        index=["QueryByCommittee"],
    )
    written = io.StringIO()
    Console(width=80, file=written).print(_as_text(figures, "accuracy", 200))
    row = written.getvalue().splitlines()[-2]
    for cell in ("QueryByCommittee", "0.855 (0.500 to 0.900)", "43% (-10% to 60%)"):
        assert cell in row


def test_one_is_not_several():
    assert [counted(n, "class", "classes") for n in (1, 2, 1000)] == [
        "1 class",
        "2 classes",
        "1,000 classes",
    ]
    assert counted(1, "seed") == "1 seed"


def test_errors_speak_of_the_command_line():
    for sentence, said in (
        ("Only this: raise replay_budget=20, or give labels of more classes.", "raise --budget"),
        ("so: label more rows first, or set initial= to a strategy that asks without a model, such as Random().", "so: label more rows first."),
        ("Label more rows first, or pass X_val= and y_val=.", "Label more rows first."),
        ("batch_size=3 is wrong", "--batch-size 3 is wrong"),
    ):  # fmt: skip
        with pytest.raises(Trouble) as raised, told():
            raise ValueError(sentence)
        assert said in raised.value.message
    with pytest.raises(Trouble, match="pip install"), told():
        raise ImportError('Vaal trains nets with torch: pip install "skal[nets]".')
