"""The command line: `skal demo`, `query`, `fill`, `label`, `compare`, `train` and others."""

import click

from skal import __version__
from skal.cli.compare import compare
from skal.cli.demo import demo
from skal.cli.fill import fill
from skal.cli.label import label
from skal.cli.predict import predict
from skal.cli.query import query
from skal.cli.status import status
from skal.cli.train import train


@click.group()
@click.version_option(__version__)
def skal() -> None:
    """Tells you which rows to label next."""


for command in (demo, query, fill, label, compare, train, predict, status):
    skal.add_command(command)

__all__ = ["skal"]
