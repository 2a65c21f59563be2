"""A server is killed while four people label; their pages send again what was not acknowledged."""

import contextlib
import http.client
import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid

import pytest

from skal.labelling import Store

SERVER = """
import socket, sys
from skal.labelling import Store
from skal.labelling.server import Access
from skal.labelling.server.running import make_server

port = int(sys.argv[2])
store = Store.open(sys.argv[1])
server = make_server(store, Access((f"127.0.0.1:{port}",), port))
with socket.create_server(("127.0.0.1", port)) as listening:
    print("listening", flush=True)
    server.run(sockets=[listening])
"""
ROWS, KILLS, SECONDS = 600, 5, 1.0


class Page(threading.Thread):
    """Leases, labels, undoes, and sends again until it is answered."""

    def __init__(self, port, name, token, ended):
        super().__init__()
        self.port, self.name, self.token, self.ended = port, name, token, ended
        self.rng, self.acknowledged, self.repeated, self.error = random.Random(name), [], 0, None

    def run(self):
        try:
            while not self.ended.is_set():
                self.label()
        except BaseException as error:
            self.error = error

    def label(self):
        _, told = self.send("POST", "/leases", {"client": self.name, "n": 4})
        leases = told.get("leases", [])
        if not leases:
            self.ended.wait(0.1)
        for lease in leases:
            said = {"uuid": str(uuid.uuid4()), "item": lease["item"], "kind": "label", "value": "a"}
            status, told = self.send("POST", "/events", said | {"client": self.name})
            self.note(status, said)
            if status in (200, 201) and self.rng.random() < 0.1:
                undo = {"uuid": str(uuid.uuid4()), "client": self.name}
                status, _ = self.send("POST", f"/events/{told['event']}/undo", undo)
                self.note(status, undo)

    def note(self, status, said):
        if status in (200, 201):
            self.acknowledged.append(said["uuid"])
            self.repeated += status == 200

    def send(self, method, address, body):
        """The answer, however often the server dies before it comes."""
        headers = {"Content-Type": "application/json", "Cookie": f"skal-{self.port}={self.token}"}
        while not self.ended.is_set():
            with contextlib.closing(
                http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            ) as made:
                try:
                    made.request(method, f"/api/v1{address}", json.dumps(body), headers)
                    answer = made.getresponse()
                    return answer.status, json.loads(answer.read())
                except (OSError, http.client.HTTPException, ValueError):
                    time.sleep(0.02)
        return 0, {}


def serve(folder, port):
    command = [sys.executable, "-c", SERVER, str(folder), str(port)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert server.stdout.readline() == b"listening\n"
    return server


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_a_killed_server_loses_nothing(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text\n" + "".join(f"row {i}\n" for i in range(ROWS)))
    with Store.create(path, classes=["a"], audit_reserve=0) as store:
        names = ["owner", "Kim", "Lee", "Max"]
        tokens = [store.team.new_token(store.team.known_or_new(name)) for name in names]
        store.desk.draw(ROWS)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ended = threading.Event()
    pages = [Page(port, name, token, ended) for name, token in zip(names, tokens)]
    rng = random.Random(0)
    for kill in range(KILLS):
        with serve(store.folder, port) as server:
            if not kill:
                for page in pages:
                    page.start()
            time.sleep(rng.uniform(0.3, 1) * SECONDS)
            server.send_signal(signal.SIGKILL)
    ended.set()
    for page in pages:
        page.join()
    assert [page.error for page in pages] == [None] * 4
    with Store.open(store.folder) as store:
        assert store.check() == []
        events = store.events()
        stored = events["uuid"].tolist()
        acknowledged = [uuid for page in pages for uuid in page.acknowledged]
        assert len(acknowledged) > 20
        assert {*acknowledged} <= {*stored}
        assert len(stored) == len({*stored})
        assert events[events["holds"]].groupby("item")["annotator"].nunique().max() == 1
