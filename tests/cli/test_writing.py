"""Files that are whole or absent, and replace nothing that somebody wrote."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("click")

from skal.cli.trouble import Trouble
from skal.cli.writing import check_place, whole
from tests.cli.people import COMPARE, people, run


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


def test_links_and_devices_stay(folder):
    (folder / "real.csv").write_text("before")
    (folder / "link.csv").symlink_to("real.csv")
    with whole("link.csv") as path:
        path.write_text("after")
    assert (folder / "link.csv").is_symlink()
    assert (folder / "real.csv").read_text() == "after"
    people(labelled=0.3).to_csv("people.csv", index=False)
    assert run("query", "people.csv", "--label", "mood", "-o", os.devnull).exit_code == 0
    assert Path(os.devnull).is_char_device()


def test_pipes_are_refused_but_for_those_of_the_shell(folder):
    os.mkfifo("pipe")
    people(labelled=0.3).to_csv("people.csv", index=False)
    for command in (
        ["query", "people.csv", "-o", "pipe"],
        ["query", "pipe"],
        ["fill", "people.csv", "pipe", "-o", "x.csv"],
    ):
        done = run(*command, "--label", "mood")
        assert done.exit_code == 2
        assert "pipe" in done.stderr
    skal = [sys.executable, "-m", "skal", "query", "/dev/stdin", "--label", "mood", "-n", "3", "-o"]
    done = subprocess.run(
        [*skal, "/dev/stdout"],
        input=(folder / "people.csv").read_text(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(io.StringIO(done.stdout))) == 3


def test_places_are_checked_before_any_work(folder, monkeypatch):
    people().to_csv("people.csv", index=False)
    (folder / "out" / "table.csv").mkdir(parents=True)
    done = run("compare", "people.csv", *COMPARE, "-o", "out")
    assert done.exit_code == 2
    assert "out/table.csv cannot be written: it is a folder" in done.stderr
    assert not (folder / "out" / "replays.jsonl").exists()
    assert run("compare", "people.csv", *COMPARE, "-o", "people.csv").exit_code == 2
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Trouble, match="no permission to write"):
        check_place("new.csv")


def test_no_file_is_replaced_unasked(folder):
    people(60, labelled=0.5).to_csv("people.csv", index=False)
    (folder / "link.csv").symlink_to("people.csv")
    os.link("people.csv", "twin.csv")
    (folder / "next.csv").write_text("labels of a whole day")
    before = (folder / "people.csv").read_bytes()
    ask = ["query", "people.csv", "--label", "mood", "-n", 2, "-o"]
    done = run(*ask, "x" * 300 + ".csv")
    assert done.exit_code == 2
    assert "name too long" in done.stderr
    for same in ("people.csv", "./people.csv", folder / "people.csv", "link.csv", "twin.csv"):
        for force in ([], ["--force"]):
            done = run(*ask, same, *force)
            assert done.exit_code == 2
            assert "is the file that this command reads" in done.stderr
    assert (folder / "people.csv").read_bytes() == before
    done = run(*ask, "next.csv")
    assert done.exit_code == 2
    assert "give another file, or add --force" in done.stderr
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
    assert "would replace the file that this command reads" in done.stderr
    assert len(pd.read_csv("out/table.csv")) == 60


@pytest.mark.parametrize("name", ["next.tsv", "next.TSV.gz"])
def test_tsv_has_tabs(folder, name):
    people(60, labelled=0.5).to_csv("people.csv", index=False)
    assert run("query", "people.csv", "--label", "mood", "-n", 2, "-o", name).exit_code == 0
    compression = "gzip" if name.endswith("gz") else None
    assert "code" in pd.read_csv(name, sep="\t", compression=compression).columns


@pytest.mark.parametrize("name", ["next.xls", "next", "next.txt", "next.csv.zip", "next.pq.gz"])
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
