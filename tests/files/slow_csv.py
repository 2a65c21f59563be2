"""Separated texts read one letter at a time, as slowly and as plainly as can be."""

from dataclasses import dataclass


@dataclass
class Cell:
    start: int
    end: int
    says: str


def rows_of(text, separator):
    """Rows of cells: where each lies in a str, and what it says.  Lines of blanks are no rows."""
    rows, row, at = [], [], 0
    while at < len(text) or row:
        cell, at = cell_at(text, at, separator)
        row.append(cell)
        if at < len(text) and text[at] == separator:
            at += 1
            if at == len(text):
                row.append(Cell(at, at, ""))
            else:
                continue
        elif text[at : at + 2] == "\r\n":
            at += 2
        else:
            at += 1
        rows.append(row)
        row = []
    return [row for row in rows if len(row) > 1 or text[row[0].start : row[0].end].strip(" \t")]


def cell_at(text, at, separator):
    """The cell that begins here, and the place after it."""
    start, says = at, ""
    if text[at : at + 1] == '"':
        at += 1
        while at < len(text):
            if text[at : at + 2] == '""':
                says += '"'
                at += 2
            elif text[at] == '"':
                at += 1
                break
            else:
                says += text[at]
                at += 1
    while at < len(text) and text[at] not in (separator, "\r", "\n"):
        says += text[at]
        at += 1
    return Cell(start, at, says), at
