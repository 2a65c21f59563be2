"""`skal fill`: put labels that somebody filled in back into their file."""

import contextlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import click
import numpy as np
import pandas as pd

from skal.cli import options
from skal.cli.answers import name_of_row, new_labels, rows_by_id, rows_by_number, text_of
from skal.cli.draws import COLUMN, draws_of, new_cells, with_cells
from skal.cli.given import given_labels, skip_words
from skal.cli.labels import doubt, is_numeric, task_of
from skal.cli.merging import advice, merged
from skal.cli.tables import Table, read_table, successor
from skal.cli.trouble import Trouble, told
from skal.cli.writing import check_output
from skal.files.columns import with_texts
from skal.files.kinds import stem_of
from skal.files.place import reserved

SHOWN = 20  # corrections


@click.command()
@options.file
@click.argument("answers", type=click.Path(exists=True, dir_okay=False), required=False)
@options.label
@click.option(
    "--id", metavar="COLUMN", help="Column that identifies the rows, if you gave it to skal query."
)
@options.missing
@options.skip_word
@options.merge
@click.option(
    "--correct", is_flag=True, help="Let labels of ANSWERS replace different labels of FILE."
)
@click.option(
    "--keep-draws",
    is_flag=True,
    help=f"Add the column {COLUMN} of ANSWERS to FILE: it says which rows were drawn at random.",
)
@click.option("-o", "--output", required=True, metavar="OUT", help="File to write.")
@options.force
def fill(
    file: str,
    answers: str | None,
    label: str,
    id: str | None,
    missing: tuple[str, ...],
    skip_word: tuple[str, ...],
    merge: tuple[str, ...],
    correct: bool,
    keep_draws: bool,
    output: str,
    force: bool,
) -> None:
    """Write a copy of FILE with the labels that are filled in in ANSWERS.

    \b
    Example:
      skal fill people.csv next.csv --label income -o people-2.csv

    ANSWERS is a file that skal query or skal audit wrote; it may be of another kind than FILE. Rows
    are found by the column row, or by --id. No cell but labels changes: a CSV file stays the same
    byte for byte, a Parquet file keeps its types, a workbook keeps its sheets and formats.

    Nothing is written if a row holds other cells than when it was chosen, or if it already has
    another label (unless you give --correct). --merge also changes labels of FILE, and works
    without ANSWERS.
    """
    if answers is None and (correct or keep_draws or not merge):
        needs = "--correct" if correct else "--keep-draws"
        is_needed = correct or keep_draws
        needed = f", which {needs} needs" if is_needed else ", or use --merge to merge classes"
        raise Trouble(f"Give the file ANSWERS with the new labels{needed}.")
    with told():
        check_output(output, [answers] if answers else [], force, like=file)
    with told(), reserved(output, replace=force, source=file, unchanged=True) as place:
        words = options.words(missing), options.words(skip_word)
        tables = [read_table(path, label, id, *words) for path in (file, answers) if path]
        change = _change(merged(merge, *tables), file, answers, correct, keep_draws)
        _announce(change, output)
        kept = keep_draws or COLUMN in tables[0].written
        _put(place, tables[0], change, change.draws if kept else {})
    _report(change, output, answers)
    if change.draws and not kept:
        typed = ["skal", "fill", output, answers or "", *options.ways(tables[0]), "--keep-draws"]
        click.echo(
            f"{answers} says which rows were drawn at random, and {output} does not. To add the "
            f"column {COLUMN}: {shlex.join([*typed, '-o', successor(output)])}",
            err=True,
        )


def _put(place, table, change, draws):
    """Write the file with the new labels, and with the notes of how their rows were chosen."""
    file, position, cells = table.file, table.position, change.cells
    if not draws:
        place.put(
            lambda path: file.write(path, position, cells),
            lambda path: file.check(path, position, cells),
        )
        return
    ending = place.path.name[len(stem_of(place.path)) :]
    content = with_texts(file, position, cells, COLUMN, draws, ending)
    place.put(lambda path: path.write_bytes(content), lambda path: _check_content(path, content))


def _check_content(path, content):
    if path.read_bytes() != content:
        raise ValueError(f"read back, {path} is not what was written")


@dataclass(frozen=True)
class Change:
    """A file's table before and after the answers, with its classes merged in both.

    `cells` are those to write, `new` those of the answers, and `corrected` the labels that these
    replace, by their rows; of the answers `n_empty` are not filled in.  `draws` are the cells that
    say how these rows were chosen.
    """

    before: Table
    after: Table
    cells: Mapping[int, Any]
    new: Mapping[int, Any]
    corrected: Mapping[int, Any]
    n_empty: int
    draws: Mapping[int, str]

    @property
    def labels(self) -> dict[int, Any]:
        """Answers that are labels, by row."""
        skipped = self.after.skipped
        return {row: label for row, label in self.new.items() if not skipped[row]}


def _change(merges, file, answers, correct, keep_draws):
    """Apply the answers, if there are any, and collect the cells to write."""
    (table, cells), *others = merges
    options.tell(table)
    if not others:
        if not cells:
            raise Trouble("No label is merged, so there is nothing to write.")
        return Change(table, table, cells, {}, {}, 0, {})
    ((filled, _),) = others
    options.tell(filled)
    asked = filled.written[filled.y.notna().to_numpy() | filled.skipped]
    if asked.empty:
        raise Trouble(f"Column {table.label!r} of {answers} has no label yet.")
    rows = rows_by_id(table, asked, file) if table.id else rows_by_number(table, asked, answers)
    new, corrected = _new_labels(table, filled, rows, correct)
    n_empty = int((filled.y.isna() & ~filled.skipped).sum())
    if COLUMN not in asked and keep_draws:
        raise Trouble(
            f"--keep-draws: {answers} has no column {COLUMN!r}, which skal audit and "
            "skal query --audit write."
        )
    draws = new_cells(table.written.get(COLUMN), rows, asked.get(COLUMN, [None] * len(rows)))
    after = table.relabelled(new)
    after = replace(after, written=with_cells(after.written, draws))
    return Change(table, after, {**cells, **new}, new, corrected, n_empty, draws)


def _new_labels(table, filled, rows, correct):
    """Return labels by row in the format of the file, and the labels that they correct."""
    is_label, is_skip = filled.y.notna().to_numpy(), filled.skipped
    given = np.full(len(filled.y), None, object)
    given[is_label] = given_labels(table, filled)
    given[is_skip] = skip_words(table, filled)
    known = table.written[table.label].where(table.y.notna(), None)
    new, corrected = new_labels(table, known, rows, given[is_label | is_skip].tolist(), correct)
    skipped = set(rows[is_skip[is_label | is_skip]].tolist())
    again = {row for row in skipped & set(new) if table.skipped[row]}
    return {row: label for row, label in new.items() if row not in again}, corrected


def _announce(change, output):
    """Report doubtful new labels before anything is written."""
    table, known = change.before, change.before.y.dropna()
    with contextlib.suppress(Trouble):  # whole numbers that may be classes or not
        if _are_numbers(change.after.y):
            return
        if len(known) and not _are_numbers(table.y):
            _name_new_classes(table, known, change.labels.values())
        if doubtful := doubt(change.after.y):
            click.echo(doubtful.strip(), err=True)
        for line in advice(change.after.y, table, output):
            click.echo(line, err=True)


def _are_numbers(y):
    """Tell whether labels are numbers to predict."""
    return is_numeric(y) and task_of(y) == "regression"


def _name_new_classes(table, known, labels):
    """Report classes that are new."""
    words = set(known.map(str)) | set(table.written[table.label][table.y.notna()].map(str))
    unheard = sorted({str(label) for label in labels} - {word.strip() for word in words})
    unheard = [label for label in unheard if not _is_known_number(label, known)]
    if unheard:
        click.echo(f"New classes: {', '.join(map(repr, unheard))}.", err=True)


def _is_known_number(label, known):
    """Tell whether a number such as 2 is known as 2.0."""
    number = pd.to_numeric(label, errors="coerce")
    return pd.api.types.is_numeric_dtype(known) and bool((known == number).any())


def _report(change, output, answers):
    """Report what was written, and the next command."""
    table, corrected = change.after, change.corrected
    n_known, n_rows = int(table.y.notna().sum()), len(table.y)
    done = [options.counted(len(change.labels.keys() - corrected.keys()), "new label")]
    if merges := len(change.cells.keys() - change.new.keys()):
        done = [*(done if answers else []), options.counted(merges, "label") + " merged"]
    have = "has" if change.n_empty == 1 else "have"
    left = f" {options.counted(change.n_empty, 'row')} of {answers} {have} no label yet."
    still = left if change.n_empty else ""
    click.echo(
        f"{', '.join(done)}: {n_known:,} of {n_rows:,} rows of {output} are labelled"
        f"{options.skipped(table)}.{still}",
        err=True,
    )
    if corrected:
        click.echo(f"Corrected: {options.counted(len(corrected), 'label')}.", err=True)
    for row in sorted(corrected)[:SHOWN]:
        old, new = text_of(corrected[row]), text_of(change.new[row])
        click.echo(f"  {name_of_row(table, row)}: {old!r} → {new!r}", err=True)
    if len(corrected) > SHOWN:
        click.echo(f"  and {len(corrected) - SHOWN:,} more", err=True)
    if n_known + table.skipped.sum() < n_rows:
        share = draws_of(table.written).share
        audit = ["--audit", f"{share:g}"] if share else []
        again = shlex.join(["skal", "query", output, *options.ways(table), *audit])
        click.echo(f"For the next rows: {again} -o next.csv --force", err=True)
