"""Lines of a results file: replays as JSON, validated when they are read.

A line ends in a checksum of the text before it, so a changed byte is detected::

    {"key": "9f…", "data": "iris", …, "versions": {…}, "rounds": […], "checksum": "0c…"}

Lines written before checksums and versions were added are read too.
"""

import hashlib
import json
from itertools import pairwise
from numbers import Real
from typing import Any

import numpy as np

FIRST = ["data", "estimator", "strategy", "seed", "round", "n_labelled"]
NAMES = FIRST[:4]
OF_CLASSES = ["imbalance", "mistakes", "base_error"]  # NaN for a regression
SECONDS = ["query_seconds", "fit_seconds"]
MEASURED = [*OF_CLASSES, "n_holdout", *SECONDS]
TAKEN = {*FIRST, *MEASURED, "rows"}
KEY_SIZE = 32  # hexadecimal digits
START = f'{{"key": "{"?" * KEY_SIZE}", "data": "'.encode()  # of each line; ? is a hexadecimal digit
SEAM = b', "checksum": "'
END = b'"}'
CHECKSUM_SIZE = 8  # bytes


def line_of(key: str, names: tuple, versions: dict[str, str], rounds: list[dict]) -> bytes:
    """Return a replay as a line, with its line end."""
    record = {"key": key, **dict(zip(NAMES, names)), "versions": versions, "rounds": rounds}
    said = json.dumps(record, default=_plain).encode()[:-1]
    return said + SEAM + _checksum(said) + END + b"\n"


def replay_in(line: bytes) -> dict:
    """Return the content of a line without its end; raise a ValueError that describes any error."""
    if b"\0" in line:
        raise ValueError(
            "contains zero bytes, as after a power failure: delete the line, and its replay is run "
            "again"
        )
    said, seam, rest = line.rpartition(SEAM)
    if seam and rest != _checksum(said) + END:
        raise ValueError(
            "was changed after it was written (its checksum differs): delete it, and its replay is "
            "run again, or restore the file from a backup"
        )
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NotOurs from error
    _check_record(record, {"versions", "checksum"} if seam else set())
    return record


def may_begin(torn: bytes) -> bool:
    """Return whether these may be the first bytes of an unfinished line."""
    digits = b"0123456789abcdef"
    return all(
        have in digits if wanted == ord("?") else have == wanted
        for have, wanted in zip(torn, START)
    )


class NotOurs(ValueError):
    """Raised for content that `compare` never writes."""

    def __init__(self, what: str = ""):
        advice = "pass the path of a file that compare() wrote, or of a new one"
        super().__init__(f"is not the result of a replay{what}: {advice}")


def _check_record(record: Any, more: set[str]) -> None:
    if not isinstance(record, dict) or record.keys() != {"key", *NAMES, "rounds"} | more:
        raise NotOurs
    strings = [record[name] for name in ("key", *NAMES[:3])]
    if not all(isinstance(value, str) for value in strings) or not _is_count(record["seed"]):
        raise NotOurs(" (names that are not strings, or a seed that is not a whole number)")
    versions = record.get("versions", {})
    if not isinstance(versions, dict) or not all(isinstance(v, str) for v in versions.values()):
        raise NotOurs(" (versions that are not strings)")
    rounds = record["rounds"]
    if not isinstance(rounds, list) or not rounds:
        raise NotOurs(" (no rounds)")
    for number, measured in enumerate(rounds):
        if wrong := _wrong_in(measured, number):
            raise NotOurs(f" ({wrong} in round {number})")
    if any(a["n_labelled"] >= b["n_labelled"] for a, b in pairwise(rounds)):
        raise NotOurs(" (n_labelled does not increase)")


def _wrong_in(measured: Any, number: int) -> str:
    """Return what is invalid in a round; "" if it is valid."""
    if not isinstance(measured, dict):
        return "no names"
    if missing := [
        name for name in ("round", "n_labelled", *MEASURED, "rows") if name not in measured
    ]:
        return f"no {missing[0]}"
    rows = measured["rows"]
    right = {
        "round": _is_count(measured["round"]) and measured["round"] == number,
        "n_labelled": _is_count(measured["n_labelled"]),
        "n_holdout": _is_count(measured["n_holdout"]),
        "rows": isinstance(rows, list) and all(map(_is_count, rows)) and len({*rows}) == len(rows),
        **{name: _is_number(measured[name], least=0) for name in SECONDS},
        **{n: measured[n] is None or _is_number(measured[n]) for n in OF_CLASSES},
    }
    wrong = [
        f"{name}={json.dumps(measured[name])[:40]}" for name, is_it in right.items() if not is_it
    ]
    return wrong[0] if wrong else ""


def _is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value, least=-np.inf):
    number = isinstance(value, Real) and not isinstance(value, bool)
    return number and (least == -np.inf or least <= value < np.inf)


def _checksum(said: bytes) -> bytes:
    return hashlib.blake2b(said, digest_size=CHECKSUM_SIZE).hexdigest().encode()


def _plain(value):
    """Convert values that JSON does not support: NumPy's to Python's, others to strings."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)
