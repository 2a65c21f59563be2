"""Under which name a store is served, and what learns beside it."""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Access:
    """Under which hosts the page is served, and whether its cookie goes over TLS alone."""

    hosts: tuple[str, ...]
    port: int
    secure: bool = False

    @property
    def scheme(self) -> str:
        """How browsers reach the page."""
        return "https" if self.secure else "http"

    @property
    def cookie(self) -> str:
        """The name of the cookie: each port has its own, since browsers share them."""
        return f"skal-{self.port}"


class Model(Protocol):
    """What learns beside the page."""

    def status(self) -> dict[str, Any]: ...

    def ask_for_round(self) -> None: ...
