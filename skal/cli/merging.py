"""Merge several spellings of one class: `--merge Ai=AI`."""

import shlex
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from skal.cli import options
from skal.cli.answers import is_same
from skal.cli.given import as_cells
from skal.cli.labels import MISSING, read_labels
from skal.cli.spellings import alike
from skal.cli.tables import Table, read_table, successor
from skal.cli.trouble import Trouble

SHOWN = 10  # groups of spellings


def read_merged(
    path: str,
    label: str,
    id: str | None,
    missing: tuple[str, ...],
    skip: tuple[str, ...],
    merge: tuple[str, ...],
) -> Table:
    """Read a table and merge its classes as the options say; the file does not change."""
    table = read_table(path, label, id, options.words(missing), options.words(skip))
    ((table, _),) = merged(merge, table)
    return table


def merged(typed: Sequence[str], *tables: Table) -> list[tuple[Table, dict[int, Any]]]:
    """Merge the classes of tables; return each table with its changed cells by row.

    All merges are done at once.  A note names classes that no table has.
    """
    pairs = pairs_of(typed, {str(name) for table in tables for name in table.y.dropna().unique()})
    results: list[tuple[Table, dict[int, Any]]] = []
    found = set()
    for table in tables:
        cells: dict[int, Any] = {}
        told = []
        for old, new in pairs.items():
            _check_target(table, old, new)
            if (rows := _rows_of(table, old)).any():
                found.add(old)
                told.append(f"Merged: {old!r} ({rows.sum():,}) is read as {new!r}.")
                cells |= dict.fromkeys(np.flatnonzero(rows).tolist(), _cell(table, new))
        notes = (*table.notes, *told)
        results.append((replace(table.relabelled(cells), notes=notes), cells))
    if lost := [old for old in pairs if old not in found]:
        table, cells = results[0]
        note = f"Nothing to merge: no label reads {' or '.join(map(repr, lost))}."
        results[0] = replace(table, notes=(*table.notes, note)), cells
    return results


def pairs_of(typed: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Read FROM=TO options; if there are several =, cut between two known classes."""
    pairs: dict[str, str] = {}
    for text in typed:
        parts = text.split("=")
        cuts = [("=".join(parts[:i]), "=".join(parts[i:])) for i in range(1, len(parts))]
        splits = [(old.strip(), new.strip()) for old, new in cuts]
        splits = [(old, new) for old, new in splits if old and new]
        for side in (0, 1):
            if len(splits) > 1:
                splits = [split for split in splits if split[side] in known] or splits
        if len(splits) != 1:
            raise Trouble(
                f"--merge {shlex.quote(text)}: write FROM=TO, the class to merge and the "
                "class that it becomes, such as --merge Ai=AI."
            )
        ((old, new),) = splits
        if old == new or pairs.get(old, new) != new:
            other = "itself" if old == new else f"both {pairs[old]!r} and {new!r}"
            raise Trouble(f"--merge: {old!r} cannot become {other}.")
        pairs[old] = new
    for old, new in pairs.items():
        if new in pairs:
            raise Trouble(
                f"--merge: {old!r} becomes {new!r}, which becomes {pairs[new]!r}: give the "
                "last one for both."
            )
    return pairs


def advice(known: pd.Series, table: Table, file: str | None) -> list[str]:
    """Name likely spellings of one class, and say how to merge them; in a `file` by a command."""
    groups = alike(known)
    if not groups:
        return []
    lines, merges = [], []
    for group in groups[:SHOWN]:
        first, *others = group
        told = ", ".join(f"{_shown(name)} ({n:,})" for name, n in group.items())
        lines.append(f"These classes are likely one in several spellings: {told}.")
        merges += [part for other in others for part in ("--merge", f"{other}={first}")]
    if len(groups) > SHOWN:
        lines.append(
            f"{options.counted(len(groups) - SHOWN, 'more group is', 'more groups are')} not shown."
        )
    if file is None:  # a pool, whose labels lie in several tables
        return [*lines, f"To merge them, add {shlex.join(merges)}."]
    words = ["skal", "fill", file, *options.ways(table), *merges, "-o", successor(file)]
    lines.append(f"To merge them: {shlex.join(words)} (the other commands take --merge too).")
    return lines


def _shown(name):
    """Quote a class, with escapes if it looks like another one on a screen."""
    return repr(name) if unicodedata.is_normalized("NFC", name) else ascii(name)


def _rows_of(table, name):
    """Return the mask of the rows of a class."""
    names = [
        label
        for label in table.y.dropna().unique()
        if (label == name if isinstance(label, str) else is_same(label, name))
    ]
    return table.y.isin(names).to_numpy()


def _cell(table, name):
    """Write a class as most cells of the file do, else in the format of its other labels."""
    there = table.written[table.label][_rows_of(table, name)]
    if len(there):
        cells = there.map(lambda cell: cell.strip() if isinstance(cell, str) else cell)
        cell = cells.value_counts().index[0]
        return cell.item() if isinstance(cell, np.generic) else cell
    (cell,) = as_cells(table, read_labels(pd.Series([name], name=table.label), ".,"), [name])
    return cell


def _check_target(table, old, new):
    """Raise an error if labels would be lost."""
    for words, what in ((table.missing, "no label"), (table.skip, "a word of --skip-word")):
        if new in words or (new in MISSING and words is table.missing):
            raise Trouble(f"--merge: {old!r} cannot become {new!r}, which is {what}.")
