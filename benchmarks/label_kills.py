"""Kill the server of `skal label`, or its model, during labelling over HTTP.

Half of the kills come at a random time, the others at a fail point: of the server around BEGIN,
INSERT, COMMIT and a swap of rounds; of the model while it starts, learns, or has just replied. The
signal is SIGKILL.  The client sends an answer again, under the same uuid, until it is acknowledged.
A killed server is restarted; after a kill of the model, the page must show a banner within 5 s, and
labelling continues.  At the end, each acknowledged uuid is in the log once; `check` finds no error.

    python benchmarks/label_kills.py             # 60 kills, some minutes; --kills 6 for a look
"""

import argparse
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path

import httpx
from label_crashes import Killer, tell
from places import QUICK, Study

from skal.labelling import Store

ROWS = 2000
OF_THE_SERVER = [f"{when} {what}" for what in ("BEGIN", "INSERT", "COMMIT", "swap")
                 for when in ("before", "in", "after")]  # fmt: skip
OF_THE_MODEL = ["starting", "learning", "ready"]


class Client:
    """Somebody who labels, and sends again what was not acknowledged."""

    def __init__(self, port):
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1/", timeout=10)
        self.acknowledged, self.leases, self.pending = [], [], None

    def until(self, call, seconds=30):
        """The answer of a call that is made until somebody answers."""
        end = time.perf_counter() + seconds
        while True:
            try:
                return call()
            except httpx.HTTPError:
                if time.perf_counter() > end:
                    raise
                time.sleep(0.02)

    def lease(self):
        told = self.http.post("leases", json={"client": "tab", "n": 8})
        self.leases = told.json()["leases"]
        return self.leases

    def label(self):
        """One answer, or the last one again where nobody has acknowledged it."""
        if self.pending:
            return self.send()
        if not self.leases and not self.lease():
            return time.sleep(0.05)
        item = self.leases[0]
        said = {"uuid": str(uuid.uuid4()), "item": item["item"], "kind": "label",
                "value": "ab"["red" in item["cells"]["text"]], "client": "tab"}  # fmt: skip
        self.pending = said
        self.send()

    def send(self):
        told = self.http.post("events", json=self.pending)
        assert told.status_code in (200, 201), told.text
        self.acknowledged.append(self.pending["uuid"])
        self.pending, self.leases = None, self.leases[1:]

    def model(self):
        return self.http.get("rounds").json()["model"]


def serve(path, port, point, nth, delay):
    """The process of `skal label`, which kills itself at a point."""
    command = [
        sys.executable,
        __file__,
        "--serve",
        point,
        str(nth),
        str(delay),
        str(path),
        str(port),
    ]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    link = next((m[0] for line in server.stderr if (m := re.search(r"http\S+", line))), None)
    return server, link


def served(point, nth, delay, path, port):
    """What runs in that process."""
    from skal.cli import skal

    if point != "none":
        tell(Killer(point, int(nth), float(delay)))
    skal(["label", path, "--label", "colour", "--classes", "a,b", "--port", port, "--no-browser"])


def child_of(pid):
    """The process of the model, by what the system knows of processes."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            line = (folder / "cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            continue
        if parent == pid and b"spawn_main" in line:
            return int(folder.name)
    return None


def kill_server(client, path, port, rng, server):
    """Label until the server is dead; the new one, and seconds until it gives items."""
    at_random = server.args[3] == "none"
    end = time.perf_counter() + (rng.uniform(0.05, 1.5) if at_random else 20)
    try:
        while time.perf_counter() < end:
            client.label()
        server.kill()
    except httpx.HTTPError:
        pass
    server.wait()
    point = rng.choice(OF_THE_SERVER) if rng.random() < 0.5 else "none"
    start = time.perf_counter()
    server, link = serve(path, port, point, rng.randint(5, 60), rng.uniform(0, 0.006))
    if link:
        try:
            client.lease()
        except httpx.HTTPError:
            return kill_server(client, path, port, rng, server)
    seconds = time.perf_counter() - start
    if link and client.pending:
        try:
            client.send()
        except httpx.HTTPError:
            return kill_server(client, path, port, rng, server)
    return (server, seconds) if link else kill_server(client, path, port, rng, server)


def kill_model(client, rng, server):
    """Kill the model in some state; seconds until the banner, and where it was killed."""
    point = rng.choice(OF_THE_MODEL) if rng.random() < 0.5 else "at random"
    end = time.perf_counter() + (rng.uniform(0, 3) if point == "at random" else 20)
    while time.perf_counter() < end or child_of(server.pid) is None:
        client.label()
        told = client.model()
        here = "starting" if told["progress"] else told["state"]
        if here == point and child_of(server.pid):
            break
    os.kill(child_of(server.pid), signal.SIGKILL)
    start = time.perf_counter()
    while client.model()["state"] != "failed":
        client.label()
        assert time.perf_counter() - start < 5, "no banner in 5 s"
    seconds = time.perf_counter() - start
    client.http.post("rounds", json={})  # "Try again"
    return seconds, point


def run(n_kills, seed, folder):
    rng = random.Random(seed)
    path = Path(folder) / "rows.csv"
    colours = [rng.choice(["red", "blue"]) for _ in range(ROWS)]
    path.write_text(
        "text,colour\n" + "".join(f"a {c} thing of number {i},\n" for i, c in enumerate(colours))
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server, link = serve(path, port, "none", 1, 0)
    client = Client(port)
    assert client.http.post("session", json={"token": link.partition("#")[2]}).status_code == 200
    where, opened, banners = Counter(), [], []
    while where.total() < n_kills:
        if rng.random() < 0.5:
            where["server"] += 1
            server, seconds = kill_server(client, path, port, rng, server)
            opened.append(seconds)
        else:
            try:
                seconds, point = kill_model(client, rng, server)
            except httpx.HTTPError:  # the server came to its own fail point first
                where["server"] += 1
                server, seconds = kill_server(client, path, port, rng, server)
                opened.append(seconds)
                continue
            where[f"model, {point}"] += 1
            banners.append(seconds)
        print(dict(where), flush=True)
    if client.pending:
        client.until(client.send)
    server.send_signal(signal.SIGINT)
    server.wait()
    with Store.open(f"{path}.skal") as store:
        assert store.check() == []
        counted = Counter(store.events()["uuid"])
        assert all(counted[one] == 1 for one in client.acknowledged), "an answer is lost"
        stored = len(counted)
    return {
        "kills": dict(where),
        "acknowledged answers": len(client.acknowledged),
        "acknowledged and lost": 0,  # else an assertion has ended this
        "stored": stored,
        "seconds until a new server gave items": sorted(round(s, 2) for s in opened),
        "seconds until the banner": sorted(round(s, 2) for s in banners),
        "load": os.getloadavg(),
    }


def main():
    if sys.argv[1:2] == ["--serve"]:
        served(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(options.kills, options.seed, folder)
    study = Study("label-kills", *([QUICK] if options.kills < 60 else []))
    place = study.made("raw").raw("kills.json")
    place.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
