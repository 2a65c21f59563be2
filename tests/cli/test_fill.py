"""Labels that somebody filled in, put back: round after round, and nothing lost."""

import gzip
import os
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")
from click.testing import CliRunner

from skal.cli import skal

TRUTH = np.array(["low", "high", "middle"])[np.arange(60) % 3]


def run(*arguments):
    return CliRunner().invoke(skal, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture
def people(tmp_path, monkeypatch):
    """A table without labels, in a folder to work in."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "code": [f"c{i}" for i in rng.permutation(60)],
            "age": (rng.normal(size=60) + np.arange(60) % 3).round(2),
            "row": rng.choice(["front", "back"], 60),
            "mood": None,
        }
    )
    table.to_csv("people.csv", index=False)
    return table


def answered(name, labels, to=None, **options):
    """Fill in an answer's labels, as a person with a spreadsheet would."""
    table = pd.read_parquet(name) if name.endswith("parquet") else pd.read_csv(name, **options)
    assert table.columns[-1] == "mood"
    assert table["mood"].isna().all()
    table = table.assign(mood=labels(table))
    if name.endswith("parquet"):
        table.to_parquet(to or name)
    else:
        table.to_csv(to or name, index=False, **options)


def truth(table):
    return TRUTH[table["skal_row"]]


@pytest.mark.parametrize(("suffix", "by_id"), [("csv", False), ("csv", True), ("parquet", False)])
def test_round_after_round(people, suffix, by_id):
    file, asked = f"people.{suffix}", f"next.{suffix}"
    people.to_parquet("people.parquet")
    ways = ["--label", "mood", *(["--id", "code"] if by_id else [])]
    places = dict(zip(people["code"], range(60), strict=True))
    for number in range(1, 4):
        assert run("query", file, *ways, "-n", 7, "-o", asked, "--force").exit_code == 0
        answered(asked, lambda t: TRUTH[t["code"].map(places)])
        done = run("fill", file, asked, *ways, "-o", file, "--force")
        assert done.exit_code == 0
        assert f"7 new labels: {7 * number} of 60 rows" in done.stderr
    table = pd.read_csv(file) if suffix == "csv" else pd.read_parquet(file)
    known = table["mood"].notna()
    assert (table["mood"][known] == TRUTH[known]).all()
    pd.testing.assert_frame_equal(table.drop(columns="mood"), people.drop(columns="mood"))
    assert run("fill", file, asked, *ways, "-o", f"again.{suffix}").exit_code == 0  # the same


def test_cells_stay_as_they_were_written(people):
    lines = [
        "a;b;mood",
        *(f"0{i},50;{i % 3} apples;{'uv'[i % 2] if i < 4 else ''}" for i in range(9)),
    ]
    with open("people.csv", "w", newline="") as file:
        file.write("\n".join(lines) + "\n")
    run("query", "people.csv", "--label", "mood", "-n", 2, "-o", "next.csv")
    asked = pd.read_csv("next.csv", sep=";", dtype=str).assign(mood=["w", None])
    asked.to_csv("next.csv", sep=";", index=False)
    done = run("fill", "people.csv", "next.csv", "--label", "mood", "-o", "filled.csv")
    assert "1 new label: 5 of 9 rows of filled.csv are labelled." in done.stderr
    assert "1 row of next.csv has no label yet." in done.stderr
    assert "New classes: 'w'" in done.stderr
    row = int(asked["row"][0]) + 1
    lines[row] += "w"
    assert Path("filled.csv").read_text().splitlines() == lines


def test_what_a_spreadsheet_writes_in_its_own_way(people):
    people.assign(happy=[True, False] * 30, price="1.50").to_csv("people.csv", index=False)
    run("query", "people.csv", "--label", "mood", "-n", 4, "-o", "next.csv")
    asked = pd.read_csv("next.csv").assign(mood="low", price="1.5", note="was ill")
    asked["happy"] = asked["happy"].map({True: "TRUE", False: "FALSE"})
    asked.sort_values("age").to_csv("next.csv", index=False)
    done = run("fill", "people.csv", "next.csv", "--label", "mood", "-o", "filled.csv")
    assert done.exit_code == 0
    table = pd.read_csv("filled.csv")
    assert sorted(np.flatnonzero(table["mood"].notna())) == sorted(asked["skal_row"])


@pytest.mark.parametrize(
    ("change", "more", "message"),
    [
        (lambda t: t.assign(mood=None), [], "Column 'mood' of next.csv has no label yet"),
        (lambda t: t.assign(age=t["age"][::-1].values), [], "is not the row of the file: age is"),
        (lambda t: t.assign(skal_row=99), [], "names row '99', and the file has rows 0 to 59"),
        (lambda t: t.assign(skal_row="x"), [], "names row 'x'"),
        (lambda t: t.drop(columns="skal_row"), [], "no column 'skal_row': add --id COLUMN"),
        (lambda t: t.drop(columns="mood"), [], "has no column 'mood'"),
        (lambda t: t.assign(code="zz"), ["--id", "code"], "code 'zz' is in no rows of people.csv"),
        (lambda t: t, ["--id", "row"], "rows of people.csv, not in one"),
        (lambda t: pd.concat([t, t.assign(mood="high")]), [], "has two labels, 'low' and 'high'"),
        (lambda t: t, ["-o", "new.parquet"], "must have the same kind"),
        (lambda t: t, ["-o", "next.csv", "--force"], "is the file that this command reads"),
        (lambda t: t, ["-o", "people.csv"], "add --force"),
    ],
)  # fmt: skip
def test_nothing_is_written_where_labels_may_be_wrong(people, change, more, message):
    run("query", "people.csv", "--label", "mood", "-n", 4, "-o", "next.csv")
    change(pd.read_csv("next.csv").assign(mood="low")).to_csv("next.csv", index=False)
    before = {name: Path(name).read_text() for name in os.listdir()}
    done = run("fill", "people.csv", "next.csv", "--label", "mood", "-o", "new.csv", *more)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
    assert {name: Path(name).read_text() for name in os.listdir()} == before


def test_known_labels_stay(people):
    run("query", "people.csv", "--label", "mood", "-n", 4, "-o", "next.csv")
    answered("next.csv", truth, "true.csv")
    answered("next.csv", lambda table: "other")
    run("fill", "people.csv", "true.csv", "--label", "mood", "-o", "filled.csv")
    done = run("fill", "filled.csv", "next.csv", "--label", "mood", "-o", "new.csv")
    assert done.exit_code == 2
    assert "has two labels" in done.stderr


@pytest.mark.parametrize("known", [[1, 2], [0.5, 2.5], [True, False]])
def test_labels_of_a_typed_file_keep_their_type(people, known):
    labels = pd.Series([*known * 10, *[None] * 40], dtype=object)
    people.assign(mood=labels.convert_dtypes()).to_parquet("people.parquet")
    run("query", "people.parquet", "--label", "mood", "-n", 4, "-o", "next.csv")
    answered("next.csv", lambda table: known[0])
    done = run("fill", "people.parquet", "next.csv", "--label", "mood", "-o", "new.parquet")
    assert done.exit_code == 0
    mood = pd.read_parquet("new.parquet")["mood"]
    assert mood.notna().sum() == 24
    assert set(mood.dropna()) == set(known)
    pd.read_csv("next.csv").assign(mood="maybe").to_csv("next.csv", index=False)
    done = run("fill", "people.parquet", "next.csv", "--label", "mood", "-o", "bad.parquet")
    assert done.exit_code == 2
    assert "Label 'maybe' is not of the type of the other labels" in done.stderr


def test_no_other_byte_of_a_file_changes(people):
    content = b'\xef\xbb\xbf,a,a,"mood"\r\n"x\ry",1,1.50,"low"\r\n\r\n007, ,TRUE,""\r\n,,,"low"\r\n'
    Path("odd.csv").write_bytes(content)
    Path("next.csv").write_bytes(b"\xef\xbb\xbfrow;mood\r\n1;high\r\n")  # as Excel saves it
    os.chmod("odd.csv", 0o600)
    for output in ("new.csv", "new.csv.gz"):
        # a name that differs in nothing but the compression holds the same content
        done = run("fill", "odd.csv", "next.csv", "--label", "mood", "-o", output)
        assert done.exit_code == 0
        made = gzip.decompress(Path(output).read_bytes()) if output.endswith("gz") else Path(output).read_bytes()  # fmt: skip
        assert made == content.replace(b'TRUE,""', b'TRUE,"high"')
        assert os.stat(output).st_mode & 0o777 == 0o600


def test_workbooks_there_and_back(people):
    people.assign(when=pd.Timestamp("2024-03-01")).to_excel("people.xlsx", index=False)
    ways = ["--label", "mood", "--id", "code"]
    assert run("query", "people.xlsx", *ways, "-n", 3, "-o", "next.xlsx").exit_code == 0
    asked = pd.read_excel("next.xlsx")
    asked.assign(mood="low").to_excel("next.xlsx", index=False)
    done = run("fill", "people.xlsx", "next.xlsx", *ways, "-o", "new.xlsx")
    assert done.exit_code == 0, done.stderr
    made = pd.read_excel("new.xlsx")
    assert made.loc[made["code"].isin(asked["code"]), "mood"].tolist() == ["low"] * 3
    before = pd.read_excel("people.xlsx")
    pd.testing.assert_frame_equal(made.drop(columns="mood"), before.drop(columns="mood"))
    assert run("compare", "new.xlsx", "--label", "when").exit_code == 2


def test_what_to_type_next_works(people):
    done = run("query", "people.csv", "--label", "mood", "-n", 3, "-o", "next.csv")
    answered("next.csv", truth)
    said = done.stderr.splitlines()[-1]
    assert said.startswith("Fill in column mood of next.csv, then run: skal fill ")
    done = run(*shlex.split(said.partition("skal ")[2]))
    assert done.exit_code == 0
    assert Path("people-2.csv").exists()
    again = shlex.split(done.stderr.splitlines()[-1].partition("skal ")[2])
    done = run(*again)
    assert done.exit_code == 0
    assert "-o people-3.csv" in done.stderr


def test_columns_of_one_name(people):
    Path("twice.csv").write_text("mood,mood,a\nlow,,1\n")
    Path("next.csv").write_text("row,mood\n0,low\n")
    done = run("fill", "twice.csv", "next.csv", "--label", "mood", "-o", "new.csv")
    assert done.exit_code == 2
    assert "has 2 columns 'mood': rename one" in done.stderr
    Path("none.csv").write_text(",a\nlow,1\n")
    done = run("query", "none.csv", "--label", "Unnamed: 0")
    assert "has no name over column 'Unnamed: 0'" in done.stderr


def test_labels_are_corrected_where_that_is_said(people):
    known = people.assign(mood=TRUTH)
    known.to_csv("people.csv", index=False)
    wrong = known.assign(row=range(60)).iloc[10:40].drop(columns=["code", "age"])
    wrong.assign(mood="low").to_csv("next.csv", index=False)
    known.drop(columns="row").to_csv("people.csv", index=False)
    way = ["fill", "people.csv", "next.csv", "--label", "mood", "-o", "new.csv"]
    done = run(*way)
    assert done.exit_code == 2
    assert "add --correct to take the label of the answers" in " ".join(done.stderr.split())
    assert not Path("new.csv").exists()
    done = run(*way, "--correct")
    assert done.exit_code == 0
    assert "0 new labels: 60 of 60 rows" in done.stderr
    assert "Corrected: 20 labels.\n  Row 10: 'high' → 'low'\n" in done.stderr
    assert done.stderr.count("→") == 20
    made = pd.read_csv("new.csv")["mood"]
    assert made.tolist() == [*TRUTH[:10], *["low"] * 30, *TRUTH[40:]]


def test_of_many_corrections_the_first_are_told(people):
    people.drop(columns="row").assign(mood="low").to_csv("people.csv", index=False)
    answers = people[["code"]].assign(mood=[*["high"] * 25, *["low"] * 35])
    answers.to_csv("next.csv", index=False)
    way = ["fill", "people.csv", "next.csv", "--label", "mood", "--id", "code", "-o", "new.csv"]
    done = run(*way, "--correct")
    assert done.stderr.count("→") == 20
    assert f"  code {people['code'][0]}: 'low' → 'high'\n" in done.stderr
    assert "  and 5 more\n" in done.stderr
    again = pd.concat([answers, answers.assign(mood="low")])  # answers that contradict themselves
    again.to_csv("next.csv", index=False)
    done = run(*way, "--correct", "--force")
    assert done.exit_code == 2
    assert "has two labels, 'high' and 'low': correct one." in done.stderr


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_rows_that_nobody_can_tell_are_remembered(people, suffix):
    table, name = people.drop(columns="row"), f"people.{suffix}"
    write = {"csv": table.to_csv, "xlsx": table.to_excel, "parquet": table.to_parquet}[suffix]
    write(name, index=False)
    read = {"csv": pd.read_csv, "xlsx": pd.read_excel, "parquet": pd.read_parquet}[suffix]
    skip = ["--label", "mood", "--skip-word", "?,blurred"]
    seen = set()
    for number in range(4):
        done = run("query", name, *skip, "-n", 6, "-o", "next.csv", "--force")
        assert done.exit_code == 0, done.stderr
        asked = pd.read_csv("next.csv")
        assert not seen & set(asked["row"])
        seen |= set(asked["row"])
        told = TRUTH[asked["row"]].astype(object)
        told[:2] = ["?", "blurred"]
        asked.assign(mood=told).to_csv("next.csv", index=False)
        done = run("fill", name, "next.csv", *skip, "-o", name, "--force")
        assert done.exit_code == 0, done.stderr
        n = number + 1
        counts = f"4 new labels: {4 * n} of 60 rows of {name} are labelled, {2 * n} that nobody"
        assert counts in done.stderr
        assert "New classes: '?'" not in done.stderr
        assert "--skip-word '?,blurred'" in done.stderr
    mood = read(name)["mood"]
    assert mood.value_counts()[["?", "blurred"]].tolist() == [4, 4]
    assert set(mood.dropna().index) == seen
    Path("late.csv").write_text(f"row,mood\n{asked['row'][0]},low\n{asked['row'][1]},?\n")
    done = run("fill", name, "late.csv", *skip, "-o", f"new.{suffix}")  # somebody else can tell
    assert "1 new label: 17 of 60 rows" in done.stderr
    Path("late.csv").write_text(f"row,mood\n{asked['row'][5]},?\n")
    done = run("fill", name, "late.csv", *skip, "-o", f"never.{suffix}")
    assert f"has two labels, '{told[5]}' and '?'" in done.stderr
    done = run("fill", name, "late.csv", *skip, "-o", f"less.{suffix}", "--correct")
    assert "0 new labels: 15 of 60 rows" in done.stderr
    assert f"'{told[5]}' → '?'" in done.stderr


def test_words_in_columns_of_numbers(people):
    table = people.drop(columns="row").assign(mood=[*range(2), *[None] * 58])
    table["mood"] = table["mood"].astype("Int64")
    table.to_parquet("people.parquet")
    table.to_excel("people.xlsx", index=False)
    way = ["--label", "mood", "--skip-word"]
    Path("next.csv").write_text("row,mood\n5,?\n6,1\n")
    done = run("fill", "people.parquet", "next.csv", *way, "?", "-o", "new.parquet")
    assert done.exit_code == 2
    assert (
        "holds labels such as 0, and cannot hold '?': use a --skip-word of this type" in done.stderr
    )
    done = run("fill", "people.xlsx", "next.csv", *way, "?", "-o", "new.xlsx")
    assert done.exit_code == 0
    assert pd.read_excel("new.xlsx")["mood"][[0, 1, 5, 6]].tolist() == [0, 1, "?", 1]
    done = run("query", "new.xlsx", *way, "?", "-n", 99)
    assert "60 rows, 3 labelled, 1 that nobody could tell: mood has 2 classes." in done.stderr
    assert "56 of 56 rows" in done.stderr
    Path("next.csv").write_text("row,mood\n5,-1\n6,1\n")
    done = run("fill", "people.parquet", "next.csv", *way, "-1", "-o", "new.parquet")
    assert done.exit_code == 0
    done = run("query", "new.parquet", *way, "-1", "-n", 99)
    assert "60 rows, 3 labelled, 1 that nobody could tell" in done.stderr


def test_words_before_labels_in_a_typed_file(people):
    people.drop(columns="row").to_parquet("people.parquet")
    Path("next.csv").write_text("row,mood\n5,?\n6,1\n")
    way = ["--label", "mood", "--skip-word", "?"]
    assert run("fill", "people.parquet", "next.csv", *way, "-o", "new.parquet").exit_code == 0
    Path("next.csv").write_text("row,mood\n7,2\n")
    done = run("fill", "new.parquet", "next.csv", *way, "-o", "newer.parquet")
    assert done.exit_code == 0, done.stderr
    assert pd.read_parquet("newer.parquet")["mood"][[5, 6, 7]].tolist() == ["?", "1", "2"]


def test_words_that_look_like_no_answer_are_told(people):
    people.drop(columns="row").assign(mood=[*["low"] * 2, *[None] * 58]).to_csv("people.csv")
    Path("next.csv").write_text("row,mood\n5,?\n")
    done = run("fill", "people.csv", "next.csv", "--label", "mood", "-o", "new.csv")
    assert "New classes: '?'." in done.stderr
    assert "--skip-word '?' if it means that nobody can tell" in done.stderr
    done = run("query", "new.csv", "--label", "mood", "--missing", "?", "--skip-word", "?")
    assert done.exit_code == 2
    assert "'?' cannot be a word of both --missing" in done.stderr


@pytest.mark.parametrize("dtype", ["float32", "Float32", "float16"])
@pytest.mark.parametrize("digits", [None, 17], ids=["as written", "as a spreadsheet"])
def test_numbers_of_few_bits_come_back(folder, dtype, digits):
    pytest.importorskip("pyarrow")
    table = pd.DataFrame({"wave": np.linspace(0.1, 3, 30), "kind": None}).astype({"wave": dtype})
    table["kind"] = table["kind"].astype("string")
    table.to_parquet("waves.parquet")
    assert run("query", "waves.parquet", "--label", "kind", "-n", "5", "-o", "next.csv").exit_code == 0  # fmt: skip
    answers = pd.read_csv("next.csv", dtype={"wave": str}).assign(kind="sine")
    if digits:
        answers["wave"] = [repr(float(table["wave"][row])) for row in answers["row"]]
    answers.to_csv("next.csv", index=False)
    arguments = ("fill", "waves.parquet", "next.csv", "--label", "kind", "-o", "new.parquet")
    done = run(*arguments)
    assert done.exit_code == 0, done.output
    assert (pd.read_parquet("new.parquet")["kind"].dropna().index == sorted(answers["row"])).all()
    answers.assign(wave=answers["wave"].astype(float) * 1.01).to_csv("next.csv", index=False)
    refused = run(*arguments, "--force")
    assert refused.exit_code == 2
    assert "is not the row of the file: wave is" in refused.stderr
