"""The addresses of the page, from the session to the export."""

import json
import re
import uuid

import pytest
from starlette.testclient import TestClient

from skal.labelling import Store, StoreFull
from skal.labelling.server import make_application, page

from .conftest import ACCESS, HOST

API = "/api/v1"


def label(client, item, value="a", **more):
    told = {"uuid": str(uuid.uuid4()), "item": item, "kind": "label", "value": value, **more}
    return client.post(f"{API}/events", json=told)


def test_a_session_is_a_cookie_that_no_script_reads(visit, store):
    client = visit()
    token = store.team.new_token(1)
    answer = client.post(f"{API}/session", json={"token": token})
    assert answer.json() == {"name": "owner", "role": "owner"}
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("skal-8765=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {*cookie.split("; ")}
    assert client.get(f"{API}/task").json()["classes"] == ["a", "b"]
    store.team.new_token(1)  # a new link ends the old one
    assert client.get(f"{API}/task").status_code == 401


ADDRESSES = [
    ("GET", "/task"), ("POST", "/leases"), ("POST", "/leases/renew"), ("DELETE", "/leases/1"),
    ("POST", "/events"), ("POST", "/events/1/undo"), ("GET", "/history"), ("GET", "/progress"),
    ("GET", "/rounds"), ("POST", "/rounds"), ("GET", "/items/1"), ("GET", "/items/1/image"), ("GET", "/export"),
    ("PATCH", "/settings"), ("POST", "/annotators"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_nobody_else_gets_in(visit, method, address):
    body = {"json": {}} if method in ("POST", "PATCH") else {}
    client = visit()
    for cookie in (None, "x", "x" * 1000):
        cookies = {} if cookie is None else {"cookie": f"skal-8765={cookie}"}
        answer = client.request(method, f"{API}{address}", headers=cookies, **body)
        assert answer.status_code == 401
        assert answer.json()["code"] == "no_session"
        assert answer.json()["hint"]


@pytest.mark.parametrize(
    ("method", "address"), [("GET", "/export"), ("PATCH", "/settings"), ("POST", "/annotators")]
)
def test_only_the_owner(visit, method, address):
    body = {"json": {}} if method != "GET" else {}
    answer = visit("Kim").request(method, f"{API}{address}", **body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_owner")


def test_a_sitting(visit, owner, store):
    kim = visit("Kim")
    store.desk.draw(20)
    first = owner.post(f"{API}/leases", json={"client": "tab", "n": 3}).json()["leases"]
    assert first[0]["cells"].keys() == {"number", "text"}
    assert first[0].keys() == {"id", "item", "expires", "row", "name", "cells"}  # no prediction
    hers = kim.post(f"{API}/leases", json={"client": "tab", "n": 3}).json()["leases"]
    assert not {row["item"] for row in first} & {row["item"] for row in hers}
    ids = [row["id"] for row in first]
    assert owner.post(f"{API}/leases/renew", json={"ids": ids}).json() == {"held": ids}
    assert kim.post(f"{API}/leases/renew", json={"ids": ids}).json() == {"held": []}

    told = {
        "uuid": str(uuid.uuid4()),
        "item": first[0]["item"],
        "kind": "label",
        "value": "a",
        "client": "tab",
        "seconds": 1.5,
    }
    said = owner.post(f"{API}/events", json=told)
    assert said.status_code == 201
    again = owner.post(f"{API}/events", json=told)
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    assert again.json()["event"] == said.json()["event"]

    conflict = label(kim, first[0]["item"], "b")
    assert conflict.status_code == 409
    assert conflict.json()["standing"][0]["value"] == "a"
    held = label(kim, first[1]["item"])
    assert held.status_code == 409

    undone = owner.post(
        f"{API}/events/{said.json()['event']}/undo",
        json={"uuid": str(uuid.uuid4()), "client": "tab"},
    )
    assert undone.json()["lease"]["item"] == first[0]["item"]
    skip = {"uuid": str(uuid.uuid4()), "item": first[1]["item"], "kind": "skip", "reason": "?"}
    assert owner.post(f"{API}/events", json=skip).status_code == 201
    assert owner.delete(f"{API}/leases/{first[2]['id']}").json() == {"held": True}
    assert owner.delete(f"{API}/leases/{first[2]['id']}").json() == {"held": False}
    progress = owner.get(f"{API}/progress").json()
    assert (progress["skipped"], progress["done"], progress["rows"]) == (1, 1, 40)
    history = owner.get(f"{API}/history?n=2").json()["events"]
    assert [event["kind"] for event in history] == ["skip", "undo"]
    assert owner.get(f"{API}/rounds").json() == {
        "rounds": [], "model": None, "curve": [], "advice": "Not known yet: no model has learned."
    }  # fmt: skip
    assert progress["performance"] == {
        "value": None, "low": 0, "high": 1, "n": 0, "enough": False, "scoring": "accuracy",
        "remark": "",
    }  # fmt: skip
    assert owner.post(f"{API}/rounds", json={}).json()["code"] == "no_model"
    assert owner.get(f"{API}/items/1").json()["row"] == 0
    assert owner.get(f"{API}/items/99").status_code == 404
    assert owner.get(f"{API}/items/1/image").status_code == 404


def test_classes_and_people_are_added(visit, owner, store):
    added = owner.patch(f"{API}/settings", json={"add_class": "c"})
    assert added.json()["classes"] == ["a", "b", "c"]
    similar = owner.patch(f"{API}/settings", json={"add_class": "C"})
    assert (similar.status_code, similar.json()["similar"]) == (409, "c")
    sure = owner.patch(f"{API}/settings", json={"add_class": "C", "sure": True})
    assert sure.json()["classes"][-1] == "C"
    assert owner.patch(f"{API}/settings", json={"overlap": 2}).json()["overlap"] == 2
    link = owner.post(f"{API}/annotators", json={"name": "Kim"})
    assert link.status_code == 201
    token = link.json()["link"].removeprefix("/#")
    kim = visit()
    assert kim.post(f"{API}/session", json={"token": token}).json()["name"] == "Kim"
    assert label(kim, 1).status_code == 201
    assert label(owner, 1, "b").status_code == 201  # the second of two


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json"])
def test_an_export_is_whole_and_leaves_nothing(owner, store, kind):
    label(owner, 1)
    answer = owner.get(f"{API}/export?kind={kind}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="labels.{kind}"'
    if kind == "csv":
        assert len(answer.text.splitlines()) == 41
    else:
        assert json.loads(answer.text)
    assert not list((store.folder / "cache").iterdir())
    assert owner.get(f"{API}/export?kind=exe").status_code == 400


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "kind"),
        ({"kind": "import"}, "kind"),
        ({"kind": "label"}, "item"),
        ({"kind": "label", "item": True}, "item"),
        ({"kind": "label", "item": -1}, "item"),
        ({"kind": "label", "item": 1.5}, "item"),
        ({"kind": "label", "item": 2**70}, "item"),
        ({"kind": "label", "item": 1, "value": ["a"]}, "value"),
        ({"kind": "label", "item": 1, "value": "a"}, "uuid"),
        ({"kind": "label", "item": 1, "value": "a", "uuid": "1"}, "uuid"),
        ({"kind": "label", "item": 1, "value": "z", "uuid": str(uuid.uuid4())}, "classes"),
        (
            {"kind": "label", "item": 1, "value": "a", "uuid": str(uuid.uuid4()), "seconds": -1},
            "seconds",
        ),
        (
            {"kind": "label", "item": 1, "value": "a", "uuid": str(uuid.uuid4()), "annotator": 2},
            "annotator",
        ),
        ([1], "not a JSON object"),
    ],
)
def test_wrong_answers_are_refused_in_a_sentence(owner, store, body, told):
    answer = owner.post(f"{API}/events", json=body)
    assert answer.status_code in (400, 422)
    assert told in answer.json()["message"]
    assert answer.json().keys() >= {"code", "message", "hint"}
    assert store.progress()["events"] == 0


@pytest.mark.parametrize("body", [b"", b"{", b'{"token": NaN}', b"[" * 60_000, b"\xff", b"null"])
def test_what_is_no_json(visit, body):
    headers = {"content-type": "application/json"}
    answer = visit().post(f"{API}/session", content=body, headers=headers)
    assert answer.status_code == 400


def test_a_full_disk_is_507(owner, store, monkeypatch):
    def full(*args):
        raise StoreFull("the disk is full")

    monkeypatch.setattr(store.desk, "record", full)
    answer = label(owner, 1)
    assert (answer.status_code, answer.json()["code"]) == (507, "full")


def test_a_changed_file_pauses_labelling(owner, store, tickets):
    store.desk.draw(5)
    tickets.write_text(tickets.read_text().replace("text", "TEXT"))
    answer = owner.post(f"{API}/leases", json={"client": "tab"})
    assert (answer.status_code, answer.json()["code"]) == (409, "source_changed")


def test_the_page_is_served_to_anybody_and_makes_nothing_of_strings(visit):
    nobody, texts = visit(), {}
    for address, (name, kind) in page.FILES.items():
        answer = nobody.get(address)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == kind
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        texts[name] = answer.text
    assert sum(len(text.encode()) for text in texts.values()) <= 60_000
    for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert name not in texts["label.js"]
    assert not re.search(r"https?://(?!www\.w3\.org)", "".join(texts.values()))
    assert not re.search(r"<[^>]+ (style|on\w+)=", texts["label.html"])


def test_unknown_addresses_are_refused_in_json(owner):
    for address in ("/nothing", "/api/v1/nothing", "/api/v1/items/x", "/../etc/passwd"):
        answer = owner.get(address)
        assert answer.status_code == 404
        assert answer.json()["code"] == "not_there"
    assert owner.delete(f"{API}/task").status_code == 405
    assert owner.get(f"{API}/health").json() == {"ok": True}


class Learning:
    """A model that only says that it was asked."""

    asked = 0

    def status(self):
        return {"state": "failed", "error": "ValueError: no", "n_learned": 0}

    def ask_for_round(self):
        self.asked += 1


def test_a_model_that_failed_is_told_and_tried_again(store):
    model = Learning()
    client = TestClient(make_application(store, ACCESS, model), base_url=f"http://{HOST}")
    assert client.post(f"{API}/rounds", json={}).status_code == 401
    client.post(f"{API}/session", json={"token": store.team.new_token(1)})
    assert client.get(f"{API}/rounds").json()["model"]["error"] == "ValueError: no"
    assert client.post(f"{API}/rounds", json={}).status_code == 202
    assert model.asked == 1
    client.close()


def test_images_of_a_folder(tmp_path):
    image = pytest.importorskip("PIL.Image")
    folder = tmp_path / "photos"
    folder.mkdir()
    image.new("RGB", (4, 3)).save(folder / "a.png")
    (folder / "b.png").write_text("<svg onload='alert(1)'/>")
    (folder / "c.jpg").write_bytes((folder / "a.png").read_bytes())
    image.new("1", (8000, 8000)).save(folder / "d.png")
    with Store.create(folder, classes=["x"], audit_reserve=0) as store:
        client = TestClient(make_application(store, ACCESS), base_url=f"http://{HOST}")
        client.post(f"{API}/session", json={"token": store.team.new_token(1)})
        first = client.get(f"{API}/items/1/image")
        assert first.headers["content-type"] == "image/png"
        assert first.content == (folder / "a.png").read_bytes()
        answers = [client.get(f"{API}/items/{item}/image") for item in (2, 3, 4)]
        assert [answer.status_code for answer in answers] == [415, 200, 413]
        assert answers[1].headers["content-type"] == "image/png"  # by what it is
        (folder / "a.png").unlink()
        (folder / "a.png").symlink_to(tmp_path / "photos.skal" / "store.db")
        assert client.get(f"{API}/items/1/image").status_code in (404, 409)
        client.close()
