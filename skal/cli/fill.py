"""`skal fill`: labels that somebody filled in, put where the rows came from."""

import math
from collections.abc import Iterable
from typing import Any

import click
import numpy as np
import pandas as pd

from skal.cli import options
from skal.cli.labels import is_numeric
from skal.cli.tables import Table, read_table, unused
from skal.cli.trouble import Trouble, told
from skal.cli.writing import check_output, is_parquet, write_table


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

    Rows are found by their column row, or by --id, and no other cell is touched.  Nothing is
    written if a row holds something else by now, or if its label is known and another.
    """
    check_output(output, [answers], force)
    if is_parquet(file) != is_parquet(output):
        raise Trouble(f"-o {output} must be of the kind that {file} is, or cells would change.")
    table, filled = (
        read_table(path, label, id, options.words(missing)) for path in (file, answers)
    )
    asked = filled.written[filled.y.notna()]
    if asked.empty:
        raise Trouble(f"No label is filled in in column {table.label!r} of {answers}.")
    rows = _rows_by_id(table, asked, file) if table.id else _rows_by_number(table, asked, answers)
    given = filled.y[filled.y.notna()] if is_parquet(file) else asked[table.label].str.strip()
    known = table.written[table.label].where(table.y.notna(), None)
    new = _new_labels(table, known, rows, given)
    column = table.written[table.label].astype(object)
    if is_parquet(file):
        column.iloc[list(new)] = _like(known.dropna(), new.values())
        column = column.convert_dtypes()
    else:
        column.iloc[list(new)] = list(new.values())
    with told():
        write_table(table.written.assign(**{table.label: column}), output, table.separator)
    n_known, empty = int(known.notna().sum()) + len(new), int(filled.y.isna().sum())
    new_labels = options.counted(len(new), "new label")
    still = f" Still empty in {answers}: {empty:,}." if empty else ""
    click.echo(
        f"{new_labels}: {n_known:,} of {len(column):,} rows of {output} are labelled.{still}",
        err=True,
    )
    if not is_numeric(table.y) and table.y.notna().any():
        unheard = sorted({str(label) for label in new.values()} - set(map(str, known.dropna())))
        if unheard:
            click.echo(f"New among the classes: {', '.join(map(repr, unheard))}.", err=True)


def _rows_by_id(table, asked, file):
    """Positions of rows by what names them."""
    ids = table.written[table.id].map(_text)
    wanted = asked[table.id].map(_text)
    for name in wanted:
        if (n := int((ids == name).sum())) != 1:
            raise Trouble(
                f"{table.id} {name!r} is in {n or 'no'} rows of {file}, not in one: labels cannot "
                "be told apart by it."
            )
    return pd.Index(ids).get_indexer_for(wanted)


def _rows_by_number(table, asked, answers):
    """Positions of rows by their number, if they hold what they held when asked for."""
    name = unused("row", table.written)
    if name not in asked:
        raise Trouble(
            f"{answers} has no column {name!r}: say --id COLUMN if skal query was told one."
        )
    rows = pd.to_numeric(asked[name], errors="coerce")
    if not rows.isin(range(len(table.written))).all():
        odd = asked[name][~rows.isin(range(len(table.written)))].iloc[0]
        raise Trouble(f"{answers} has a row {odd!r}: there are 0 to {len(table.written) - 1}.")
    rows = rows.to_numpy(dtype=np.int64)
    for column in asked.columns.intersection(table.written.columns).drop(table.label):
        there = table.written[column].iloc[rows]
        for row, now, then in zip(rows, there, asked[column]):
            if not _same(now, then):
                raise Trouble(
                    f"Row {row} of {answers} is not that of the file: {column} is {_text(then)!r} "
                    f"there, {_text(now)!r} here. Was one of them sorted? (If a program only "
                    "writes these cells in its own way, delete that column of the answers.)"
                )
    return rows


def _new_labels(
    table: Table, known: pd.Series, rows: np.ndarray, given: pd.Series
) -> dict[int, Any]:
    """Labels by their row, less those known; an error where two contradict each other."""
    new: dict[int, Any] = {}
    for row, label in zip(rows.tolist(), given):
        before = known.iloc[row] if row not in new else new[row]
        if before is None or pd.isna(before):
            new[row] = label
        elif not _same(before, label):
            who = f"{table.id} {table.written[table.id].iloc[row]}" if table.id else f"Row {row}"
            raise Trouble(
                f"{who} has two labels, {_text(before)!r} and {_text(label)!r}: correct one."
            )
    return new


def _like(known: pd.Series, labels: Iterable) -> list:
    """Labels of the type of those in a typed file."""
    labels = list(labels)
    if known.map(type).eq(str).any():
        return list(map(str, labels))
    if len(known) and isinstance(known.iloc[0], bool | np.bool_):
        words = {"true": True, "false": False}
        labels = [words.get(str(label).lower(), label) for label in labels]
    if len(known) and (odd := [label for label in labels if isinstance(label, str)]):
        raise Trouble(f"Label {odd[0]!r} is not like those known, such as {known.iloc[0]!r}.")
    return labels


def _text(cell: Any) -> str:
    missing = pd.api.types.is_scalar(cell) and pd.isna(cell)
    return "" if missing else " ".join(str(cell).split())


def _same(one: Any, other: Any) -> bool:
    """Whether two cells say the same, though a spreadsheet may have written one."""
    texts = _text(one), _text(other)
    if len({text.lower() if text.lower() in ("true", "false") else text for text in texts}) == 1:
        return True
    try:
        if isinstance(one, pd.Timestamp):
            return one == pd.Timestamp(other)
        return math.isclose(*map(float, texts), rel_tol=1e-9)
    except (ValueError, TypeError):
        return False
