"""Positions of the cells of a delimited text, found with NumPy and a regular expression."""

import re
from dataclasses import dataclass

import numpy as np

QUOTE, LF, CR = b'"\n\r'
BLANK = b" \t"
# From an opening quote to its closing one, or to the end of the text if there is none.
QUOTED = rb'(?<![^%b\r\n])"[^"]*+(?:""[^"]*+)*+(?:"|\Z)'


@dataclass(frozen=True)
class Scan:
    """Store the cells of a text: cell i is text[starts[i]:ends[i]], with its quotes.

    Row r has the `counts[r]` cells from `firsts[r]` on; lines of blanks only are not rows but
    `blanks`, by the number of their only cell.  `odd` are the cells that readers parse differently,
    such as "a"b.
    """

    starts: np.ndarray
    ends: np.ndarray
    firsts: np.ndarray
    counts: np.ndarray
    blanks: np.ndarray
    odd: np.ndarray
    is_closed: bool  # otherwise the text ends within quotes


def scan(text: bytes, separator: bytes) -> Scan:
    """Find the cells of a text in UTF-8 or any other extension of ASCII.

    A quote opens only at the beginning of a cell, and two quotes stand for one inside quotes. Rows
    end with LF, CR LF or CR outside of quotes.
    """
    data = np.frombuffer(text, np.uint8)
    is_mark = np.zeros(256, bool)
    is_mark[[LF, CR, separator[0]]] = True
    marks = np.flatnonzero(is_mark[data])
    marks, garbled, is_closed = _outside_quotes(text, data, marks, is_mark, separator)
    follows = (data[marks] == LF) & (marks > 0) & (data[marks - 1] == CR)  # the LF of a CR LF
    beginnings = marks + 1
    beginnings[np.flatnonzero(follows) - 1] += 1
    marks, beginnings = marks[~follows], beginnings[~follows]
    closes = data[marks] != separator[0]
    starts, ends = np.concatenate([[0], beginnings]), np.concatenate([marks, [len(text)]])
    closes = np.append(closes, True)
    if len(marks) and closes[-2] and starts[-1] == len(text):  # nothing follows the last line end
        starts, ends, closes = starts[:-1], ends[:-1], closes[:-1]
    lasts = np.flatnonzero(closes)
    firsts = np.concatenate([[0], lasts[:-1] + 1])
    blank = _blank(text, data, starts, ends, firsts, lasts)
    odd = np.searchsorted(starts, garbled, side="right") - 1
    counts = (lasts - firsts + 1)[~blank]
    return Scan(starts, ends, firsts[~blank], counts, firsts[blank], odd, is_closed)


def _outside_quotes(text, data, marks, is_mark, separator):
    """Return marks outside quotes, positions of quotes inside cells, and if all close."""
    quotes = np.flatnonzero(data == QUOTE)
    if not len(quotes):
        return marks, quotes, True
    if _take_turns(data, quotes, is_mark):
        return marks[np.searchsorted(quotes, marks) % 2 == 0], quotes[:0], True
    pattern = re.compile(QUOTED % re.escape(separator))
    parts = np.array([found.span() for found in pattern.finditer(text)], int).reshape(-1, 2)
    if not len(parts):
        return marks, quotes[:0], True
    part = np.searchsorted(parts[:, 0], marks, side="right") - 1
    outside = (part < 0) | (marks >= parts[part, 1])
    last = bytes(text[parts[-1, 0] : parts[-1, 1]])
    is_closed = len(last) > 1 and last.count(b'"') % 2 == 0
    inner = parts[parts[:, 1] < len(text)]
    garbled = inner[~is_mark[data[inner[:, 1]]], 0]
    return marks[outside], garbled, is_closed


def _take_turns(data, quotes, is_mark):
    """Return whether quotes open and close in turn: each opens a cell, ends one, or is doubled."""
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    allowed = is_mark.copy()
    allowed[QUOTE] = True
    before = (opening == 0) | allowed[data[opening - 1]]
    after = (closing == len(data) - 1) | allowed[data[np.minimum(closing + 1, len(data) - 1)]]
    return bool(before.all() and after.all())


def _blank(text, data, starts, ends, firsts, lasts):
    """Return which lines contain only blanks."""
    single = firsts == lasts
    lengths = ends[firsts] - starts[firsts]
    blank = single & (lengths == 0)
    beginning = data[np.minimum(starts[firsts], len(data) - 1)] if len(data) else lengths
    doubtful = single & ~blank & np.isin(beginning, list(BLANK))
    for line in np.flatnonzero(doubtful):
        blank[line] = not text[starts[firsts[line]] : ends[firsts[line]]].strip(BLANK)
    return blank
