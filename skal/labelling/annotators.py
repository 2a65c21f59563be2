"""The annotators of a store, and the secrets that identify them."""

import hashlib
import secrets
import sqlite3
import unicodedata
from typing import Any

from skal.labelling.settings import HIDDEN
from skal.labelling.trouble import StoreError

BYTES = 32  # of a token: 256 bits
LONGEST = 100


def add(connection: sqlite3.Connection, name: str, role: str = "annotator") -> int:
    """Add an annotator, and return its id."""
    name = checked(name)
    if role not in ("owner", "annotator", "import"):
        raise StoreError(f"role={role!r} must be owner, annotator or import.")
    if connection.execute("SELECT 1 FROM annotator WHERE name = ?", (name,)).fetchone():
        raise StoreError(f"The annotator {name!r} exists already.")
    return connection.execute(
        "INSERT INTO annotator (name, role) VALUES (?, ?) RETURNING id", (name, role)
    ).fetchone()[0]


def known_or_new(connection: sqlite3.Connection, name: str, role: str = "annotator") -> int:
    """Return the id of the annotator with this name, and add the annotator if needed."""
    name = checked(name)
    row = connection.execute("SELECT id FROM annotator WHERE name = ?", (name,)).fetchone()
    return add(connection, name, role) if row is None else row[0]


def new_token(connection: sqlite3.Connection, annotator: int) -> str:
    """Return a new secret of an annotator; the store keeps its hash. The old one is invalid."""
    token = secrets.token_urlsafe(BYTES)
    changed = connection.execute(
        "UPDATE annotator SET token_hash = ? WHERE id = ? AND role != 'import'",
        (hashed(token), annotator),
    )
    if not changed.rowcount:
        raise StoreError(f"There is no annotator {annotator} who could get a link.")
    return token


def by_token(connection: sqlite3.Connection, token: str) -> dict[str, Any] | None:
    """Return the annotator with this secret."""
    row = connection.execute(
        "SELECT id, name, role FROM annotator WHERE token_hash = ?", (hashed(token),)
    ).fetchone()
    return None if row is None else dict(row)


def all_of(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return all annotators, with their numbers of current answers and whether they have a link."""
    rows = connection.execute(
        "SELECT id, annotator.name, role, coalesce(n, 0) AS answers, "
        "token_hash IS NOT NULL AS linked FROM annotator "
        "LEFT JOIN counter ON counter.kind = 'annotator' AND counter.name = CAST(id AS TEXT) "
        "ORDER BY id"
    )
    return [{**dict(row), "linked": bool(row["linked"])} for row in rows]


def hashed(token: str) -> bytes:
    """Hash a secret for storage. It is random, so a fast hash is safe."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def checked(name: Any) -> str:
    """Strip a name and validate it."""
    name = name.strip() if isinstance(name, str) else name
    seen = isinstance(name, str) and not any(unicodedata.category(c) in HIDDEN for c in name)
    if not seen or not 0 < len(name) <= LONGEST:
        raise StoreError(
            f"{name!r} cannot be the name of an annotator: give 1 to {LONGEST} visible characters."
        )
    return name
