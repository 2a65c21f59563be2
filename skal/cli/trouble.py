"""Errors of the user, as one sentence."""

import contextlib
import re
import warnings
from collections.abc import Iterator

import click

# What errors advise to who writes Python, and what to do on the command line instead.
ON_THE_COMMAND_LINE = {
    r", or set initial= to a strategy that needs no model, such as Random\(\)": "",
    r"raise replay_budget=\d+, or give labels of more classes": "raise --budget, or fill in more "
    "labels of the rarer classes",
    r"validation_fraction=\S+ leaves nothing to train on": "No row is left to test on",
    r", or pass X_val= and y_val=": "",
    r"use a net with dropout, an ensemble such as a forest": "use --estimator forest",
    r"strategy=(.+) needs": r"\1 needs",
    r"bind it anew \(store\.bind\(\)\)|take it as it is by store\.bind\(\)": "start skal label "
    "--rebind to take it as it is",
    r"force=True": "--force",
    r"\bbudget=": "--budget ",
    r"\bbatch_size=": "--batch-size ",
    r"\bn_jobs=(\S+) must be .*": r"--jobs \1 must be the number of replays that run at once, "
    "or -1 for one per core.",
    r".*(pos_label=1 is not a valid label|average='binary').*": "This score needs the classes 0 "
    "and 1. Give --scoring a score for all classes, such as f1_macro (or precision_macro, "
    "recall_macro) in place of f1.",
}


class Trouble(click.ClickException):
    """An error that the user can fix: one sentence and exit code 2."""

    exit_code = 2


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turn errors about the user's input into one sentence without a traceback."""
    try:
        with warnings.catch_warnings():
            # Scikit-learn's guess that many classes are numbers; here the task is known.
            warnings.filterwarnings(
                "ignore", "The number of unique classes is greater", UserWarning
            )
            yield
    except (ValueError, TypeError, OSError, ImportError) as error:
        sentence = " ".join(str(error).split())
        for advice, instead in ON_THE_COMMAND_LINE.items():
            sentence = re.sub(advice, instead, sentence)
        raise Trouble(sentence) from error
