"""`skal demo`: how many errors active learning saves, on data that scikit-learn ships."""

from pathlib import Path

import click
from matplotlib.backend_bases import FigureCanvasBase
from rich.console import Console
from rich.table import Table
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from skal.cli.trouble import Trouble, told
from skal.cli.writing import check_place, whole
from skal.display import LearningCurveDisplay
from skal.experiments import compare, recommend
from skal.strategies import Margin, Random

CHECKPOINTS = (50, 100, 150, 200, 250, 300)


@click.command()
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Number of splits to average over.",
)
@click.option("--figure", default="skal-demo.png", show_default=True, help="Picture file to write.")
def demo(seeds: int, figure: str) -> None:
    """Show how many errors active learning saves, on handwritten digits.

    \b
    Example:
      skal demo

    Labels digits 25 at a time, once with random rows and once with margin sampling, prints the
    accuracies and writes a picture of the learning curves. It takes about a minute.
    """
    check_place(figure)
    _check_picture(figure)
    X, y = load_digits(return_X_y=True)
    results = compare(
        {"Random": Random(), "Margin": Margin()},
        {"logistic regression": LogisticRegression(max_iter=1000)},
        {"digits": (X / 16, y)},
        seeds,
        CHECKPOINTS[-1],
        25,
        test_size=0.5,
    )
    Console().print(_table(results, len(y) // 2))
    if seeds > 1:
        click.echo(str(recommend(results)))
    with told(), whole(figure) as unfinished:
        LearningCurveDisplay.from_results(results).figure_.savefig(unfinished, dpi=150)
    click.echo(f"The learning curves are in {figure}.")


def _check_picture(figure):
    kinds = sorted(FigureCanvasBase.get_supported_filetypes())
    if Path(figure).suffix.lower().removeprefix(".") not in kinds:
        raise Trouble(f"--figure {figure}: end it in one of {', '.join(f'.{k}' for k in kinds)}.")


def _table(results, n_rows):
    """Tabulate the mean accuracy of each strategy by the number of labels."""
    means = results.groupby(["n_labelled", "strategy"])["accuracy"].mean().unstack()
    table = Table(title=f"Digits: test accuracy by number of labels ({n_rows} test rows)")
    for name in ("labels", "Random", "Margin", "errors saved"):
        table.add_column(name, justify="right")
    for n in CHECKPOINTS:
        random, margin = means.loc[n, ["Random", "Margin"]]
        saved = (margin - random) / (1 - random)
        table.add_row(str(n), f"{random:.1%}", f"{margin:.1%}", f"{saved:.0%}")
    return table
