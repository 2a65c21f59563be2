"""The command line: `skal demo`, `query`, `fill`, `label`, `compare`, `train` and others."""

from importlib import import_module

import click

from skal import __version__

COMMANDS = {
    "audit": "Write random rows to label, to measure the accuracy.",
    "compare": "Find out which strategy saves labels on your data.",
    "demo": "Show what active learning saves, on example data.",
    "fill": "Put labels that you filled in into the table.",
    "label": "Label rows, images or texts in the browser.",
    "predict": "Predict the rows of a table with a trained model.",
    "query": "Write the rows to label next, best first.",
    "status": "Say how accurate a model is, and whether to go on.",
    "train": "Train a model on the labels, and save it.",
}


class Commands(click.Group):
    """Commands that are imported when they run: each has its own needs, and some take seconds."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of the commands, which takes no import."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

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
