"""Options and messages that the commands share."""

from collections.abc import Sequence
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

    from skal.cli.tables import Table

ESTIMATORS = ("linear", "svm", "forest", "boosting")  # `skal.cli.names` makes them
SHOWN = 12  # names of columns of a kind
TASKS = ["classification", "regression"]


class FileOrPool(click.Path):
    """An existing file; or a folder or a glob of Parquet files, if the command takes a pool."""

    name = "file"

    def __init__(self, pool: bool) -> None:
        super().__init__(exists=True, dir_okay=False)
        self.pool = pool

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Check that the file or the pool exists."""
        from skal.cli.pool_files import is_pool

        if not is_pool(value):
            return super().convert(value, param, ctx)
        if not self.pool:
            self.fail(
                f"{value!r} are several files, which skal label, query, train and status take, "
                "and this command does not. The labels of a pool stay in tables of their own, "
                "which those commands read with --labels; predict its files one after another.",
                param,
                ctx,
            )
        return value


def one_pool(ctx: click.Context, param: click.Parameter, typed: tuple[str, ...]) -> str:
    """Make one pool of several files, which are a glob that the shell has expanded."""
    if len(typed) == 1:
        return typed[0]
    from skal.cli.pool_files import pattern_of

    return pattern_of(typed, ctx.command_path)


def expanded(ctx: click.Context, param: click.Parameter, typed: tuple[str, ...]) -> tuple[str, ...]:
    """Replace globs by the files that they match, sorted; each file counts once."""
    found: dict[str, None] = {}
    for name in typed:
        files = [name] if Path(name).is_file() else sorted(glob(name, recursive=True))
        files = [file for file in files if Path(file).is_file()]
        if not files:
            raise click.BadParameter(f"no file matches {name!r}.", ctx, param)
        found |= dict.fromkeys(files)
    return tuple(found)


file = click.argument("file", type=FileOrPool(pool=False))
file_or_pool = click.argument(
    "file", type=FileOrPool(pool=True), nargs=-1, required=True, metavar="FILE", callback=one_pool
)
filled = click.option(
    "--labels",
    "filled",
    multiple=True,
    metavar="FILLED",
    callback=expanded,
    help="For a pool of several Parquet files: a table that skal query wrote and somebody filled "
    "in, or that skal label exported; a quoted glob such as `'rounds/*.csv'` names several. You "
    "can give it several times. The files of the pool are never changed.",
)
label = click.option(
    "--label", required=True, metavar="COLUMN", help="Column that holds the labels."
)
estimator = click.option(
    "--estimator",
    type=click.Choice(ESTIMATORS),
    default="linear",
    show_default=True,
    help="Model to train.",
)
identifier = click.option(
    "--id",
    metavar="COLUMN",
    help="Column that identifies the rows. The model does not learn from it.",
)
task = click.option(
    "--task",
    type=click.Choice(TASKS),
    help="Kind of prediction. Default: regression if a label has a fraction, else classification.",
)
missing = click.option(
    "--missing",
    multiple=True,
    metavar="WORDS",
    help="Words that mean that there is no label yet, separated by commas, such as NA,unknown. "
    "Empty cells and nan always mean that. Such rows can be chosen for labelling.",
)
skip_word = click.option(
    "--skip-word",
    multiple=True,
    metavar="WORDS",
    help="Words that mean that nobody can tell the label, separated by commas, such as ?. The "
    "model does not learn from such rows, and they are not chosen again.",
)
merge = click.option(
    "--merge",
    multiple=True,
    metavar="FROM=TO",
    help="Read labels FROM as TO, such as Ai=AI. You can give it several times.",
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
force = click.option("--force", is_flag=True, help="Replace the output file if it exists.")


def words(typed: tuple[str, ...]) -> list[str]:
    """Split words at commas, from an option that may be given several times."""
    return [word.strip() for several in typed for word in several.split(",")]


def ways(table: "Table") -> list[str]:
    """Return the options that read this table, for the next command."""
    typed = ["--label", table.label, *(["--id", table.id] if table.id else [])]
    for option, words in (("--missing", table.missing), ("--skip-word", table.skip)):
        typed += [option, ",".join(words)] if words else []
    return typed


def counted(n: int, one: str, several: str | None = None) -> str:
    """Write a count with its noun: 1 row, 2 rows."""
    return f"{n:,} {one if n == 1 else several or one + 's'}"


def describe(
    table: "Table",
    task: str,
    kinds: dict,
    surrogate: bool,
    given: str | None,
    *,
    counts: bool = True,
) -> None:
    """Report on stderr how the table was read, with the counts of its rows and labels or not."""
    from skal.cli.labels import doubt

    tell(table)
    y = table.y
    known = int(y.notna().sum())
    what = _labels(y, task, given) if known else "no label yet"
    rows = f"{counted(len(y), 'row')}, {known:,} labelled{skipped(table)}: " if counts else ""
    click.echo(f"{rows}{table.label} has {what}.{doubt(y)}", err=True)
    used = [kind for kind in kinds if kinds[kind] and kind != "left out"]
    parts = [f"{len(kinds[kind])} {kind} ({_shortened(kinds[kind])})" for kind in used]
    click.echo(f"Columns: {', '.join(parts)}.", err=True)
    if kinds["left out"]:
        names = _shortened(kinds["left out"])
        click.echo(f"Not used (one value, or an identifier): {names}.", err=True)
    if surrogate:
        click.echo(
            "Strategies look at the rows through a linear model, since this estimator does not "
            "suit them.",
            err=True,
        )


def skipped(table: "Table") -> str:
    """Count the rows that nobody could tell, to append to a sentence; empty if none."""
    n = int(table.skipped.sum())
    return f", {n:,} that nobody could tell" if n else ""


def tell(table: "Table") -> None:
    """Report on stderr what was guessed about a file."""
    for note in table.notes:
        click.echo(note, err=True)


def _labels(y: "pd.Series", task: str, given: str | None) -> str:
    """Say how the labels are read, and which option changes it."""
    from skal.cli.labels import is_numeric
    from skal.tables.targets import MANY

    if task == "regression":
        return f"numbers from {y.min():g} to {y.max():g}"
    what = counted(y.nunique(), "class", "classes")
    if given is None and is_numeric(y) and y.nunique() > MANY:
        what += " (whole numbers; --task regression takes them as numbers)"
    return what


def _shortened(names: Sequence) -> str:
    """List the names of columns, at most the first few."""
    more = len(names) - SHOWN
    return ", ".join(map(str, names[:SHOWN])) + (f" and {more} more" if more > 0 else "")
