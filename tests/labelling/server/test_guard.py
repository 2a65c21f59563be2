"""Requests that a page of somebody else could make, and what browsers are told."""

import pytest

API = "/api/v1"
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1"}, 421),
        ({"host": "127.0.0.1:8766"}, 421),
        ({"host": "127.0.0.1:8765.evil.example"}, 421),
        ({"host": "LOCALHOST:8765"}, 421),
        ({"host": ""}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:8765.evil.example"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "ftp://127.0.0.1:8765"}, 403),
        ({"origin": "http://127.0.0.1:8765/x"}, 403),
        ({"origin": "http://["}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({"content-type": ""}, 415),
        ({"content-length": "-1"}, 413),
        ({"content-length": "x"}, 413),
        ({"content-length": "65537"}, 413),
    ],
)
def test_requests_of_others_are_refused(owner, headers, status):
    answer = owner.post(f"{API}/leases", content=b'{"client": "x"}', headers=JSON | headers)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert owner.post(f"{API}/leases", json={"client": "x"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://127.0.0.1:8765", "sec-fetch-site": "same-origin"},
        {"host": "localhost:8765", "origin": "http://localhost:8765"},
        {"content-type": "Application/JSON; charset=utf-8"},
        {},
    ],
)
def test_requests_of_the_page_are_answered(visit, headers):
    answer = visit().post(f"{API}/session", content=b'{"token": "x"}', headers=JSON | headers)
    assert answer.status_code == 401


def test_two_hosts_are_none(owner):
    headers = [("host", "127.0.0.1:8765"), ("host", "evil.example")]
    assert owner.get(f"{API}/health", headers=headers).status_code == 421


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "CONNECT", "BREW"])
def test_other_methods_are_refused(owner, method):
    answer = owner.request(method, f"{API}/task", headers={"origin": "http://127.0.0.1:8765"})
    assert answer.status_code == 405
    assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize("address", ["/health", "/nothing", "/task"])
def test_every_answer_tells_the_browser_what_it_may(visit, address):
    headers = visit().get(f"{API}{address}").headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


def test_a_body_in_parts_is_counted(owner):
    def parts():
        for _ in range(70):
            yield b" " * 1024

    answer = owner.post(f"{API}/leases", content=parts(), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
