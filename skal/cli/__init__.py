"""The command line: `skal demo`, `query`, `fill`, `label`, `compare`, `train` and others."""

from importlib import import_module

import click

from skal import __version__

COMMANDS = ("audit", "compare", "demo", "fill", "label", "predict", "query", "status", "train")


class Commands(click.Group):
    """Commands that are imported when they run: each has its own needs, and some take seconds."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None where there is none."""
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
    """Tells you which rows to label next."""


__all__ = ["skal"]
