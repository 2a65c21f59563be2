"""The hosts of a page, and the model beside it."""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Access:
    """The hosts of the page, and whether its cookie requires TLS."""

    hosts: tuple[str, ...]
    port: int
    secure: bool = False

    @property
    def scheme(self) -> str:
        """Return the scheme of the page's address."""
        return "https" if self.secure else "http"

    @property
    def cookie(self) -> str:
        """Return the name of the cookie, with the port, because ports share cookies."""
        return f"skal-{self.port}"


class Model(Protocol):
    """The interface of the model beside the page."""

    def status(self) -> dict[str, Any]: ...

    def ask_for_round(self) -> None: ...
