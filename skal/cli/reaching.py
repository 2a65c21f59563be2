"""Under which names the page of `skal label` is reached, and from which machines."""

import errno
import functools
import ipaddress
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skal.cli import options as common
from skal.cli.trouble import Trouble

if TYPE_CHECKING:
    from skal.labelling.server import Access

HERE = "127.0.0.1"
PORT = 8765
TRIED = 20  # ports from there on
FILE = click.Path(path_type=Path)
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\]")


@dataclass(frozen=True)
class Reach:
    """Where the server listens, the names that browsers may use, and what encrypts."""

    host: str = HERE
    names: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False
    tls: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tls", self.certificate is not None)

    def check(self) -> None:
        """An error for what would let others in, or keep everybody out."""
        if (self.certificate is None) != (self.key is None):
            raise Trouble("--tls-cert and --tls-key belong together: pass both files.")
        if self.tls and self.behind_proxy:
            raise Trouble("Pass --tls-cert and --tls-key, or --behind-proxy: one of them encrypts.")
        encrypted = self.tls or self.behind_proxy
        if not _is_loopback(self.host) and not self.names:
            raise Trouble(
                f"--host {self.host} lets other machines in, and needs --allow-host NAME: the name "
                "or address that their browsers use, such as labels.example.org."
            )
        if self.names and not encrypted:
            raise Trouble(
                f"--allow-host {self.names[0]} needs encryption: pass --tls-cert and --tls-key, or "
                "--behind-proxy if a proxy such as nginx or Caddy serves https."
            )
        if encrypted and not self.names:
            option = "--behind-proxy" if self.behind_proxy else "--tls-cert"
            raise Trouble(f"{option} needs --allow-host NAME: the name that browsers use.")
        for name in self.names:
            _check_name(name)
        if self.certificate is not None and self.key is not None:
            _check_certificate(self.certificate, self.key)

    def access(self, port: int) -> "Access":
        """The names with their ports, as browsers send them."""
        from skal.labelling.server import Access

        if not self.names:
            return Access((f"{HERE}:{port}", f"localhost:{port}"), port)
        return Access(tuple(self._with_port(name, port) for name in self.names), port, True)

    def _with_port(self, name, port):
        """A name as a browser sends it: without the port of https."""
        if _port_of(name) is None and self.tls:
            name = f"{name}:{port}"
        return name.lower().removesuffix(":443")

    def listen(self, port: int | None, before: int | None) -> socket.socket:
        """A socket at the port asked for, at that of last time, or at the first free one."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        wanted = [port] if port is not None else [before or PORT, *range(PORT, PORT + TRIED), 0]
        for number in wanted:
            try:
                return socket.create_server((self.host, number), family=family, backlog=128)
            except OSError as error:
                number_of = error.errno or 0
                if number_of < 0 or number_of == errno.EADDRNOTAVAIL:  # below 0: no such name
                    raise Trouble(f"--host {self.host} is no address of this machine.") from error
                if port is not None:
                    raise Trouble(
                        f"--port {port} is in use, or may not be used: name another, or leave "
                        "--port away."
                    ) from error
        raise Trouble("No port of this machine is free.")


def options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a command that say how its page is reached; it gets them as `reach`."""

    @click.option(
        "--host",
        default=HERE,
        metavar="ADDRESS",
        show_default=True,
        help="The address to listen on; other machines get in by one of this machine's own.",
    )
    @click.option(
        "--allow-host",
        multiple=True,
        metavar="NAMES",
        help="Names that browsers use for the page, such as labels.example.org; needs https.",
    )
    @click.option("--tls-cert", type=FILE, metavar="FILE", help="A certificate for https, as PEM.")
    @click.option("--tls-key", type=FILE, metavar="FILE", help="Its private key, as PEM.")
    @click.option("--behind-proxy", is_flag=True, help="A proxy serves https, and passes Host on.")
    @functools.wraps(command)
    def with_reach(
        host: str,
        allow_host: tuple[str, ...],
        tls_cert: Path | None,
        tls_key: Path | None,
        behind_proxy: bool,
        **others: Any,
    ) -> None:
        names = tuple(name for name in common.words(allow_host) if name)
        reach = Reach(host.strip(), names, tls_cert, tls_key, behind_proxy)
        reach.check()
        command(reach=reach, **others)

    return with_reach


def _is_loopback(host):
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _port_of(name):
    """The port that is part of a name; None where there is none."""
    found = re.search(r":(\d{1,5})$", name) if not name.endswith("]") else None
    return None if found is None else int(found[1])


def _check_name(name):
    bare = name if _port_of(name) is None else name.rpartition(":")[0]
    if not NAME.fullmatch(bare) or (_port_of(name) or 1) > 65535:
        raise Trouble(
            f"--allow-host {name!r} is no name of a host: pass it as in the address bar, without "
            "https:// and paths, such as labels.example.org or labels.example.org:8443."
        )


def _check_certificate(certificate, key):
    for option, file in (("--tls-cert", certificate), ("--tls-key", key)):
        if not file.is_file():
            raise Trouble(f"{option} {file}: there is no such file.")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, OSError) as error:
        raise Trouble(
            f"--tls-cert {certificate} and --tls-key {key} cannot be used ({error}): pass a "
            "certificate and its key without a password, both as PEM."
        ) from error
