"""`skal compare`: which strategy saves labels on the rows of a file."""

from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.table import Table as RichTable

from skal.cli import options
from skal.cli.columns import as_numbers
from skal.cli.names import make_learner, parse_strategies
from skal.cli.tables import labels, read_table, task_of, write_table
from skal.cli.trouble import Trouble, told
from skal.cli.writing import whole
from skal.display import LearningCurveDisplay
from skal.experiments import compare as compare_strategies
from skal.experiments import recommend
from skal.metrics import area_under_curve, labels_saved, score_column
from skal.strategies import Random

DEFAULT = {
    "classification": "Random, Margin, Entropy, Badge, CoreSet",
    "regression": "Random, GreedySampling, QueryByCommittee, Lcmd, CoreSet",
}
TEST_SIZE = 0.3


@click.command()
@options.file
@options.label
@click.option("--strategies", help="Names with commas between; Random joins them anyway.")
@click.option("--budget", default=200, show_default=True, help="Labels to spend in a replay.")
@click.option("--batch-size", type=int, help="Labels a query; a tenth of the budget by default.")
@click.option("--seeds", default=5, show_default=True, help="Repetitions to average over.")
@options.estimator
@click.option("--scoring", help="Any score of scikit-learn's; accuracy or r2 by default.")
@click.option(
    "--id", metavar="COLUMN", help="The column that names a row (it is not learned from)."
)
@click.option(
    "--task", type=click.Choice(["classification", "regression"]), help="By default seen."
)
@click.option("--jobs", default=-1, show_default=True, help="Replays at once; -1 is one a core.")
@click.option("-o", "--output", metavar="DIR", help="Where to write; NAME-skal for NAME.csv.")
def compare(
    file, label, strategies, budget, batch_size, seeds, estimator, scoring, id, task, jobs, output
):
    """Replay the labels of FILE as if they had to be asked for, by several strategies.

    Prints a table and a recommendation, and writes DIR/table.csv, DIR/curves.png and
    DIR/replays.jsonl.  A run that was stopped goes on from these replays.
    """
    table = read_table(file, label, id)
    task = task or task_of(table.y)
    asked = {"Random": Random(), **parse_strategies(strategies or DEFAULT[task])}
    affordable = int(table.y.notna().sum() * (1 - TEST_SIZE))
    if not 0 < budget <= affordable:
        raise Trouble(
            f"--budget {budget} must be 1 to {affordable}: labels to spend, once "
            f"{TEST_SIZE:.0%} of those filled in are kept to test on."
        )
    folder = Path(output or f"{Path(file).stem}-skal")
    learner, surrogate = make_learner(estimator, task, asked)
    with told():
        folder.mkdir(parents=True, exist_ok=True)
        X, kinds = as_numbers(table.inputs)
        options.describe(table, task, kinds, surrogate)
        results = compare_strategies(
            asked,
            {estimator: learner},
            {Path(file).stem: (X, labels(table, task))},
            seeds,
            budget,
            batch_size or max(1, budget // 10),
            scoring,
            jobs,
            folder / "replays.jsonl",
            test_size=TEST_SIZE,
        )
    figures = _figures(results)
    Console().print(_as_text(figures, score_column(results), budget))
    click.echo(str(recommend(results)) if seeds > 1 else "One seed says nothing of chance.")
    write_table(figures.reset_index(), folder / "table.csv")
    with whole(folder / "curves.png") as unfinished:
        LearningCurveDisplay.from_results(results).figure_.savefig(unfinished, dpi=150)
    click.echo(f"Wrote table.csv, curves.png and replays.jsonl to {folder}.", err=True)


def _figures(results):
    """A row a strategy, the largest area first."""
    score = score_column(results)
    last = results[results["n_labelled"] == results["n_labelled"].max()]
    figures = area_under_curve(results).droplevel(["data", "estimator"])
    figures = figures.rename(columns={"mean": "area"}).sort_values("area", ascending=False)
    saved = labels_saved(results).droplevel(["data", "estimator"])
    return figures.assign(
        final=last.groupby("strategy")[score].mean(),
        saved=saved["saved"],
        saved_low=saved["low"],
        saved_high=saved["high"],
        query_seconds=results[results["round"] > 0].groupby("strategy")["query_seconds"].median(),
    )


def _as_text(figures, score, budget):
    text = RichTable(title=f"{score}, {figures['n_seeds'].max()} seeds; intervals of 95%")
    text.add_column("strategy")
    for name in ("mean of the curve", f"at {budget} labels", "labels saved", "seconds a query"):
        text.add_column(name, justify="right")
    for name, row in figures.iterrows():
        area = f"{row['area']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
        saved = f"{row['saved']:.0%} ({row['saved_low']:.0%} to {row['saved_high']:.0%})"
        saved = "" if name == "Random" else saved
        seconds = "" if np.isnan(row["query_seconds"]) else f"{row['query_seconds']:.3f}"
        text.add_row(name, area, f"{row['final']:.3f}", saved, seconds)
    return text
