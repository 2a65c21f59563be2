"""The errors of a store, each with its code for the page."""

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
    """The database cannot be reached; the request may not be stored."""

    code = "away"


class ReadOnly(StoreError):
    """A change was requested of a store that was opened read-only."""

    code = "read_only"


class SourceChanged(StoreError):
    """The source file no longer contains the rows of the store."""

    code = "source_changed"


class UnknownClass(StoreError):
    """A label that is not one of the classes, or not a number."""

    code = "unknown_class"


class SimilarClass(StoreError):
    """A new class whose name differs from a known one only in case, spaces or accents."""

    code = "similar_class"

    def __init__(self, message: str, similar: str) -> None:
        super().__init__(message)
        self.similar = similar


class Conflict(StoreError):
    """An answer to an item that somebody else answered; `standing` has the current answers."""

    code = "conflict"

    def __init__(self, message: str, standing: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.standing = standing or []
