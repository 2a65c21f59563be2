"""What the commands that read a file have in common."""

import click

from skal.cli.names import ESTIMATORS

TASKS = ["classification", "regression"]

file = click.argument("file", type=click.Path(exists=True, dir_okay=False))
label = click.option("--label", required=True, metavar="COLUMN", help="The column of the labels.")
estimator = click.option(
    "--estimator",
    type=click.Choice(list(ESTIMATORS)),
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
force = click.option("--force", is_flag=True, help="Replace the file of -o if it is there.")


def counted(n: int, one: str, several: str | None = None) -> str:
    """1 row, 2 rows."""
    return f"{n:,} {one if n == 1 else several or one + 's'}"


def describe(table, task: str, kinds: dict, surrogate: bool) -> None:
    """Say what was understood, where people look for messages."""
    y = table.y
    known = int(y.notna().sum())
    what = (
        counted(y.nunique(), "class", "classes")
        if task == "classification"
        else f"numbers from {y.min():g} to {y.max():g}"
    )
    click.echo(f"{counted(len(y), 'row')}, {known:,} labelled: {table.label} has {what}.", err=True)
    parts = [f"{len(names)} {kind}" for kind, names in kinds.items() if names]
    click.echo(f"Columns: {', '.join(parts)}.", err=True)
    if kinds["left out"]:
        names = ", ".join(map(str, kinds["left out"]))
        click.echo(f"Left out (one value, or another in every row): {names}.", err=True)
    if surrogate:
        click.echo("Strategies look at the rows through a linear model beside it.", err=True)
