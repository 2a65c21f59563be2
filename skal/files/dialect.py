"""Detection of the separator and the line end of a text."""

import re
from dataclasses import dataclass

import numpy as np

from skal.files.scanning import scan

SEPARATORS = (b",", b";", b"\t", b"|")
BEGINNING = 2**18  # number of bytes used for detection
DIRECTIVE = re.compile(rb"sep=([^\r\n\"])(\r\n|\n|\r)")  # a first line that Excel writes and reads


@dataclass(frozen=True)
class Dialect:
    """Store the separator and line end of a text, and the number of bytes before its header."""

    separator: bytes = b","
    newline: bytes = b"\n"
    header: int = 0


def dialect_of(text: bytes) -> Dialect:
    """Detect the dialect on which most lines of a text agree.

    The separator is the one of , ; tab and | that splits the most lines into as many cells as the
    header; ties are broken by the number of cells.
    """
    newline = _newline(text[:BEGINNING])
    if directive := DIRECTIVE.match(text):
        return Dialect(directive[1], newline, directive.end())
    found = max((_votes(text[:BEGINNING], separator), -i) for i, separator in enumerate(SEPARATORS))
    return Dialect(SEPARATORS[-found[1]], newline)


def _votes(text, separator):
    """Return the share of lines with as many cells as the header, and that number or 0."""
    counts = scan(text, separator).counts
    if len(text) == BEGINNING:
        counts = counts[:-1] if len(counts) > 1 else counts  # the last line may be incomplete
    if not len(counts) or counts[0] == 1:
        return 0.0, 1
    return round(float(np.mean(counts == counts[0])), 1), int(counts[0])


def _newline(text):
    """Return the most frequent line end."""
    pairs = text.count(b"\r\n")
    numbers = {
        b"\n": text.count(b"\n") - pairs,
        b"\r\n": pairs,
        b"\r": text.count(b"\r") - pairs,
    }
    return max(numbers, key=lambda newline: numbers[newline])
