"""How a text separates its cells and ends its lines."""

import re
from dataclasses import dataclass

import numpy as np

from skal.files.scanning import scan

SEPARATORS = (b",", b";", b"\t", b"|")
BEGINNING = 2**18  # bytes that tell
DIRECTIVE = re.compile(rb"sep=([^\r\n\"])(\r\n|\n|\r)")  # a first line that Excel writes and reads


@dataclass(frozen=True)
class Dialect:
    """Separator and line end of a text, and how many bytes stand before its header."""

    separator: bytes = b","
    newline: bytes = b"\n"
    header: int = 0


def dialect_of(text: bytes) -> Dialect:
    """What most lines of a text agree on.

    The separator is the one of , ; tab and | that cuts the most lines into as many cells as the
    header, and of several the one that makes the most cells.
    """
    newline = _newline(text[:BEGINNING])
    if directive := DIRECTIVE.match(text):
        return Dialect(directive[1], newline, directive.end())
    found = max((_votes(text[:BEGINNING], separator), -i) for i, separator in enumerate(SEPARATORS))
    return Dialect(SEPARATORS[-found[1]], newline)


def _votes(text, separator):
    """The share of lines with as many cells as the header, and that number; 0 where it is one."""
    counts = scan(text, separator).counts
    if len(text) == BEGINNING:
        counts = counts[:-1] if len(counts) > 1 else counts  # the last line may be broken off
    if not len(counts) or counts[0] == 1:
        return 0.0, 1
    return round(float(np.mean(counts == counts[0])), 1), int(counts[0])


def _newline(text):
    """The line end that is there most often."""
    pairs = text.count(b"\r\n")
    numbers = {
        b"\n": text.count(b"\n") - pairs,
        b"\r\n": pairs,
        b"\r": text.count(b"\r") - pairs,
    }
    return max(numbers, key=lambda newline: numbers[newline])
