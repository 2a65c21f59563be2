"""What can go wrong with a store, each with the code that the page is answered with."""

from typing import Any


class StoreError(ValueError):
    """A request that the store refuses, or a store that cannot be opened."""

    code = "refused"


class StoreInUse(StoreError):
    """Another process has the store open for writing."""

    code = "in_use"


class StoreFull(StoreError):
    """The disk is full, or the file cannot be written; nothing of the request was stored."""

    code = "full"


class StoreAway(StoreError):
    """The data base cannot be reached; nothing of the request is known to be stored."""

    code = "away"


class ReadOnly(StoreError):
    """A change is asked of a store that was opened to be read."""

    code = "read_only"


class SourceChanged(StoreError):
    """The source file does not hold the rows any more that the store was made for."""

    code = "source_changed"


class UnknownClass(StoreError):
    """A label that is none of the classes, or no number."""

    code = "unknown_class"


class SimilarClass(StoreError):
    """A new class whose name differs from a known one only in case, spaces or accents."""

    code = "similar_class"

    def __init__(self, message: str, similar: str) -> None:
        super().__init__(message)
        self.similar = similar


class Conflict(StoreError):
    """An answer to an item that is somebody else's; `standing` is what holds of it."""

    code = "conflict"

    def __init__(self, message: str, standing: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.standing = standing or []
