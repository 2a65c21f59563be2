"""The command line: `skal demo`, `skal query`, `skal fill`, `skal compare`."""

import click

from skal import __version__
from skal.cli.compare import compare
from skal.cli.demo import demo
from skal.cli.fill import fill
from skal.cli.query import query


@click.group()
@click.version_option(__version__)
def skal() -> None:
    """Tells you which rows to label next."""


for command in (demo, query, fill, compare):
    skal.add_command(command)

__all__ = ["skal"]
