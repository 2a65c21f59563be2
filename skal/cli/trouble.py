"""What went wrong, in a sentence."""

import contextlib
from collections.abc import Iterator

import click


class Trouble(click.ClickException):
    """Something the user can mend: one sentence and exit code 2."""

    exit_code = 2


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Errors about what the user gave, which say what to do, without their traceback."""
    try:
        yield
    except (ValueError, TypeError, OSError) as error:
        raise Trouble(" ".join(str(error).split())) from error
