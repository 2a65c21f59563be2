"""Stores that are served, to clients without a browser."""

import warnings

import pytest

pytest.importorskip("starlette")
pytest.importorskip("httpx")
pytest.importorskip("uvicorn")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of newer starlettes: another client is coming
    from starlette.testclient import TestClient

from skal.labelling.server import Access, make_application

HOST = "127.0.0.1:8765"
ACCESS = Access((HOST, "localhost:8765"), 8765)


@pytest.fixture
def visit(store):
    """Make clients of a store, as somebody or nobody."""
    app = make_application(store, ACCESS)
    opened = []

    def visit(name=None, role="annotator", **options):
        client = TestClient(app, base_url=f"http://{HOST}", **options)
        opened.append(client)
        if name is not None:
            who = 1 if name == "owner" else store.team.known_or_new(name)
            token = store.team.new_token(who)
            assert client.post("/api/v1/session", json={"token": token}).status_code == 200
        return client

    yield visit
    for client in opened:
        client.close()


@pytest.fixture
def owner(visit):
    return visit("owner")
