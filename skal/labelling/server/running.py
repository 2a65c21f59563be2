"""uvicorn with two more limits: a deadline for headers, and connections per address."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from skal.labelling.server.access import Access, Model
from skal.labelling.server.application import make_application
from skal.labelling.store import Store

SECONDS = 10.0
CONNECTIONS = 32  # of one address at once


class Limited(H11Protocol):
    """uvicorn's protocol, which closes connections whose headers arrive too late."""

    seconds = SECONDS
    most: int | None = CONNECTIONS
    opened: ClassVar[Counter[str]] = Counter()  # connections of each address
    deadline: asyncio.TimerHandle | None = None
    address = ""

    def connection_made(self, transport: Any) -> None:
        """Accept a connection, unless its address has too many."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self.opened[self.address] += 1
        if self.most is not None and self.opened[self.address] > self.most:
            transport.abort()
        else:
            self.expect_headers()

    def data_received(self, data: bytes) -> None:
        """Receive data."""
        self.expect_headers()
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self.stop_waiting()

    def on_response_complete(self) -> None:
        """Continue with the next request, which may have begun already."""
        super().on_response_complete()
        if self.conn.trailing_data[0]:
            self.expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self.stop_waiting()
        self.opened[self.address] -= 1
        if not self.opened[self.address]:
            del self.opened[self.address]
        super().connection_lost(exc)

    def expect_headers(self) -> None:
        """Close the connection if the headers do not arrive in time."""
        if self.deadline is None and self.conn.their_state is h11.IDLE:
            self.deadline = self.loop.call_later(self.seconds, self.transport.abort)

    def stop_waiting(self) -> None:
        """Cancel the deadline for headers."""
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None


def limited(seconds: float = SECONDS, connections: int | None = CONNECTIONS) -> type[Limited]:
    """Return the protocol with other limits; `connections` is None behind a proxy."""
    told: dict[str, Any] = {"seconds": seconds, "most": connections, "opened": Counter()}
    return type("Limited", (Limited,), told)


def make_server(
    store: Store,
    access: Access,
    model: Model | None = None,
    *,
    seconds: float = SECONDS,
    behind_proxy: bool = False,
    certificate: Path | None = None,
    key: Path | None = None,
) -> uvicorn.Server:
    """Return a server for a store, without access logs; with a certificate it serves https."""
    config = uvicorn.Config(
        make_application(store, access, model, seconds=seconds),
        http=limited(seconds, None if behind_proxy else CONNECTIONS),
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=16 * 1024,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=3,
        limit_concurrency=200,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    return uvicorn.Server(config)
