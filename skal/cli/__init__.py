"""The command line: `skal demo`, `query`, `fill`, `label`, `compare`, `train` and others."""

from importlib import import_module

import click

from skal import __version__

COMMANDS = ("audit", "compare", "demo", "fill", "label", "predict", "query", "status", "train")


class Commands(click.Group):
    """Commands that are imported when they run: each has its own needs, and some take seconds."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command by its name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        try:
            return getattr(import_module(f"skal.cli.{cmd_name}"), cmd_name)
        except ImportError as error:
            raise click.ClickException(
                f'{error.name} is missing: this command needs pip install "skal[cli]".'
            ) from error


@click.group(cls=Commands)
@click.version_option(__version__)
def skal() -> None:
    """Find the rows that are worth labelling, and tell how good the model is.

    \b
    Example:
      skal query people.csv --label income -n 20 -o next.csv
      skal fill people.csv next.csv --label income -o people-2.csv
      skal status people-2.csv --label income
    """


__all__ = ["skal"]
