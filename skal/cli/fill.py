"""`skal fill`: labels that somebody filled in, put where the rows came from."""

import contextlib
import shlex

import click
import pandas as pd

from skal.cli import options
from skal.cli.answers import new_labels, rows_by_id, rows_by_number
from skal.cli.given import given_labels
from skal.cli.labels import task_of
from skal.cli.tables import read_table
from skal.cli.trouble import Trouble, told
from skal.cli.writing import check_output
from skal.files.place import reserved


@click.command()
@options.file
@click.argument("answers", type=click.Path(exists=True, dir_okay=False))
@options.label
@click.option("--id", metavar="COLUMN", help="The column that names the rows, if query had one.")
@options.missing
@click.option("-o", "--output", required=True, metavar="OUT", help="Where to write.")
@options.force
def fill(
    file: str,
    answers: str,
    label: str,
    id: str | None,
    missing: tuple[str, ...],
    output: str,
    force: bool,
) -> None:
    """Write FILE with the labels filled in in ANSWERS, which `skal query -o` wrote.

    Rows are found by their column row, or by --id, and no other cell is touched: a CSV file stays
    the same byte for byte, a Parquet file keeps its types, a workbook its sheets and formats.
    ANSWERS may be of another kind than FILE.  Nothing is written if a row holds something else by
    now, or if its label is known and another.
    """
    with told():
        check_output(output, [answers], force, like=file)
    with told(), reserved(output, replace=force, source=file, unchanged=True) as place:
        table, filled = (
            read_table(path, label, id, options.words(missing)) for path in (file, answers)
        )
        options.tell(table)
        options.tell(filled)
        new = _new_labels(table, filled, file, answers)
        _name_new_classes(table, new.values())
        position = table.position
        place.put(
            lambda path: table.file.write(path, position, new),
            lambda path: table.file.check(path, position, new),
        )
    n_known, empty = int(table.y.notna().sum()) + len(new), int(filled.y.isna().sum())
    labels = options.counted(len(new), "new label")
    still = f" Still empty in {answers}: {empty:,}." if empty else ""
    click.echo(
        f"{labels}: {n_known:,} of {len(table.y):,} rows of {output} are labelled.{still}", err=True
    )
    if n_known < len(table.y):
        again = ["skal", "query", output, "--label", table.label]
        again += ["--id", table.id] if table.id else []
        click.echo(f"For the next rows: {shlex.join(again)} -o next.csv --force", err=True)


def _new_labels(table, filled, file, answers):
    """Labels by the row of the file, as its cells shall say them."""
    asked = filled.written[filled.y.notna()]
    if asked.empty:
        raise Trouble(f"No label is filled in in column {table.label!r} of {answers}.")
    rows = rows_by_id(table, asked, file) if table.id else rows_by_number(table, asked, answers)
    known = table.written[table.label].where(table.y.notna(), None)
    return new_labels(table, known, rows, given_labels(table, filled))


def _name_new_classes(table, labels):
    """Say which classes were not there before, while nothing is written yet."""
    known = table.y.dropna()
    with contextlib.suppress(Trouble):  # whole numbers that may be classes or not
        if not len(known) or task_of(table.y) == "regression":
            return
        words = set(known.map(str)) | set(table.written[table.label][table.y.notna()].map(str))
        unheard = sorted({str(label) for label in labels} - {word.strip() for word in words})
        unheard = [label for label in unheard if not _is_known_number(label, known)]
        if unheard:
            click.echo(f"New among the classes: {', '.join(map(repr, unheard))}.", err=True)


def _is_known_number(label, known):
    """Whether 2 is there as 2.0."""
    number = pd.to_numeric(label, errors="coerce")
    return pd.api.types.is_numeric_dtype(known) and bool((known == number).any())
