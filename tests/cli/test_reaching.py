"""Who may reach the page: refusals, names, ports, and a server that speaks https."""

import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest

pytest.importorskip("click")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
from click.testing import CliRunner

from skal.cli import skal
from skal.cli.reaching import Reach
from skal.cli.trouble import Trouble
from skal.labelling import Store
from skal.labelling.server import make_server


@pytest.fixture
def tickets(folder):
    path = folder / "tickets.csv"
    path.write_text("text,topic\n" + "".join(f"ticket {i},\n" for i in range(20)))
    return path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of example.org and its key."""
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key,
         "-out", cert, "-subj", "/CN=example.org", "-addext", "subjectAltName=DNS:example.org"],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--host", "0.0.0.0"), "--host 0.0.0.0 lets other machines in, and needs --allow-host"),
        (("--host", "0.0.0.0", "--behind-proxy"), "needs --allow-host"),
        (("--host", "my.machine"), "needs --allow-host"),
        (("--allow-host", "example.org"), "--allow-host example.org needs encryption"),
        (("--host", "0.0.0.0", "--allow-host", "example.org"), "needs encryption"),
        (("--behind-proxy",), "--behind-proxy needs --allow-host NAME"),
        (("--behind-proxy", "--allow-host", "https://example.org"), "without https:// and paths"),
        (("--behind-proxy", "--allow-host", "example.org/x"), "is no name of a host"),
        (("--behind-proxy", "--allow-host", "*"), "is no name of a host"),
        (("--behind-proxy", "--allow-host", "example.org:70000"), "is no name of a host"),
        (("--tls-cert", "a.pem"), "--tls-cert and --tls-key belong together"),
        (("--tls-key", "a.pem"), "--tls-cert and --tls-key belong together"),
        (("--tls-cert", "a.pem", "--tls-key", "b.pem"), "--tls-cert needs --allow-host NAME"),
        (
            ("--tls-cert", "a.pem", "--tls-key", "b.pem", "--allow-host", "example.org"),
            "--tls-cert a.pem: there is no such file",
        ),
        (
            ("--tls-cert", "tickets.csv", "--tls-key", "tickets.csv", "--allow-host", "x.org"),
            "cannot be used",
        ),
        (
            ("--tls-cert", "a", "--tls-key", "b", "--behind-proxy", "--allow-host", "x.org"),
            "one of them encrypts",
        ),
    ],
)
def test_what_would_let_others_in_is_refused(tickets, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tickets.parent)
    command = ["label", "tickets.csv", "--label", "topic", "--no-browser", *arguments]
    told = CliRunner().invoke(skal, command, catch_exceptions=False)
    assert told.exit_code == 2, told.output
    assert sentence in told.output
    assert not (tickets.parent / "tickets.csv.skal").exists()


def test_names_are_those_that_browsers_send(certificate):
    assert Reach().access(8765).hosts == ("127.0.0.1:8765", "localhost:8765")
    proxied = Reach(names=("Example.org", "example.org:8443"), behind_proxy=True).access(8765)
    assert proxied.hosts == ("example.org", "example.org:8443")
    assert proxied.secure
    tls = Reach("0.0.0.0", ("example.org", "[::1]:9000"), *certificate)
    tls.check()
    assert tls.access(8765).hosts == ("example.org:8765", "[::1]:9000")
    assert tls.access(443).hosts[0] == "example.org"


def test_the_port_of_last_time_comes_first():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    reach = Reach()
    with reach.listen(None, port) as listening:
        assert listening.getsockname() == ("127.0.0.1", port)
        with reach.listen(None, port) as other:
            assert other.getsockname()[1] != port
        with pytest.raises(Trouble, match=f"--port {port} is in use"):
            reach.listen(port, None)


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.machine.invalid"])
def test_an_address_of_somebody_else(host):
    with pytest.raises(Trouble, match="is no address of this machine"):
        Reach(host).listen(None, None)


def test_a_certificate_serves_https_alone(tickets, certificate):
    httpx = pytest.importorskip("httpx")
    cert, key = certificate
    reach = Reach("127.0.0.1", ("example.org",), cert, key)
    reach.check()
    with (
        Store.create(tickets, label="topic", classes=["a"]) as store,
        reach.listen(None, None) as listening,
    ):
        port = listening.getsockname()[1]
        access = reach.access(port)
        server = make_server(store, access, certificate=cert, key=key)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            while not server.started:
                time.sleep(0.02)
            told = {"host": f"example.org:{port}", "content-type": "application/json"}
            trusted = ssl.create_default_context(cafile=cert)
            trusted.check_hostname = False  # the address is that of this machine
            with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trusted) as client:
                token = {"token": store.team.new_token(1)}
                opened = client.post("/api/v1/session", json=token, headers=told)
                assert opened.status_code == 200
                assert "Secure" in opened.headers["set-cookie"]
                other = {**told, "host": f"127.0.0.1:{port}"}
                assert client.get("/api/v1/health", headers=other).status_code == 421
                plain = {**told, "origin": f"http://example.org:{port}"}
                assert client.post("/api/v1/session", json=token, headers=plain).status_code == 403
            with pytest.raises(httpx.HTTPError):
                httpx.get(f"http://127.0.0.1:{port}/", headers=told)
        finally:
            server.should_exit = True
            thread.join()
