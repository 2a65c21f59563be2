"""Checks of each request before it is read, and the headers of each response."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from skal.labelling.server.refusals import Refusal, refusal

SAFE = ("GET", "HEAD")
METHODS = (*SAFE, "POST", "PATCH", "DELETE")
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'"
    ),
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}


@dataclass(frozen=True)
class Guard:
    """Accept only requests from the page itself: check host, origin, type and size."""

    app: ASGIApp
    hosts: Collection[str]  # with the port, as browsers send them
    most_bytes: int = 64 * 1024
    seconds: float = 10.0
    schemes: Collection[str] = ("http", "https")
    origins: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        allowed = frozenset(f"{scheme}://{h}" for h in self.hosts for scheme in self.schemes)
        object.__setattr__(self, "origins", allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # no websockets here
            raise ValueError(f"A connection of type {scope['type']} came, and only http is served.")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    told[name] = value
            await send(message)

        try:
            self._judge(scope["method"], Headers(scope=scope))
            body = await self._body(Headers(scope=scope), receive)
        except Refusal as refused:
            await refusal(refused, close=True)(scope, receive, guarded)
            return
        await self.app(scope, _once(body, receive), guarded)

    def _judge(self, method, headers):
        """Refuse a request that does not come from the page."""
        if headers.getlist("host") not in [[host] for host in self.hosts]:
            raise Refusal(421, "host", "This address is not served here.")
        if method not in METHODS:
            raise Refusal(405, "method", f"The method {method} is not supported.")
        site = headers.get("sec-fetch-site", "same-origin")
        origin = headers.get("origin")
        if origin is not None and _origin(origin) not in self.origins:
            raise Refusal(403, "origin", "Requests from other sites are not answered.")
        navigates = method in SAFE and headers.get("sec-fetch-mode") == "navigate"
        if site not in ("same-origin", "none") and not navigates:
            raise Refusal(403, "origin", "Requests from other sites are not answered.")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if method in ("POST", "PATCH") and kind != "application/json":
            raise Refusal(415, "content_type", "Send JSON, as application/json.")

    async def _body(self, headers, receive):
        """Return the body, if it is small and arrives in time."""
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self.most_bytes:
            raise Refusal(413, "too_large", f"A request can have at most {self.most_bytes} bytes.")
        body, more = b"", True
        try:
            async with asyncio.timeout(self.seconds):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        break
                    body, more = body + message.get("body", b""), message.get("more_body", False)
                    if len(body) > self.most_bytes:
                        told = f"A request can have at most {self.most_bytes} bytes."
                        raise Refusal(413, "too_large", told)
        except TimeoutError:
            raise Refusal(408, "too_slow", "The request took too long.") from None
        return body


def _origin(origin):
    """Normalise an origin; empty if it is invalid."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return ""
    return (
        f"{parts.scheme}://{parts.netloc}" if origin == f"{parts.scheme}://{parts.netloc}" else ""
    )


def _once(body: bytes, receive: Receive) -> Receive:
    """Replay a body that was read, then receive further messages."""
    given = False

    async def again() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return again
