"""`skal status`: the labels of a file so far, how good the model is, and whether to go on."""

import shlex

import click
import numpy as np

from skal.cli import options
from skal.cli.accuracy import PRICES_TOGETHER, by_cross_validation, by_random_rows
from skal.cli.columns import as_numbers
from skal.cli.draws import draws_of
from skal.cli.labels import labels, task_of, too_few
from skal.cli.merging import advice, read_merged
from skal.cli.names import make_learner
from skal.cli.pool_files import is_pool
from skal.cli.pool_table import read_labelled
from skal.cli.replayed import replayed
from skal.cli.reserve import moved, places
from skal.cli.trouble import Trouble, told

SHOWN = 30  # classes
ENOUGH = 30  # random rows


@click.command()
@options.file_or_pool
@options.label
@options.estimator
@options.identifier
@options.task
@options.missing
@options.skip_word
@options.merge
@options.filled
@click.option(
    "--label-cost", type=options.Number(0), metavar="COST",
    help="The cost of a label, with --point-value.",
)  # fmt: skip
@click.option(
    "--point-value", type=options.Number(0, min_open=True), metavar="VALUE",
    help="The value of a point (0.01) of accuracy or R², in the same currency: the command then "
    "says whether 100 more labels are worth their cost.",
)  # fmt: skip
def status(
    file: str,
    label: str,
    estimator: str,
    id: str | None,
    task: str | None,
    missing: tuple[str, ...],
    skip_word: tuple[str, ...],
    merge: tuple[str, ...],
    filled: tuple[str, ...],
    label_cost: float | None,
    point_value: float | None,
) -> None:
    """Say how many labels FILE has, how accurate a model is, and whether to go on.

    \b
    Example:
      skal status people-3.csv --label income

    Counts the labels by class and names classes that are likely one class in several spellings.
    Estimates today's accuracy with an interval, and the accuracy after 100 more labels.

    The accuracy is measured on rows that skal audit or skal query --audit drew at random. Each of
    them is predicted by the model of its round, which did not know its label. Without such rows the
    command prints a cross-validated score, which does not hold for new rows, and says how to get
    random rows.
    """
    if (label_cost is None) != (point_value is None):
        raise Trouble(PRICES_TOGETHER)
    ways = (label, id, missing, skip_word, merge)
    several = is_pool(file) or bool(filled)
    if several:
        table, n_rows = read_labelled(file, *ways, filled)
    else:
        table = read_merged(file, *ways)
        n_rows = len(table.y)
    given, task = task, task or task_of(table.y)
    y = labels(table, task)
    with told():
        X, kinds = as_numbers(table.inputs)
    options.describe(table, task, kinds, False, given, counts=False)
    _count(table, task, n_rows, None if several else file)
    if lack := too_few(table, task):
        click.echo(f"{lack}. Label more rows on a page: {_page(table, file)}")
        return
    learner, _ = make_learner(estimator, task, {})
    draws, known = draws_of(table.written), table.y.notna().to_numpy()
    found = int((draws.random & known).sum())
    prices = (label_cost, point_value)
    with told():
        if found:
            placed = places(table.typed.drop(columns=table.label), table.id)
            clean = _without_missing(y, known)
            audits = replayed(learner.estimator, X, clean, known, draws, placed)
            left = n_rows - int(known.sum()) - int(table.skipped.sum())
            told_of = (left, moved(draws, placed), _skipped(table, draws), prices)
            for line in by_random_rows(audits, *told_of):
                click.echo(line)
        if n := int((draws.random & ~known & ~table.skipped).sum()):
            click.echo(_unanswered(n))
        if found < ENOUGH:
            click.echo(by_cross_validation(learner.estimator, X[known], y[known], task))
            click.echo(_advice(table, file, several))


def _without_missing(y, known):
    """Convert labels to an array of their own type, with any value where one is missing."""
    labelled = np.array(y[known].tolist())
    clean = np.zeros(len(y), labelled.dtype)
    clean[known] = labelled
    return clean


def _skipped(table, draws):
    """Count random rows that nobody could tell."""
    return int((draws.random & table.skipped).sum())


def _unanswered(n):
    """Say that random rows have no answer, which the accuracy lacks."""
    have = "has" if n == 1 else "have"
    return (
        f"{options.counted(n, 'random row')} {have} no answer yet, so the accuracy lacks "
        f"{'it' if n == 1 else 'them'}: answer all random rows, since the others may be easier."
    )


def _advice(table, file, several):
    """Say how to get random rows."""
    if several:
        return (
            "To know how accurate a model is, label some rows on a page, which mixes in random "
            f"ones: {_page(table, file)}"
        )
    words = ["skal", "audit", file, *options.ways(table), "-n", "100", "-o", "audit.csv"]
    return f"To know how accurate the model is, label random rows: {shlex.join(words)}"


def _page(table, file):
    """Write the command that opens the page."""
    return shlex.join(["skal", "label", file, "--label", table.label])


def _count(table, task, n_rows, file):
    """Print how many labels there are, by class."""
    known = table.y.dropna()
    empty = n_rows - len(known) - int(table.skipped.sum())
    of = options.counted(n_rows, "row")
    left = f"{empty:,} not{options.skipped(table)}"
    click.echo(f"{len(known):,} of {of} labelled, {left}.")
    if task == "regression":
        click.echo(_numbers(known))
        return
    for line in _classes(known):
        click.echo(line)
    for line in advice(table.y, table, file):
        click.echo(line)


def _classes(known):
    """Write a line for each class, the most common first."""
    counts = known.convert_dtypes().astype(str).value_counts()  # 3, not 3.0
    width = max(map(len, counts.index[:SHOWN]), default=0)
    for name, n in counts.iloc[:SHOWN].items():
        yield f"  {name:<{width}}  {n:>7,}  {n / len(known):4.0%}"
    more = len(counts) - SHOWN
    if more > 0:
        yield f"  and {options.counted(more, 'class', 'classes')} more"


def _numbers(known):
    if not len(known):
        return "No number is known yet."
    numbers = known.astype(float)
    low, middle, high = numbers.quantile([0.25, 0.5, 0.75])
    return (
        f"  {_brief(numbers.min())} to {_brief(numbers.max())}, mean {_brief(numbers.mean())}; "
        f"half of them from {_brief(low)} to {_brief(high)}, median {_brief(middle)}"
    )


def _brief(number):
    """Write a number with five digits, such as 416,950, or an exponent if it is extreme."""
    if number and not 1e-4 <= abs(number) < 1e12:
        return f"{number:.5g}"
    return f"{float(f'{number:.5g}'):,.10f}".rstrip("0").rstrip(".")
