"""Kill a labelling process repeatedly, and check that the store lost nothing.

Half of the kills come at a random time; the others at a fail point: before, in and after BEGIN,
INSERT and COMMIT, between COMMIT and the answer, in a checkpoint, a swap of rounds, an export, a
migration.  The signal is SIGKILL.  Afterwards, in the same folder: every acknowledged uuid is in
the log exactly once; SQLite's integrity check says ok; the state tables equal a replay of the log
(by an independent replay in this file); exports are complete or absent; the store opens in 3 s.

    python benchmarks/label_crashes.py            # 1,000 kills, about ten minutes

Linux and macOS: a kill is of a forked process.
"""

import argparse
import contextlib
import csv
import json
import os
import random
import signal
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from places import QUICK, Study

from skal.labelling import Answer, Conflict, Draw, Store
from skal.labelling.migrations import migrate
from skal.labelling.schema import VERSION

NEXT = VERSION + 1  # the schema of a migration that is killed
ROWS = 300
CLASSES = ("a", "b", "c")
SECONDS_TO_OPEN = 3.0
LONGEST_RUN = 0.4  # seconds until a kill at a random time
# What is killed at: where a statement begins so, before it, in it (some milliseconds later), after.
STATEMENTS = {
    "BEGIN": "BEGIN IMMEDIATE",
    "INSERT": "INSERT INTO event",
    "COMMIT": "COMMIT",
    "checkpoint": "PRAGMA wal_checkpoint",
    "swap": "DELETE FROM queue WHERE NOT",
    "queue": "INSERT INTO queue",
    "current": "DELETE FROM current",
    "counter": "INSERT INTO counter",
}
CALLS = {"fsync": "fsync", "link": "link", "replace": "replace"}  # of an export
POINTS = [
    *(f"{when} {what}" for what in STATEMENTS for when in ("before", "in", "after")),
    *(f"{when} {what} of the export" for what in CALLS for when in ("before", "after")),
    *(f"{when} {what} of the migration" for what in ("VACUUM", "UPDATE meta", "COMMIT")
      for when in ("before", "in", "after")),
    "between COMMIT and the answer",
]  # fmt: skip


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


class Killer:
    """Kills this process when it comes to a point for the n-th time."""

    def __init__(self, point, nth, delay):
        self.point, self.left, self.delay = point, nth, delay

    def at(self, place):
        when, _, what = self.point.partition(" ")
        if place == f"before {what}" and when == "in" and self._is_now():
            threading.Thread(target=self._later, daemon=True).start()
        elif place == self.point and self._is_now():
            kill()

    def _is_now(self):
        self.left -= 1
        return self.left == 0

    def _later(self):
        time.sleep(self.delay)
        kill()

    def connection(self):
        """A class of connections that tell where they are."""
        killer = self

        class Telling(sqlite3.Connection):
            def execute(self, statement, *parameters):
                found = [what for what, text in STATEMENTS.items() if statement.startswith(text)]
                found += [
                    f"{what} of the migration"
                    for what in ("VACUUM", "UPDATE meta", "COMMIT")
                    if "migration" in killer.point and statement.startswith(what)
                ]
                for what in found:
                    killer.at(f"before {what}")
                result = super().execute(statement, *parameters)
                for what in found:
                    killer.at(f"after {what}")
                return result

        return Telling


def tell(killer):
    """Have SQLite and the calls of an export tell the killer where they are."""
    connect = sqlite3.connect

    def telling(*args, **kwargs):
        return connect(*args, **kwargs, factory=killer.connection())

    sqlite3.connect = telling
    for what, name in CALLS.items():
        setattr(os, name, _told(killer, what, getattr(os, name)))


def _told(killer, what, call):
    def telling(*args, **kwargs):
        killer.at(f"before {what} of the export")
        result = call(*args, **kwargs)
        killer.at(f"after {what} of the export")
        return result

    return telling


# ---------------------------------------------------------------------- the process that is killed
def work(folder, acknowledge, rng):
    """Label, skip, correct, undo, draw, swap rounds, checkpoint, export: until killed."""
    store = Store.open(folder)
    desk, exports = store.desk, folder.parent / "exports"
    exports.mkdir(exist_ok=True)
    said = []
    for step in range(100_000):
        doing = rng.random()
        if doing < 0.04:
            desk.draw(10, rng.choice(["cold", "audit"]))
        elif doing < 0.09:
            swap(store, desk, rng)
        elif doing < 0.11:
            writer = sqlite3.connect(folder / "store.db")  # as SQLite does by itself, but told
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            writer.close()
        elif doing < 0.14:
            path = exports / f"{step}{rng.choice(['.csv', '.jsonl', '.json'])}"
            store.export(path, force=path.exists())
        else:
            with contextlib.suppress(Conflict):
                acknowledge(answer(desk, said, rng))


def swap(store, desk, rng):
    number = desk.begin_round("Margin", {"batch_size": 10}, 0)
    if rng.random() < 0.2:
        desk.fail_round(number, "raised")
        return
    pool = store.pool()
    items = rng.sample(pool.items[~pool.reserve].tolist(), 20)
    draws = [Draw(item, "strategy", None, "a", {"a": 0.6, "b": 0.4}) for item in items]
    desk.finish_round(number, draws + desk.sample(5), {"accuracy": 0.5})


def answer(desk, said, rng):
    """Something to say; its uuid, once it is stored."""
    leases = desk.lease(1, "page", 8)
    doing = rng.random()
    if said and doing < 0.15:
        event, item = said.pop(rng.randrange(len(said)))
        told = Answer(item, 1, "undo", undoes=event)
    elif said and doing < 0.3:
        told = Answer(said.pop(rng.randrange(len(said)))[1], 1, "label", rng.choice(CLASSES))
    elif not leases:
        desk.draw(20)
        return None
    elif doing < 0.4:
        told = Answer(rng.choice(leases)["item"], 1, "skip", reason="unclear")
    else:
        told = Answer(rng.choice(leases)["item"], 1, "label", rng.choice(CLASSES))
    recorded = desk.record(told, "page")
    if told.kind != "undo":
        said.append((recorded.event, told.item))
    return told.uuid


def more_columns(connection):
    """What a next schema might do."""
    connection.execute("ALTER TABLE round ADD COLUMN note TEXT")
    connection.execute("UPDATE meta SET settings = json_set(settings, '$.note', 1)")


def one_process(folder, point, nth, delay, write, seed):
    """What runs in the fork."""
    killer = Killer(point, nth, delay)
    if point:
        tell(killer)
    if "migration" in point:
        migrate(folder / "store.db", {NEXT: more_columns}, newest=NEXT)
        kill()

    def acknowledge(uuid):
        if uuid is not None:
            killer.at("between COMMIT and the answer")
            os.write(write, f"{uuid}\n".encode())

    work(folder, acknowledge, random.Random(seed))


# ---------------------------------------------------------------------- the one that looks
def crash(folder, point, nth, seconds, delay, seed):
    """Run and kill a process; the uuids that it acknowledged, and whether the point was reached."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(read)
            one_process(folder, point, nth, delay, write, seed)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(write)
    timer = threading.Timer(seconds, os.kill, (child, signal.SIGKILL))
    timer.start()
    with os.fdopen(read) as told:
        uuids = told.read().split()
    _, status = os.waitpid(child, 0)
    reached = timer.is_alive()
    timer.cancel()
    assert os.WIFSIGNALED(status), f"the process ended by itself at {point!r}"
    assert os.WTERMSIG(status) == signal.SIGKILL
    return uuids, reached


def replay(events):
    """What holds, from the events, slowly: each undo takes one event out of the whole log."""
    undone = {event["undoes"] for event in events if event["kind"] == "undo"}
    holds = {}
    for event in events:
        if event["kind"] != "undo" and event["id"] not in undone:
            if event["undoes"]:
                taken = next(other for other in events if other["id"] == event["undoes"])
                holds.pop((taken["item"], taken["annotator"]), None)
            key = event["item"], event["annotator"]
            holds[key] = (event["id"], event["kind"], event["value"])
    return holds


def look(folder, acknowledged):
    """Errors where a store lost something; how many events were stored and not acknowledged."""
    start = time.perf_counter()
    store = Store.open(folder)
    store.progress()
    seconds = time.perf_counter() - start
    assert seconds < SECONDS_TO_OPEN, f"{seconds:.1f} s until the store was open"
    assert store.check() == []
    store.close()
    with contextlib.closing(sqlite3.connect(folder / "store.db")) as connection:
        connection.row_factory = sqlite3.Row
        assert connection.execute("PRAGMA integrity_check").fetchall()[0][0] == "ok"
        events = connection.execute("SELECT * FROM event ORDER BY id").fetchall()
        current = connection.execute("SELECT item, annotator, event, kind, value FROM current")
        current = {(row[0], row[1]): tuple(row[2:]) for row in current}
    counted = Counter(event["uuid"] for event in events)
    assert all(counted[uuid] == 1 for uuid in acknowledged), "an acknowledged answer is lost"
    assert current == replay(events), "what holds is not the log replayed"
    for path in sorted((folder.parent / "exports").glob("*")):
        look_at_export(path)
    return len(events)


def look_at_export(path):
    """An error where an export is neither whole nor absent; unfinished files are no exports."""
    if path.name.startswith("."):
        return
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            assert len(list(csv.reader(file))) == ROWS + 1
    elif path.suffix == ".json":
        assert len(json.loads(path.read_text())) == ROWS
    else:
        assert all(json.loads(line)["uuid"] for line in path.read_text().splitlines())
        assert path.read_text().endswith("\n") or not path.read_text()


def look_at_migration(folder, n_events):
    """An error where a migration was left half done; it can be gone through with afterwards."""
    for _ in range(2):
        with contextlib.closing(sqlite3.connect(folder / "store.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert connection.execute("SELECT count(*) FROM event").fetchone()[0] == n_events
            version = connection.execute("SELECT schema_version FROM meta").fetchone()[0]
            columns = {row[1] for row in connection.execute("PRAGMA table_info(round)")}
        assert ("note" in columns) == (version == NEXT)
        migrate(folder / "store.db", {NEXT: more_columns}, newest=NEXT)
    assert version == NEXT
    for copy in folder.glob(f"store-schema-{VERSION}-*.db"):
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("SELECT schema_version FROM meta").fetchone()[0] == VERSION


def trial(number, rng, folder):
    """One store: made, killed up to four times, looked at each time."""
    path = folder / "rows.csv"
    with path.open("w") as file:
        file.write("text,label\n")
        file.writelines(f"row {i},\n" for i in range(ROWS))
    Store.create(path, classes=CLASSES, seed=number).close()
    store, acknowledged, kills = folder / "rows.csv.skal", set(), []
    n_events = 0
    for _ in range(4):
        point = rng.choice(POINTS) if rng.random() < 0.5 else ""
        seconds = 10.0 if point else rng.uniform(0.01, LONGEST_RUN)
        often = 1 if "migration" in point else rng.randint(1, 12)
        uuids, reached = crash(
            store, point, often, seconds, rng.uniform(0, 0.006), rng.randrange(2**30)
        )
        acknowledged |= set(uuids)
        if "migration" in point:
            look_at_migration(store, n_events)
            kills.append((point, reached, len(uuids)))
            break
        n_events = look(store, acknowledged)
        kills.append((point or "at random", reached if point else True, len(uuids)))
    return kills, len(acknowledged), n_events


def run(n_kills, seed=0):
    """So many kills; counts by where, and of answers."""
    rng, number = random.Random(seed), 0
    where, acknowledged, stored, missed = Counter(), 0, 0, 0
    while where.total() < n_kills:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
            kills, n_acknowledged, n_events = trial(number, rng, Path(folder))
        for point, reached, _ in kills:
            where[point] += 1
            missed += not reached
        acknowledged, stored, number = acknowledged + n_acknowledged, stored + n_events, number + 1
    return {
        "kills": where.total(),
        "stores": number,
        "kills by where": dict(sorted(where.items())),
        "fail points that were not reached (killed later)": missed,
        "acknowledged answers": acknowledged,
        "acknowledged and lost": 0,  # else an assertion has ended this
        "stored and not acknowledged": stored - acknowledged,
        "SQLite": sqlite3.sqlite_version,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    start = time.perf_counter()
    found = run(options.kills, options.seed)
    full = options.kills >= 1000
    study = Study("label-crashes") if full else Study("label-crashes", QUICK)
    place = study.made("raw").raw("kills.json")
    place.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))
    print(f"{time.perf_counter() - start:.0f} s; {place}")


if __name__ == "__main__":
    main()
