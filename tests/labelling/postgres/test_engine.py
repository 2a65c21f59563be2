"""A store in PostgreSQL does what one in SQLite does."""

import contextlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid

import numpy as np
import pytest

pytest.importorskip("psycopg")
import psycopg

from skal.labelling import Answer, Conflict, Draw, Store, StoreError
from skal.labelling.postgres import Postgres
from skal.labelling.trouble import StoreAway
from skal.labelling.watching import Watch
from tests.labelling.people import Hurried, label_by_four

ME = 1


def soon(condition, seconds=20):
    """Wait until PostgreSQL has noticed who is gone."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_answers_undo_rounds_and_exports(store, base, tmp_path):
    desk = store.desk
    assert desk.draw(10) == 10
    first, second = desk.lease(ME, "page", 2)
    done = desk.record(Answer(first["item"], ME, "label", "a"))
    again = Answer(second["item"], ME, "skip", reason="unclear")
    assert desk.record(again).event == desk.record(again).event
    assert desk.record(again).repeated
    assert desk.undo(done.event, ME, client="page").lease["item"] == first["item"]
    desk.record(Answer(first["item"], ME, "label", "b", seconds=1.5))
    number = desk.begin_round("Margin", {"n": 3}, 0)
    pool = store.pool()
    free = pool.items[~pool.reserve][-3:]
    desk.finish_round(
        number, [Draw(item, "strategy", None, "a", {"a": 0.7}) for item in free], {"x": 1}
    )
    assert desk.rounds()[0]["metrics"] == {"x": 1}
    assert store.progress()["labels"] == 1
    assert store.progress()["skipped"] == 1
    events = store.events()
    assert events["kind"].tolist() == ["label", "skip", "undo", "label"]
    assert events["holds"].tolist() == [False, True, False, True]
    assert store.labels()[pool.rows_of(np.array([first["item"]]))[0]] == "b"
    assert store.check() == []
    store.export(tmp_path / "done.csv")
    assert "b\n" in (tmp_path / "done.csv").read_text()
    store.export(tmp_path / "tasks.json")
    assert store.import_tasks(tmp_path / "tasks.json").known == 2
    assert store.team.agreement().empty
    assert store.desk.performance().n_rows == 0
    assert len(store.desk.history()) == 4


def test_a_store_of_schema_1_is_brought_up(store, base):
    store.close()
    with psycopg.connect(base) as connection:
        connection.execute("DROP TABLE watch")
        connection.execute("UPDATE meta SET schema_version = 1")
    with pytest.raises(StoreError, match="an earlier schema: open it once"):
        Store.open(store.folder, base=base, read_only=True)
    with Store.open(store.folder, base=base) as again:
        assert again.engine.version() == 2
        watched = again.desk.watched().tolist()
        number = again.desk.begin_round("Margin", {}, 0)
        again.desk.finish_round(number, [], {}, Watch(watched, ["a"] * len(watched)))
        assert again.desk.performance().n_rows == 0


def test_it_is_the_store_that_sqlite_makes(make, tickets, tmp_path, clock):
    """The same rows, reserve and draws."""
    ours = make()
    other = tmp_path / "other.skal"
    told = {"label": "category", "classes": ["a", "b"], "seed": 0, "clock": clock}
    with Store.create(tickets, folder=other, **told) as theirs:
        assert np.array_equal(ours.reserve(), theirs.reserve())
        assert np.array_equal(ours.pool().items, theirs.pool().items)
        for store in (ours, theirs):
            store.desk.draw(8)
        assert [x["item"] for x in ours.desk.lease(ME, "p")] == [
            x["item"] for x in theirs.desk.lease(ME, "p")
        ]


def test_a_changed_file_keeps_its_items(store, tickets):
    store.desk.draw(3)
    tickets.write_text(tickets.read_text().replace("text 7", "another"))
    assert store.changes().new == 1
    store.bind()
    assert store.pool().items.max() == 41  # without gaps
    assert store.check() == []


def test_what_was_said_cannot_be_changed(store, base):
    store.desk.record(Answer(1, ME, "label", "a"))
    with psycopg.connect(base) as connection:
        for statement in (
            "UPDATE event SET value = 'b'",
            "DELETE FROM event",
            "TRUNCATE event CASCADE",
        ):
            with pytest.raises(psycopg.errors.RaiseException, match="never changed"):
                connection.execute(statement)
            connection.rollback()


def test_two_servers_and_one_of_them_leads(store, base, tickets, tmp_path, clock):
    far = tmp_path / "far"
    far.mkdir()
    shutil.copy2(tickets, far)
    store.desk.draw(20)
    with Store.open(_folder(far / "tickets.csv"), base=base, clock=clock) as other:
        kim = other.team.add("Kim")
        mine, hers = store.desk.lease(ME, "here", 8), other.desk.lease(kim, "there", 8)
        assert len(mine) == len(hers) == 8
        assert not {x["item"] for x in mine} & {x["item"] for x in hers}
        with pytest.raises(Conflict):
            other.desk.record(Answer(mine[0]["item"], kim, "label", "a"))
        assert [row["cells"] for row in other.desk.show([3])] == [
            row["cells"] for row in store.desk.show([3])
        ]
        soon(store.engine.leads)
        assert not other.engine.leads()
        store.close()
        soon(other.engine.leads)


def _folder(path):
    """The folder of a server that has no store of its own."""
    folder = path.with_name(f"{path.name}.skal")
    (folder / "cache").mkdir(parents=True)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("overlap", "hurried"), [(1, False), (2, True)])
def test_four_people_and_five_hundred_labels_each(make, base, tmp_path, overlap, hurried):
    """Skips, undos, leases that end and answers that get lost, from two machines."""
    rows, clock = 2000 // overlap, Hurried() if hurried else time.time
    for folder in (tmp_path / "near", tmp_path / "far"):
        folder.mkdir()
        (folder / "rows.csv").write_text("text\n" + "".join(f"row {i}\n" for i in range(rows)))
    options = {"label": "label", "overlap": overlap, "audit_reserve": 0, "clock": clock}
    store = make(tmp_path / "near/rows.csv", **options)
    far = _folder(tmp_path / "far/rows.csv")
    with Store.open(far, base=base, clock=clock) as other:
        label_by_four([store, other], rows, overlap, hurried)


@pytest.mark.parametrize("overlap", [1, 2])
def test_four_who_label_through_two_servers(make, base, tickets, tmp_path, overlap):
    """Nobody gets a row twice, and of each item as many people as asked."""
    store = make(overlap=overlap, audit_reserve=0, clock=time.time)
    far = tmp_path / "far"
    far.mkdir()
    shutil.copy2(tickets, far)
    store.desk.draw(40)
    errors = []
    with Store.open(_folder(far / "tickets.csv"), base=base) as other:
        people = [store.team.known_or_new(name) for name in ("Kim", "Lee", "Max", "Sam")]

        def work(desk, who):
            try:
                while leases := desk.lease(who, str(who), 3):
                    for lease in leases:
                        answer = Answer(lease["item"], who, "label", "ab"[who % 2])
                        assert not desk.record(answer).repeated
                        assert desk.record(answer).repeated  # the first answer was lost
            except BaseException as error:
                errors.append(error)

        desks = [store.desk, other.desk] * 2
        threads = [threading.Thread(target=work, args=told) for told in zip(desks, people)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
    events = store.events()
    assert (events.groupby("item")["annotator"].nunique() == overlap).all()
    assert len(events) == 40 * overlap
    assert store.check() == []


def test_what_is_wrong_with_an_address_is_told(base, tmp_path, tickets):
    with pytest.raises(StoreAway, match="cannot be reached"):
        Postgres("postgresql://skal@/none?host=/tmp/nowhere").version()
    with pytest.raises(StoreError, match="holds no labels yet"):
        Store.open(tmp_path, base=base)
    with pytest.raises(StoreError, match="is no address"):
        Store.create(tickets, base="mysql://host/name")
    Store.create(tickets, label="category", base=base).close()
    with pytest.raises(StoreError, match="holds a store already"):
        Store.create(tickets, label="category", base=base, folder=tmp_path / "b")
    assert "password" not in str(Postgres("postgresql://me:password@host/name"))


def test_a_connection_that_was_lost_is_made_again(store, base):
    store.desk.draw(3)
    with psycopg.connect(base, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                      "WHERE datname = current_database() AND pid != pg_backend_pid()")  # fmt: skip
    answer = Answer(1, ME, "label", "a")
    try:
        store.desk.record(answer)
    except StoreAway:
        store.desk.record(answer)
    try:
        store.progress()
    except StoreAway:
        assert store.progress()["labels"] == 1
    soon(store.engine.leads)


@contextlib.contextmanager
def command(path, base):
    """`skal label FILE --store ADDRESS`, and a client of its page."""
    httpx = pytest.importorskip("httpx")
    words = ["label", str(path), "--label", "topic", "--classes", "good,bad", "--no-browser"]
    told = [sys.executable, "-m", "skal", *words, "--store", base]
    with subprocess.Popen(told, stderr=subprocess.PIPE, text=True) as server:
        said = []
        for line in server.stderr:
            said.append(line)
            if found := re.search(r"http\S+", line):
                break
        else:
            raise AssertionError("".join(said))
        address, token = found[0].split("/#")
        with httpx.Client(base_url=f"{address}/api/v1/", timeout=30) as client:
            assert client.post("session", json={"token": token}).status_code == 200
            try:
                yield server, client
            finally:
                server.kill()


def labelled_by(client, n):
    """Items that were answered through a server; fewer where none is left."""
    items = []
    while len(items) < n:
        leased = client.post("leases", json={"client": str(client.base_url), "n": 8}).json()
        if not leased["leases"]:
            break
        for lease in leased["leases"]:
            value = "good" if "good" in lease["cells"]["text"] else "bad"
            said = {"uuid": str(uuid.uuid4()), "item": lease["item"], "kind": "label"}
            assert client.post("events", json={**said, "value": value}).status_code == 201
            items.append(lease["item"])
    return items


@pytest.mark.slow
def test_two_commands_label_one_file_and_the_second_goes_on_alone(base, tmp_path):
    """Whole, but for the browser: two servers, of which one is killed."""
    pytest.importorskip("uvicorn")
    rows = "".join(f"a {'good' if i % 2 else 'bad'} day of number {i},\n" for i in range(300))
    places = [tmp_path / name / "days.csv" for name in ("here", "there")]
    for place in places:
        place.parent.mkdir()
        place.write_text("text,topic\n" + rows)
    with command(places[0], base) as (first, here), command(places[1], base) as (second, there):
        done = labelled_by(here, 16) + labelled_by(there, 16)
        soon(lambda: here.get("rounds").json()["model"]["n_learned"] > 0, 90)
        assert there.get("rounds").json()["model"]["state"] == "elsewhere"
        done += labelled_by(there, 8)  # asked for by the other server's model
        first.kill()
        first.wait()
        done += labelled_by(there, 24)
        soon(lambda: there.get("rounds").json()["model"]["n_learned"] > 0, 90)
        done += labelled_by(there, 8)
        assert len(done) == len(set(done))
        assert there.get("progress").json()["labels"] == len(done)
        second.send_signal(signal.SIGINT)
        assert "all saved" in second.stderr.read()
    out = tmp_path / "done.csv"
    words = ["label", str(places[1]), "--store", base, "--export", str(out)]
    subprocess.run([sys.executable, "-m", "skal", *words], check=True, capture_output=True)
    filled = [line for line in out.read_text().splitlines()[1:] if not line.endswith(",")]
    assert len(filled) == len(done)
    assert all(line.split()[1] == line.rpartition(",")[2] for line in filled)
