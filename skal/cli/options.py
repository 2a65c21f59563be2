"""What the commands that read a file have in common."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

    from skal.cli.tables import Table

ESTIMATORS = ("linear", "svm", "forest", "boosting")  # `skal.cli.names` makes them
SHOWN = 12  # names of columns of a kind
TASKS = ["classification", "regression"]


class FileOrPool(click.Path):
    """A file that is there; or a folder or a glob of Parquet files, where a command takes one."""

    def __init__(self, pool: bool) -> None:
        super().__init__(exists=True, dir_okay=False)
        self.pool = pool

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """What was typed, once it is known to be there."""
        from skal.cli.pool_files import is_pool

        if not is_pool(value):
            return super().convert(value, param, ctx)
        if not self.pool:
            self.fail(
                f"{value!r} are several files, which skal query alone takes: labels of a pool stay "
                "in the files that it writes, and it reads them by --labels.",
                param,
                ctx,
            )
        return value


file = click.argument("file", type=FileOrPool(pool=False))
file_or_pool = click.argument("file", type=FileOrPool(pool=True))
label = click.option("--label", required=True, metavar="COLUMN", help="The column of the labels.")
estimator = click.option(
    "--estimator",
    type=click.Choice(ESTIMATORS),
    default="linear",
    show_default=True,
    help="What to train.",
)
identifier = click.option(
    "--id", metavar="COLUMN", help="A column that names the rows; it is not learned from."
)
task = click.option(
    "--task", type=click.Choice(TASKS), help="By default regression if not all labels are whole."
)
missing = click.option(
    "--missing",
    multiple=True,
    metavar="WORDS",
    help="Words that mean no label yet, with commas between, such as NA,unknown; else only empty "
    "cells and nan do. Such rows are asked for.",
)
skip_word = click.option(
    "--skip-word",
    multiple=True,
    metavar="WORDS",
    help="Words of somebody who looked and could not tell, with commas between, such as ?. Such "
    "rows are not learned from, and unlike those of --missing not asked for again.",
)
merge = click.option(
    "--merge",
    multiple=True,
    metavar="FROM=TO",
    help="Take the labels FROM for labels TO, such as Ai=AI; may be given several times.",
)
exclude = click.option(
    "--exclude",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    metavar="LIST",
    help="A file that names rows to leave out, in a column row or in that of --id: the rows that "
    "somebody else labels, for example. You can give it several times.",
)
audit = click.option(
    "--audit",
    type=click.FloatRange(0, 0.5, min_open=True),
    metavar="SHARE",
    help="Draw this share of the rows at random, from a quarter of the file that no strategy may "
    "choose (0.1 is a good choice). From these rows skal status tells how accurate the model is.",
)
force = click.option("--force", is_flag=True, help="Replace the file of -o if it is there.")


def words(typed: tuple[str, ...]) -> list[str]:
    """What was typed with commas between, once or several times."""
    return [word.strip() for several in typed for word in several.split(",")]


def ways(table: "Table") -> list[str]:
    """How a command was told to read a file, to be typed for the next one."""
    typed = ["--label", table.label, *(["--id", table.id] if table.id else [])]
    for option, words in (("--missing", table.missing), ("--skip-word", table.skip)):
        typed += [option, ",".join(words)] if words else []
    return typed


def counted(n: int, one: str, several: str | None = None) -> str:
    """1 row, 2 rows."""
    return f"{n:,} {one if n == 1 else several or one + 's'}"


def describe(table: "Table", task: str, kinds: dict, surrogate: bool, given: str | None) -> None:
    """Say what was understood, where people look for messages."""
    from skal.cli.labels import doubt

    tell(table)
    y = table.y
    known = int(y.notna().sum())
    what = _labels(y, task, given) if known else "no label yet"
    rows = f"{counted(len(y), 'row')}, {known:,} labelled{skipped(table)}"
    click.echo(f"{rows}: {table.label} has {what}.{doubt(y)}", err=True)
    used = [kind for kind in kinds if kinds[kind] and kind != "left out"]
    parts = [f"{len(kinds[kind])} {kind} ({_shortened(kinds[kind])})" for kind in used]
    click.echo(f"Columns: {', '.join(parts)}.", err=True)
    if kinds["left out"]:
        names = _shortened(kinds["left out"])
        click.echo(f"Left out (one value, or an identifier): {names}.", err=True)
    if surrogate:
        click.echo("Strategies look at the rows through a linear model beside it.", err=True)


def skipped(table: "Table") -> str:
    """How many rows nobody could tell, to be added to a count; nothing where there is none."""
    n = int(table.skipped.sum())
    return f", {n:,} that somebody could not tell" if n else ""


def tell(table: "Table") -> None:
    """Say what had to be guessed of a file, where people look for messages."""
    for note in table.notes:
        click.echo(note, err=True)


def _labels(y: "pd.Series", task: str, given: str | None) -> str:
    """What was understood of the labels, and how to have it otherwise."""
    from skal.cli.labels import is_numeric
    from skal.tables.targets import MANY

    if task == "regression":
        return f"numbers from {y.min():g} to {y.max():g}"
    what = counted(y.nunique(), "class", "classes")
    if given is None and is_numeric(y) and y.nunique() > MANY:
        what += " (whole numbers; --task regression takes them as numbers)"
    return what


def _shortened(names: Sequence) -> str:
    """The names of columns; of very many, the first."""
    more = len(names) - SHOWN
    return ", ".join(map(str, names[:SHOWN])) + (f" and {more} more" if more > 0 else "")
