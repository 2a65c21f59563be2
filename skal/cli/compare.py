"""`skal compare`: which strategy saves labels on the rows of a file."""

import sys
from pathlib import Path

import click
import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as RichTable

from skal.cli import options
from skal.cli.columns import as_numbers
from skal.cli.labels import labels, task_of, too_few
from skal.cli.merging import read_merged
from skal.cli.names import make_learner, parse_strategies
from skal.cli.tables import name_of
from skal.cli.testing import data_of
from skal.cli.trouble import Trouble, told
from skal.cli.writing import check_folder, whole, write_table
from skal.display import LearningCurveDisplay
from skal.experiments import compare as compare_strategies
from skal.experiments import recommend
from skal.metrics import area_under_curve, labels_saved, score_column
from skal.strategies import Random

DEFAULT = {
    "classification": "Random, Margin, UncertaintyHerding(factor=10), Spread(Margin(), factor=20), "
    "Badge, Shortlist(Bait())",
    "regression": "Random, Spread(Random()), GreedySampling, QueryByCommittee, Lcmd, Bait",
}
TEST_SIZE = 0.3
USUAL_BUDGET = 200
WIDE = 200  # columns of text
WRITTEN = ("table.csv", "curves.png", "replays.jsonl")
AT_LEAST_ONE = click.IntRange(min=1)


@click.command()
@options.file
@options.label
@click.option(
    "--strategies",
    help="Strategies to compare, separated by commas; module:function imports a function of your "
    f"own. Random is always compared too. Default for classes: {DEFAULT['classification']}. "
    f"Default for numbers: {DEFAULT['regression']}.",
)
@click.option(
    "--budget",
    type=int,
    help=f"Labels that a replay may use. Default: {USUAL_BUDGET}, or as many as there are.",
)
@click.option(
    "--batch-size", type=AT_LEAST_ONE, help="Labels per query. Default: a tenth of the budget."
)
@click.option(
    "--seeds",
    type=AT_LEAST_ONE,
    default=5,
    show_default=True,
    help="Number of repetitions to average over.",
)
@options.estimator
@click.option("--scoring", help="Any score of scikit-learn. Default: accuracy or r2.")
@options.identifier
@options.task
@options.missing
@options.skip_word
@options.merge
@click.option(
    "--jobs",
    default=-1,
    show_default=True,
    help="Number of replays at once; -1 means one per core.",
)
@click.option(
    "-o", "--output", metavar="DIR", help="Folder to write to. Default: NAME-skal for NAME.csv."
)
def compare(
    file: str,
    label: str,
    strategies: str | None,
    budget: int | None,
    batch_size: int | None,
    seeds: int,
    estimator: str,
    scoring: str | None,
    id: str | None,
    task: str | None,
    missing: tuple[str, ...],
    skip_word: tuple[str, ...],
    merge: tuple[str, ...],
    jobs: int,
    output: str | None,
) -> None:
    """Find out which strategy saves labels on your data, from labels that you have.

    \b
    Example:
      skal compare people.csv --label income --budget 200

    Hides the labels of FILE, lets each strategy ask for them batch by batch, and scores a model
    after each batch. Prints a table and a recommendation, and writes DIR/table.csv, DIR/curves.png
    and DIR/replays.jsonl. If you stop it, it goes on from these replays when you start it again.

    If FILE says which rows were drawn at random (skal audit, skal query --audit), the models are
    scored on those.
    """
    table = read_merged(file, label, id, missing, skip_word, merge)
    given, task = task, task or task_of(table.y)
    if lack := too_few(table, task):
        raise Trouble(f"{lack}: fill in more of column {table.label!r} first.")
    asked = {"Random": Random(), **parse_strategies(strategies or DEFAULT[task])}
    X, kinds = _numbers(table)
    tested = data_of(table, X, labels(table, task), TEST_SIZE)
    budget = _budget(budget, table, tested.n_labels)
    folder = Path(output or f"{name_of(file)}-skal")
    learner, surrogate = make_learner(estimator, task, asked)
    with told():
        folder.mkdir(parents=True, exist_ok=True)
        check_folder(folder, WRITTEN, file)
        options.describe(table, task, kinds, surrogate, given)
        results = compare_strategies(
            asked,
            {estimator: learner},
            {name_of(file): tested.data},
            seeds,
            budget,
            max(1, budget // 10) if batch_size is None else batch_size,
            scoring,
            jobs,
            folder / "replays.jsonl",
            test_size=TEST_SIZE,
        )
    _report(results, budget, seeds, folder, tested.remark)


def _numbers(table):
    with told():
        return as_numbers(table.inputs)


def _budget(budget, table, affordable):
    """Check the budget that was given, or choose the default."""
    if affordable < 2:
        raise Trouble(f"Column {table.label!r} has too few labels to replay: fill in more first.")
    if budget is None:
        budget = min(USUAL_BUDGET, affordable)
    if budget < 1:
        raise Trouble(f"--budget {budget} is too small: give 1 or more, up to {affordable:,}.")
    if budget > affordable:
        known = int(table.y.notna().sum())
        raise Trouble(
            f"--budget {budget} is too large: of {options.counted(known, 'label')}, "
            f"{known - affordable:,} are kept as test rows. Give --budget {affordable} or less."
        )
    return budget


def _report(results, budget, seeds, folder, remark):
    """Print the table and the recommendation, and write the table and the curves."""
    figures = _figures(results)
    width = None if sys.stdout.isatty() else WIDE  # nobody's lines are cut in a file
    Console(width=width).print(_as_text(figures, score_column(results), budget))
    click.echo(
        str(recommend(results))
        if seeds > 1
        else "One seed cannot show how much chance matters: use --seeds 5 or more."
    )
    if remark:
        click.echo(remark)
    with told():
        write_table(figures.reset_index(), folder / "table.csv")
    with told(), whole(folder / "curves.png") as unfinished:
        LearningCurveDisplay.from_results(results).figure_.savefig(unfinished, dpi=150)
    click.echo(f"Wrote table.csv, curves.png and replays.jsonl to {folder}.", err=True)


def _figures(results):
    """Make a row for each strategy, the largest area first."""
    score = score_column(results)
    last = results[results["n_labelled"] == results["n_labelled"].max()]
    figures = area_under_curve(results).droplevel(["data", "estimator"])
    figures = figures.rename(columns={"mean": "area"}).sort_values("area", ascending=False)
    saved = labels_saved(results).droplevel(["data", "estimator"])
    return figures.assign(
        final=last.groupby("strategy")[score].mean(),
        saved=saved["saved"],
        saved_at=saved["at"],
        saved_low=saved["low"],
        saved_high=saved["high"],
        query_seconds=results[results["round"] > 0].groupby("strategy")["query_seconds"].median(),
    )


def _as_text(figures, score, budget):
    n_seeds = figures["n_seeds"].max()
    of_chance = "; intervals of 95%" if n_seeds > 1 else ""
    title = f"{score}, {options.counted(n_seeds, 'seed')}{of_chance}"
    text = RichTable(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), title_justify="left")
    others = figures.drop(index="Random", errors="ignore")
    if len(others):
        levels = ", ".join(f"{at:.3f} ({name})" for name, at in others["saved_at"].items())
        text.caption_justify = "left"
        text.caption = (
            f"labels saved: how many fewer labels than Random needs for the highest {score} that "
            f"the mean curves of both reach: {levels}."
        )
    text.add_column("strategy", overflow="fold")
    for name in ("mean of curve", f"at {budget}", "labels saved", "s/query"):
        text.add_column(name, justify="right", no_wrap=True)
    for name, row in figures.iterrows():
        area, saved = f"{row['area']:.3f}", f"{row['saved']:.0%}"
        if n_seeds > 1:
            area += f" ({row['low']:.3f} to {row['high']:.3f})"
            saved += f" ({row['saved_low']:.0%} to {row['saved_high']:.0%})"
        saved = "" if name == "Random" else saved
        seconds = "" if np.isnan(row["query_seconds"]) else f"{row['query_seconds']:.3f}"
        text.add_row(name, area, f"{row['final']:.3f}", saved, seconds)
    return text
