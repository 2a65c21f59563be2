"""The settings of a store: task, classes, overlap and reserve."""

import json
import math
import secrets
import sqlite3
import unicodedata
from collections.abc import Sequence
from typing import Any

from skal._words import MISSING_WORDS
from skal.labelling.numbers import whole
from skal.labelling.source import Source
from skal.labelling.trouble import SimilarClass, StoreError, UnknownClass

LONGEST = 200  # characters of a class's name

HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # categories of characters that nobody sees


def new(
    source: Source, classes: Sequence[str], overlap: int, reserve: float, seed: int | None
) -> dict[str, Any]:
    """Return the settings of a new store."""
    if isinstance(classes, str):
        raise StoreError(f"classes={classes!r} must be a list of names.")
    return {
        "label": source.label,
        "id": source.id,
        "missing": sorted(source.missing),
        "classes": list(dict.fromkeys(map(class_name, classes))),
        "overlap": whole(overlap, "overlap", 1, 1000),
        "audit_reserve": check_share(reserve, "audit_reserve"),
        "seed": secrets.randbelow(2**31) if seed is None else whole(seed, "seed"),
    }


def read(connection: sqlite3.Connection) -> dict[str, Any]:
    """Read all settings."""
    return json.loads(connection.execute("SELECT settings FROM meta").fetchone()[0])


def write(connection: sqlite3.Connection, **changes: Any) -> dict[str, Any]:
    """Change some settings, and return all of them."""
    settings = read(connection) | changes
    text = json.dumps(settings, ensure_ascii=False)
    connection.execute("UPDATE meta SET settings = ?", (text,))
    return settings


def is_classification(connection: sqlite3.Connection) -> bool:
    """Return whether labels are classes, which are counted."""
    return connection.execute("SELECT task FROM meta").fetchone()[0] == "classification"


def overlap(connection: sqlite3.Connection) -> int:
    """Return how many annotators answer each item."""
    return read(connection)["overlap"]


def checked_label(connection: sqlite3.Connection, value: Any) -> str:
    """Convert a label for the log; raise an error if it is not a class, or not a number."""
    if not is_classification(connection):
        return number(value)
    classes = read(connection)["classes"]
    if not isinstance(value, str) or value not in classes:
        told = ", ".join(map(repr, classes[:20])) + (", …" if len(classes) > 20 else "")
        raise UnknownClass(f"{value!r} is not one of the classes ({told}): add it first.")
    return value


def number(value: Any) -> str:
    """Convert a finite number to a string without losing a digit."""
    try:
        if isinstance(value, bool):
            raise TypeError
        read_number = float(value)
    except (TypeError, ValueError):
        raise UnknownClass(f"{value!r} is not a number.") from None
    if not math.isfinite(read_number):
        raise UnknownClass(f"{value!r} is not a finite number.")
    return repr(read_number)


def add_class(connection: sqlite3.Connection, name: str, sure: bool) -> list[str]:
    """Add a class; raise an error if one differs only in case, spaces or accents."""
    if not is_classification(connection):
        raise StoreError(f"{name!r} cannot be added: the labels of this store are numbers.")
    name = class_name(name)
    classes = read(connection)["classes"]
    if name in classes:
        return classes
    similar = next((known for known in classes if plain(known) == plain(name)), None)
    if similar is not None and not sure:
        raise SimilarClass(
            f"{name!r} differs from the class {similar!r} only in case, spaces or accents: take "
            "that one, or say that you are sure (sure=True).",
            similar,
        )
    return write(connection, classes=[*classes, name])["classes"]


def class_name(name: Any) -> str:
    """Strip the name of a class and validate it."""
    if not isinstance(name, str):
        raise StoreError(f"{name!r} cannot be a class: a name must be a string.")
    name = name.strip()
    if name in MISSING_WORDS:
        raise StoreError(f"{name!r} cannot be a class: it stands for a missing label.")
    if len(name) > LONGEST:
        raise StoreError(
            f"{name[:30]!r}… cannot be a class: it has more than {LONGEST} characters."
        )
    if any(unicodedata.category(character) in HIDDEN for character in name):
        raise StoreError(f"{name!r} cannot be a class: it contains invisible characters.")
    return name


def plain(name: str) -> str:
    """Normalise a name: without case, spaces and accents."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c) and not c.isspace())


def check_share(value: Any, name: str) -> float:
    """Validate a share: at least 0 and less than 1."""
    real = isinstance(value, int | float) and not isinstance(value, bool)
    if not real or not 0 <= value < 1:
        raise StoreError(f"{name}={value!r} must be a number from 0 to below 1.")
    return float(value)
