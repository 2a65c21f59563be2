"""The server on a real socket: slow, half and many connections."""

import contextlib
import http.client
import json
import socket
import threading
import time

import pytest

from skal.labelling.locking import holder
from skal.labelling.server import Access
from skal.labelling.server.running import CONNECTIONS, make_server

SECONDS = 0.5


@pytest.fixture
def port(store):
    """A port at which the store is served, with short deadlines."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = make_server(store, Access((f"127.0.0.1:{port}",), port), seconds=SECONDS)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield port
        server.should_exit = True
        thread.join()


def get(port, address="/api/v1/health"):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as made:
        made.request("GET", address)
        answer = made.getresponse()
        return answer.status, json.loads(answer.read())


def say(port, text):
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(text.encode())
    return connection


def ended(connection):
    """What came until the other side closed."""
    with connection, contextlib.suppress(ConnectionResetError):
        got = b""
        while some := connection.recv(4096):
            got += some
        return got
    return b""


def test_a_normal_request_is_answered(port):
    assert get(port) == (200, {"ok": True})


@pytest.mark.parametrize("begin", ["", "GET /api", "GET / HTTP/1.1\r\nHost: x\r\n"])
def test_headers_that_do_not_come_end_the_connection(port, begin):
    start = time.monotonic()
    assert ended(say(port, begin)) == b""
    assert time.monotonic() - start >= SECONDS * 0.9


def test_a_second_request_has_its_deadline_too(port):
    request = f"GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
    assert ended(say(port, f"{request}GET /ap")).count(b'{"ok":true}') == 1


def test_a_body_that_does_not_come_is_408(port):
    head = (
        f"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{"
    )
    answer = ended(say(port, head))
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"too_slow" in answer


def test_headers_without_end_are_refused(port):
    answer = ended(say(port, "GET / HTTP/1.1\r\nX: " + "x" * 100_000))
    assert answer.startswith(b"HTTP/1.1 400") or answer == b""


def test_an_address_has_so_many_connections(port):
    half = [say(port, "GET") for _ in range(CONNECTIONS)]
    refused = socket.create_connection(("127.0.0.1", port), timeout=20)
    assert ended(refused) == b""
    for connection in half:
        ended(connection)  # by the deadline
    assert get(port)[0] == 200


def test_those_who_find_the_store_open_are_told_where(store):
    store.tell_where("http://127.0.0.1:8765")
    assert holder(store.folder / "lock")["url"] == "http://127.0.0.1:8765"
