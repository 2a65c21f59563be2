"""`skal audit`: random rows to label, which tell how accurate a model is."""

from functools import partial

import click

from skal.cli import options
from skal.cli.accuracy import expected
from skal.cli.answers import rows_by_id
from skal.cli.batches import NO_ROWS, Batch, in_order
from skal.cli.draws import draws_of
from skal.cli.labels import task_of
from skal.cli.merging import read_merged
from skal.cli.query import answer_of, next_step, rows_without_label
from skal.cli.reserve import SHARE, moved, places
from skal.cli.trouble import told
from skal.cli.writing import as_text, check_output, put_like
from skal.files.dialect import Dialect
from skal.files.place import reserved

MANY = 0.05  # of the rows are labelled: those that are not may be unlike them


@click.command()
@options.file
@options.label
@click.option(
    "-n", "--rows", "n", type=click.IntRange(min=1), default=100, show_default=True,
    help="Number of random rows.",
)  # fmt: skip
@options.identifier
@options.task
@options.missing
@options.skip_word
@options.merge
@options.exclude
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    help="CSV, TSV, Parquet or .xlsx file to write. Default: print the table.",
)
@options.force
def audit(
    file: str,
    label: str,
    n: int,
    id: str | None,
    task: str | None,
    missing: tuple[str, ...],
    skip_word: tuple[str, ...],
    merge: tuple[str, ...],
    exclude: tuple[str, ...],
    output: str | None,
    force: bool,
) -> None:
    """Write random rows of FILE to label, so that you can tell how accurate a model is.

    \b
    Example:
      skal audit people.csv --label income -n 100 -o audit.csv

    Labels that a strategy asked for are no random sample, so no accuracy computed from them holds
    for new rows. From 30 random rows on, skal status gives the accuracy with an interval. This
    command says beforehand how wide the interval will be.

    The column skal_drawn of OUT says that its rows were drawn at random. Keep it: skal fill with
    --keep-draws adds it to your file. Label all rows of OUT: if you leave out the hard ones, the
    others are no random sample. A model learns from these labels as from all others.
    """
    read = partial(read_merged, file, label, id, missing, skip_word, merge)
    if output is None:
        _, answer = _ask(read, file, exclude, n, task)
        click.echo(as_text(answer, Dialect()), nl=False)
        click.echo("To get these rows as a file to fill in, add -o audit.csv.", err=True)
        return
    with told():
        check_output(output, [file, *exclude], force)
    with told(), reserved(output, replace=force, source=file) as place:
        table, answer = _ask(read, file, exclude, n, task)
        put_like(answer, place, table.file)
    click.echo(next_step(file, output, table, merge, keep=True), err=True)


def _ask(read, file, exclude, n, task):
    """Read the table and draw random rows."""
    table = read()
    options.tell(table)
    pool, others = rows_without_label(table, file, exclude)
    draws = draws_of(table.written)
    placed = places(table.typed.drop(columns=table.label), table.id)
    closed = bool(draws.by_strategy.any())
    source = pool[placed[pool] < SHARE] if closed else pool
    rows = in_order(source, placed)[:n]
    batch = Batch(rows, NO_ROWS, len(source), draws.next_round, True, moved(draws, placed))
    if table.id:
        rows_by_id(table, table.written.iloc[rows], file)
    click.echo(
        f"{options.counted(len(rows), 'row')}, drawn at random from {len(source):,} without a "
        f"label{' that no strategy may choose' if closed else ''}"
        f"{f' ({others:,} excluded)' if others else ''}.",
        err=True,
    )
    n_before = int((draws.random & table.y.notna().to_numpy()).sum())
    for line in _remarks(table, draws, closed, n, len(rows), batch):
        click.echo(line, err=True)
    click.echo(expected(len(rows), n_before, task or task_of(table.y)), err=True)
    return table, answer_of(table, rows, None, batch)


def _remarks(table, draws, closed, n, n_rows, batch):
    """Say which rows the draw represents."""
    if batch.n_moved:
        yield batch.notes()[0]
    if closed and n_rows < n:
        yield (
            f"No more than {n_rows:,} are left in the quarter of the file that is reserved for "
            "random rows. The other rows are no random sample, since a strategy has chosen from "
            "them. To draw more, add new rows to the file."
        )
    labelled = int((table.y.notna().to_numpy() & (draws.round == 0)).sum())
    if labelled > MANY * len(table.y):
        yield (
            f"The audit draws from the {len(table.y) - labelled:,} unlabelled rows, so its "
            f"accuracy holds for these. If a strategy selected the {labelled:,} labelled rows, the "
            "unlabelled rows are easier, and the accuracy may be too high."
        )
