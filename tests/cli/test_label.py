"""`skal label` on the command line: what it makes, what it refuses, and what it writes."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys

import pandas as pd
import pytest

pytest.importorskip("click")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
from click.testing import CliRunner

from skal.cli import opening, skal
from skal.labelling import Answer, Store


def run(*arguments):
    return CliRunner().invoke(skal, ["label", *map(str, arguments)], catch_exceptions=False)


def refused(*arguments):
    """The sentence of a command that is refused."""
    told = run(*arguments)
    assert told.exit_code == 2, told.output
    return told.output.removeprefix("Error: ").strip()


@pytest.fixture
def tickets(folder):
    path = folder / "tickets.csv"
    path.write_text("text,topic\n" + "".join(f"ticket {i},\n" for i in range(20)))
    (folder / "one.png").touch()
    return path


@pytest.fixture
def labelled(tickets):
    """The tickets, of which two have a label."""
    with Store.create(tickets, label="topic", classes=["a", "b"], seed=0) as store:
        store.desk.record(Answer(1, 1, "label", "a"))
        store.desk.record(Answer(2, 1, "label", "b"))
    return tickets


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Name one file or folder"),
        (("nowhere.csv", "--label", "topic"), "There is no file nowhere.csv"),
        (("tickets.csv",), "Name the column of the labels"),
        (("one.png",), "is one image or text: name the folder that holds all of them"),
        (("tickets.csv", "--label", "topic", "--id", "number"), "no column 'number'"),
        (("tickets.csv", "--label", "topic", "--strategy", "Margin, Random"), "name one"),
        (("tickets.csv", "--label", "topic", "--strategy", "Margn"), "did you mean Margin"),
        (("tickets.csv", "--label", "topic", "--classes", "x,X"), "'x' and 'X', which differ only"),
        (("tickets.csv", "--label", "topic", "--encoder", "clip"), "pixels, tfidf"),
        (("tickets.csv", "--label", "topic", "--encoder", "no.such:f"), "cannot be imported"),
        (("tickets.csv", "--label", "topic", "--force"), "belong to --export"),
        (("tickets.csv", "--export", "out.csv"), "has no labels yet"),
        (("tickets.csv", "--check"), "has no labels yet"),
        (("tickets.csv", "--demo"), "Name one file or folder"),
    ],
)
def test_what_is_refused_is_told(tickets, arguments, sentence):
    assert sentence in refused(*arguments)
    assert not (tickets.parent / "tickets.csv.skal").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--label", "other"), "was made with --label topic, not other"),
        (("--task", "regression"), "was made with --task classification"),
        (("--classes", "A"), "differs from the class 'a' only in case"),
        (("--strategy", "Bait", "--estimator", "forest"), "--estimator linear"),
        (("--export", "tickets.csv"), "tickets.csv"),
        (("--export", "out.txt"), "out.txt"),
    ],
)
def test_what_a_store_refuses_is_told(labelled, arguments, sentence):
    assert sentence in refused(labelled, *arguments)


def test_the_folder_one_is_in_has_a_name_too(folder, monkeypatch):
    (folder / "texts").mkdir()
    monkeypatch.chdir(folder / "texts")
    assert "texts has no rows: a folder needs images" in refused(".", "--classes", "a,b")


@pytest.fixture
def pool(folder):
    """Two Parquet files of 40 rows: a text and a vector, which tells the class."""
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    (folder / "pool").mkdir()
    for i in range(2):
        rows = range(40 * i, 40 * i + 40)
        texts = [f"row {row}, {'good' if row % 2 else 'bad'}" for row in rows]
        vectors = [[float(row % 2), row / 80] for row in rows]
        parquet.write_table(pa.table({"text": texts, "v": vectors}), f"pool/part-{i}.parquet")
    return folder / "pool"


@pytest.mark.parametrize(
    "how", [("pool/*.parquet",), ("pool/part-0.parquet", "pool/part-1.parquet"), ("pool",)]
)
def test_a_pool_is_named_in_three_ways(pool, how):
    with socket.create_server(("127.0.0.1", 0)) as taken:  # nothing is served
        port = ("--port", taken.getsockname()[1])
        run(*how, "--label", "kind", "--classes", "good,bad", *port)
        assert "is in use" in refused("pool/*.parquet", *port)
    with Store.open("pool.skal") as store:
        assert store.progress()["rows"] == 80
        assert store.desk.show([42])[0]["cells"] == {"text": "row 41, good"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("pool/*.parquet",), "skal label 'pool/*.parquet' --label COLUMN"),
        (("pool/no*.parquet", "--label", "kind"), "No Parquet file matches"),
        (("pool/part-0.parquet", "one.csv", "--label", "kind"), "takes one file, and got 2"),
        (("pool/*.parquet", "--label", "kind", "--encoder", "tfidf"), "has one already"),
    ],
)
def test_what_a_pool_is_refused_for(pool, arguments, sentence):
    (pool.parent / "one.csv").touch()
    assert sentence in refused(*arguments)


def test_labels_of_a_pool_for_the_other_commands(pool):
    """Exported labels are read by query, as --labels, and by train."""
    with Store.create("pool/*.parquet", label="kind", classes=["good", "bad"], seed=0) as store:
        for item in range(1, 13):
            store.desk.record(Answer(item, 1, "label", "bad" if item % 2 else "good"))
    assert "Wrote 12 labels" in run("pool/*.parquet", "--export", "done.csv").output
    runner = CliRunner()
    query = ["query", "pool/*.parquet", "--label", "kind", "--labels", "done.csv", "-n", "3"]
    told = runner.invoke(skal, query)
    assert "80 rows in 2 files, 12 labelled" in told.stderr
    asked = [int(line.split(",")[1]) for line in told.stdout.splitlines()[1:4]]
    assert min(asked) >= 12
    told = runner.invoke(skal, ["train", "done.csv", "--label", "kind", "-o", "kind.skops"])
    if told.exit_code == 0:  # skops is there
        assert "skal_who, skal_propensity" in told.stderr


def test_other_files_of_a_pool_than_those_of_its_store(pool):
    Store.create("pool/*.parquet", label="kind", seed=0).close()
    assert "keeps the labels of" in refused("pool/part-0*.parquet", "--label", "kind")


def test_a_file_that_was_added_to_a_pool(pool):
    Store.create("pool/*.parquet", label="kind", seed=0).close()
    shutil.copy(pool / "part-1.parquet", pool / "part-2.parquet")
    told = refused("pool/*.parquet", "--no-browser")
    assert "80 rows kept, 0 moved, 40 new, 0 gone" in told
    assert "--rebind" in told


def test_a_port_in_use(labelled):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"--port {port} is in use" in refused(labelled, "--port", port)


def test_classes_in_several_spellings_are_told_at_the_start(folder):
    rows = ["Bug", "bug", "bug", "bugs", "feature request", "feature reqest", "", ""]
    (folder / "messy.csv").write_text("text,topic\n" + "".join(f"t {r} x,{r}\n" for r in rows))
    with socket.create_server(("127.0.0.1", 0)) as taken:  # nothing is served
        told = run("messy.csv", "--label", "topic", "--port", taken.getsockname()[1]).output
    assert "likely one in several spellings: 'bug' (2), 'Bug' (1), 'bugs' (1)." in told
    assert "skal fill messy.csv --label topic --merge Bug=bug --merge bugs=bug" in told


def test_whole_numbers_as_classes_are_doubted(folder):
    (folder / "houses.csv").write_text(
        "area,price\n" + "".join(f"{i},{i % 12}\n" for i in range(40))
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:  # nothing is served
        port = taken.getsockname()[1]
        told = run("houses.csv", "--label", "price", "--port", port).output
        assert "price has 12 whole numbers as classes" in told
        assert "--task regression" in told
        sure = run("houses.csv", "--task", "classification", "--port", port).output
    assert "whole numbers" not in sure


def test_a_guessed_encoding_is_told(folder):
    (folder / "mails.csv").write_bytes("Nachricht;Thema\nGrüße;\n".encode("cp1252"))
    with socket.create_server(("127.0.0.1", 0)) as taken:  # nothing is served
        told = run("mails.csv", "--label", "Thema", "--port", taken.getsockname()[1]).output
    assert "mails.csv is not in UTF-8; it is read as Windows-1252" in told


def test_a_store_of_a_later_version(labelled):
    import sqlite3

    base = sqlite3.connect(labelled.parent / "tickets.csv.skal" / "store.db")
    base.execute("PRAGMA user_version = 99")
    with base:
        base.execute("UPDATE meta SET schema_version = 99")
    base.close()
    assert "skal" in refused(labelled, "--no-browser")


def test_a_file_that_has_changed(labelled):
    labelled.write_text(labelled.read_text().replace("ticket 5", "a new one"))
    told = refused(labelled, "--no-browser")
    assert "19 rows kept, 0 moved, 1 new, 1 gone" in told
    assert "--rebind" in told
    with Store.open(labelled.parent / "tickets.csv.skal") as store:
        kept = store.folder / "cache/features-1-1.npy"
        kept.touch()
        assert "taken as it is now" in opening.check_source(store, True)
        assert not kept.exists()
        assert opening.check_source(store, True) == ""
    labelled.unlink()
    assert "tickets.csv" in refused(labelled, "--no-browser")


def test_exports(labelled, folder):
    assert "2 labels" in run(labelled, "--export", "done.csv").output
    assert pd.read_csv("done.csv")["topic"].tolist()[:2] == ["a", "b"]
    assert "--force" in refused(labelled, "--export", "done.csv")
    assert run(labelled, "--export", "done.csv", "--force").exit_code == 0
    assert run(labelled, "--export", "events.jsonl").exit_code == 0
    assert len((folder / "events.jsonl").read_text().splitlines()) == 2
    assert run(labelled, "--export", "tasks.json").exit_code == 0
    assert len(json.loads((folder / "tasks.json").read_text())) == 20


def test_a_check(labelled):
    told = run(labelled, "--check")
    assert told.exit_code == 0
    assert "Nothing is wrong" in told.output


def test_a_second_command_opens_the_page_that_runs(labelled):
    with Store.open(labelled.parent / "tickets.csv.skal") as store:
        assert "serves no page" in refused(labelled, "--no-browser")
        token = opening.secret(store)
        store.tell_where("http://127.0.0.1:8765")
        told = run(labelled, "--no-browser")
        assert told.exit_code == 0
        assert f"http://127.0.0.1:8765/#{token}" in told.output
        assert run(labelled, "--export", "meanwhile.csv").exit_code == 0


def test_the_package_that_serves_is_missing(labelled, monkeypatch):
    monkeypatch.setattr(sys.modules["skal.cli.label"], "find_spec", lambda name: None)
    assert 'pip install "skal[label]"' in refused(labelled)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["--demo", "texts", "pool/*.parquet"])
def test_it_serves_and_learns_until_it_is_interrupted(folder, pool, what):
    """Whole, but for the browser: a client labels until a model has learned."""
    import httpx

    if what == "texts":
        (folder / "texts").mkdir()
        for i in range(60):
            (folder / f"texts/{i}.txt").write_text("a good day" if i % 2 else "a bad night")
    arguments = [what] if what == "--demo" else [what, "--classes", "good,bad", "--label", "y"]
    command = [sys.executable, "-m", "skal", "label", *arguments, "--no-browser"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        told = server.stderr.readline() if "*" in what else ""
        assert ("learns from the vectors of v" in told) == ("*" in what)
        link = next(found[0] for line in server.stderr if (found := re.search(r"http\S+", line)))
        address, token = link.split("/#")
        with httpx.Client(base_url=f"{address}/api/v1/", timeout=30) as client:
            assert client.post("session", json={"token": token}).status_code == 200
            label_until_learned(client, what)
        server.send_signal(signal.SIGINT)
        written = server.stderr.read()
        assert "all saved" in written
        assert "Traceback" not in written
    kept = {"--demo": "skal-digits.skal", "texts": "texts.skal", "pool/*.parquet": "pool.skal"}
    shutil.rmtree(folder / kept[what])


def label_until_learned(client, what):
    import time
    import uuid

    def name(item):
        if what == "--demo":
            return str(item["item"] % 2)
        return "good" if "good" in item["cells"]["text"] else "bad"

    end = time.monotonic() + 120
    while client.get("rounds").json()["model"]["state"] != "ready":
        assert time.monotonic() < end
        leased = client.post("leases", json={"client": "tab", "n": 2}).json()["leases"]
        for item in leased:
            said = {"uuid": str(uuid.uuid4()), "item": item["item"], "kind": "label"}
            assert client.post("events", json={**said, "value": name(item)}).status_code == 201
        time.sleep(0.2)
