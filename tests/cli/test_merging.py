"""Classes merged as `--merge` says, in the file or in what is read of it only."""

import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")

from skal.cli.merging import merged, pairs_of
from skal.cli.trouble import Trouble
from tests.cli.people import people, run, table_of

MESSY = {0: "high ", 1: "High", 2: "HIGH", 3: "hi gh"}


def messy():
    table = people(60, labelled=0.5)
    table.loc[:29, "mood"] = np.array(["low", "high", "middle"])[np.arange(30) % 3]
    for row, label in MESSY.items():
        table.loc[row, "mood"] = label
    return table


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_the_command_that_is_told_changes_these_cells_only(folder, encoding):
    table = messy().assign(note='Grüße; "an"\nalle')
    text = table.to_csv(index=False, sep=";", lineterminator="\r\n")
    content = text.encode(encoding)
    Path("people.csv").write_bytes(content)
    done = run("query", "people.csv", "--label", "mood", "--id", "code", "-n", 2)
    told = "likely one in several spellings: 'high' (16), 'HIGH' (1), 'High' (1), 'hi gh' (1)."
    assert told in done.stderr
    line = next(line for line in done.stderr.splitlines() if line.startswith("To merge them: "))
    command = line.partition("skal ")[2].partition(" (the other ")[0]
    done = run(*shlex.split(command))
    assert done.exit_code == 0
    assert "3 labels merged: " in done.stderr
    made = Path("people-2.csv").read_bytes().decode(encoding)
    for spelling in ("HIGH", "High", "hi gh"):
        text = text.replace(f";{spelling}\r\n", ";high\r\n")
    assert made.encode(encoding) == text.encode(encoding)
    assert Path("people.csv").read_bytes() == content
    assert "spellings" not in run("query", "people-2.csv", "--label", "mood", "-n", 2).stderr


@pytest.mark.parametrize("suffix", ["xlsx", "parquet"])
def test_workbooks_and_parquet(folder, suffix):
    table, name, merges = (
        messy(),
        f"people.{suffix}",
        ["--merge", "High=high", "--merge", "HIGH=high"],
    )
    if suffix == "parquet":
        table.assign(mood=table["mood"].astype("category")).to_parquet(name)
    else:
        table.to_excel(name, index=False)
    read = pd.read_parquet if suffix == "parquet" else pd.read_excel
    done = run("fill", name, "--label", "mood", *merges, "-o", f"new.{suffix}")
    assert done.exit_code == 0, done.stderr
    before, now = read(name), read(f"new.{suffix}")
    pd.testing.assert_frame_equal(now.drop(columns="mood"), before.drop(columns="mood"))
    wanted = before["mood"].astype(object).replace({"High": "high", "HIGH": "high"})
    assert now["mood"].astype(object).equals(wanted)


def test_a_query_learns_from_merged_classes_and_leaves_the_file(folder):
    messy().to_csv("people.csv", index=False)
    before = Path("people.csv").read_bytes()
    merges = ["--merge", "High=high", "--merge", "HIGH=high", "--merge", "hi gh=high"]
    done = run("query", "people.csv", "--label", "mood", *merges, "-n", 3, "-o", "next.csv")
    assert "mood has 3 classes." in done.stderr
    assert "Merged: 'High' (1) is read as 'high'." in done.stderr
    assert Path("people.csv").read_bytes() == before
    pd.read_csv("next.csv").assign(mood=["High", "low", "middle"]).to_csv("next.csv", index=False)
    done = run(*shlex.split(done.stderr.splitlines()[-1].partition("skal ")[2]))  # merges too
    assert "3 new labels, 3 labels merged: " in done.stderr
    known = pd.read_csv("people-2.csv")["mood"].dropna().str.strip()
    assert set(known) == {"low", "middle", "high"}
    done = run("compare", "people.csv", "--label", "mood", *merges, "--budget", 1000)
    assert "--budget 1000 is too large" in done.stderr


def test_spellings_of_answers_are_told_before_anything_is_written(folder, monkeypatch):
    Path("file.csv").write_text("a,y\n1,AI\n2,AI\n3,no\n4,\n")
    Path("next.csv").write_text("row,y\n3,ai\n")

    def fail(*_):
        raise OSError("the disk is gone")

    monkeypatch.setattr("skal.files.csv_file.write_content", fail)
    done = run("fill", "file.csv", "next.csv", "--label", "y", "-o", "new.csv")
    assert done.exit_code == 2
    assert "one in several spellings: 'AI' (2), 'ai' (1)." in done.stderr
    assert "skal fill new.csv --label y --merge ai=AI -o new-2.csv" in done.stderr


@pytest.mark.parametrize(
    ("typed", "pairs"),
    [
        (["Ai=AI", " ai = AI"], {"Ai": "AI", "ai": "AI"}),
        (["x=1=y"], {"x=1": "y"}),  # x=1 is known
        (["y=x=1"], {"y": "x=1"}),
        (["x=1=x=2"], {"x=1": "x=2"}),
        (["q=x=1"], {"q": "x=1"}),
    ],
)
def test_what_is_typed(typed, pairs):
    assert pairs_of(typed, {"x=1", "y", "x=2"}) == pairs


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["Ai"], "--merge Ai: write FROM=TO"),
        (["=AI"], "write FROM=TO"),
        (["Ai="], "write FROM=TO"),
        (["a=b=c"], "write FROM=TO"),
        (["Ai=Ai"], "'Ai' cannot become itself"),
        (["a=b", "a=c"], "'a' cannot become both 'b' and 'c'"),
        (["a=b", "b=c"], "'a' becomes 'b', which becomes 'c': give the last one for both"),
        (["a=b", "b=a"], "'a' becomes 'b', which becomes 'a'"),
    ],
)
def test_what_cannot_be_done(typed, message):
    with pytest.raises(Trouble, match=message.replace("(", r"\(")):
        pairs_of(typed, set())


@pytest.mark.parametrize("word", ["nan", "NA", "?"])
def test_no_label_gets_lost(folder, word):
    table = table_of("a,y\n1,Ai\n2,AI\n", missing=["NA"], skip=["?"])
    with pytest.raises(Trouble, match="'Ai' cannot become"):
        merged([f"Ai={word}"], table)


def test_numbers_merge_as_numbers(folder):
    table = table_of("a;y\n1;2,50\n2;3,5\n3;2,5\n4;2,5\n")
    ((now, cells),) = merged(["3.5=2,5"], table)
    assert cells == {1: "2,5"}  # as most cells have it
    assert now.y.tolist() == [2.5] * 4
    table = table_of("a,y\n1,1\n2,three\n3,3\n")
    ((now, cells),) = merged(["three=3"], table)
    assert now.y.tolist() == [1, 3, 3]


def test_typed_columns_keep_their_type(folder):
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "y": pd.array([1, 2, None], "Int64")})
    frame.to_parquet("typed.parquet")
    way = ["fill", "typed.parquet", "--label", "y", "-o", "new.parquet", "--merge"]
    for bad, message in (("2=two", "Label 'two' is not of the type"), ("2=1.5", "1.5 cannot")):
        done = run(*way, bad)
        assert done.exit_code == 2
        assert message in done.stderr
    assert run(*way, "2=3").exit_code == 0
    made = pd.read_parquet("new.parquet")
    pd.testing.assert_frame_equal(made, frame.assign(y=pd.array([1, 3, None], "Int64")))


def test_nothing_to_merge(folder):
    Path("file.csv").write_text("a,y\n1,AI\n2,no\n3,\n")
    Path("next.csv").write_text("row,y\n2,AI\n")
    way = ["fill", "file.csv", "--label", "y", "-o", "new.csv"]
    done = run(*way, "--merge", "Ai=AI")
    assert done.exit_code == 2
    assert "Nothing to merge: no label reads 'Ai'." in done.stderr
    assert "No label is merged, so there is nothing to write." in done.stderr
    assert "Give the file ANSWERS with the new labels, or use --merge" in run(*way).stderr
    assert "which --correct needs" in run(*way, "--correct", "--merge", "AI=a").stderr
    done = run("fill", "file.csv", "next.csv", *way[2:], "--merge", "Ai=AI")  # told, and done
    assert done.exit_code == 0
    assert "no label reads 'Ai'" in done.stderr


def test_many_groups_are_told_in_part(folder):
    names = [f"kind {letter * 6}" for letter in "abcdefghijklm"]
    rows = [name for name in names for _ in range(4)] + [name.upper() for name in names]
    Path("file.csv").write_text(
        "a,y\n" + "".join(f"{i},{name}\n" for i, name in enumerate(rows)) + "99,\n"
    )
    done = run("query", "file.csv", "--label", "y", "-n", 1)
    assert "3 more groups are not shown." in done.stderr
    assert done.stderr.count("--merge 'KIND") == 10
