"""`skal demo`: what asking well saves, on data that scikit-learn ships."""

import click
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from skal import ActiveLearner, __version__
from skal.strategies import Margin, Random

CHECKPOINTS = (50, 100, 150, 200, 250, 300)


@click.group()
@click.version_option(__version__)
def skal():
    """Tells you which rows to label next."""


@skal.command()
@click.option("--seeds", default=5, show_default=True, help="Splits to average over.")
def demo(seeds):
    """Digits, labelled 25 at a time: random rows against the smallest margins."""
    X, y = load_digits(return_X_y=True)
    learner = ActiveLearner(
        LogisticRegression(max_iter=1000),
        batch_size=25,
        replay_budget=CHECKPOINTS[-1],
        store_rounds=True,
    )
    strategies = {"Random": Random(), "Margin": Margin()}
    runs = [(name, seed) for seed in range(seeds) for name in strategies]
    accuracy = {name: [] for name in strategies}
    console = Console()
    for name, seed in track(runs, "Labelling digits", console=console, transient=True):
        X_train, X_test, y_train, y_test = train_test_split(
            X / 16, y, test_size=0.5, random_state=seed, stratify=y
        )
        run = clone(learner).set_params(strategy=strategies[name], random_state=seed)
        run.fit(X_train, y_train)
        n_labelled = [record["n_labelled"] for record in run.history_]
        scores = list(run.staged_score(X_test, y_test))
        accuracy[name].append(np.interp(CHECKPOINTS, n_labelled, scores))
    console.print(_table(accuracy, len(y_train)))


def _table(accuracy, n_rows):
    """Mean accuracy of each strategy at each number of labels."""
    means = {name: np.mean(runs, axis=0) for name, runs in accuracy.items()}
    table = Table(title=f"Digits: test accuracy by labels bought, of {n_rows} rows")
    table.add_column("labels", justify="right")
    for name in means:
        table.add_column(name, justify="right")
    table.add_column("errors saved", justify="right")
    for i, n in enumerate(CHECKPOINTS):
        random, margin = (means[name][i] for name in ("Random", "Margin"))
        saved = (margin - random) / (1 - random)
        table.add_row(str(n), f"{random:.1%}", f"{margin:.1%}", f"{saved:.0%}")
    return table
