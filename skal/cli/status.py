"""`skal status`: the labels of a file so far, and how well they do."""

import warnings
from collections import Counter

import click
import numpy as np
from sklearn.base import clone
from sklearn.metrics import recall_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict, cross_val_score

from skal.cli import options
from skal.cli.columns import as_numbers
from skal.cli.labels import labels, task_of, too_few
from skal.cli.merging import advice, read_merged
from skal.cli.names import make_learner
from skal.cli.trouble import told

FOLDS, ENOUGH = 5, 10  # fewer labels than these tell nothing
SHOWN = 30  # classes
MOST = 0.75  # share of a class beyond which accuracy hides the others
MISLEADS = (
    "That holds for rows like the labelled ones. Where skal query asked for them they are the "
    "harder ones: to know how good the model is, label some rows drawn at random (skal query "
    "--strategy Random), and score on these."
)


@click.command()
@options.file
@options.label
@options.estimator
@options.identifier
@options.task
@options.missing
@options.skip_word
@options.merge
def status(
    file: str,
    label: str,
    estimator: str,
    id: str | None,
    task: str | None,
    missing: tuple[str, ...],
    skip_word: tuple[str, ...],
    merge: tuple[str, ...],
) -> None:
    """Count the labels of FILE, by class, and say how well a model does on them.

    Names classes that differ only in case, spaces or accents, and scores by cross-validation.
    """
    table = read_merged(file, label, id, missing, skip_word, merge)
    given, task = task, task or task_of(table.y)
    y = labels(table, task)
    known = table.y.dropna()
    with told():
        X, kinds = as_numbers(table.inputs)
    options.describe(table, task, kinds, False, given)
    empty = len(table.y) - len(known)
    of = options.counted(len(table.y), "row")
    left = f"{empty:,} not{options.skipped(table)}"
    click.echo(f"{len(known):,} of {of} labelled, {left}.")
    if task == "regression":
        click.echo(_numbers(known))
    else:
        for line in _classes(known):
            click.echo(line)
        for line in advice(table.y, table, file):
            click.echo(line)
    if lack := too_few(table, task):
        click.echo(f"{lack} before a model can be scored.")
        return
    rows = np.flatnonzero(table.y.notna())
    learner, _ = make_learner(estimator, task, {})
    with told():
        click.echo(_score(learner.estimator, X[rows], np.array(y[rows].tolist()), task))


def _classes(known):
    """A line a class, the most common first."""
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
    """A number of five digits, such as 416,950; with an exponent only where zeros would abound."""
    if number and not 1e-4 <= abs(number) < 1e12:
        return f"{number:.5g}"
    return f"{float(f'{number:.5g}'):,.10f}".rstrip("0").rstrip(".")


def _balanced(model, X, y, folds):
    """A sentence about how many rows of each class are found."""
    predicted = cross_val_predict(model, X, y, cv=folds)
    found = recall_score(y, predicted, average=None, labels=np.unique(y), zero_division=0)
    return (
        f"Balanced accuracy, the mean over classes of the share that is recognised: "
        f"{found.mean():.1%}, where one class for every row would get {1 / len(found):.1%}"
    )


def _score(estimator, X, y, task):
    """A sentence about the cross-validated score, and one about what it is worth."""
    classes = task == "classification"
    if len(y) < ENOUGH:
        return f"{len(y)} labels are too few to score a model by cross-validation."
    if classes and max(Counter(y.tolist()).values()) < FOLDS:
        return f"No class has {FOLDS} labels, which a cross-validation needs."
    folds = (StratifiedKFold if classes else KFold)(FOLDS, shuffle=True, random_state=0)
    model = clone(estimator)
    if "random_state" in model.get_params():
        model.set_params(random_state=0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        scores = cross_val_score(model, X, y, cv=folds, error_score="raise")
    if classes:
        common = max(Counter(y.tolist()).values()) / len(y)
        beside = f"; {common:.1%} if every row were of the most common class"
        if common > MOST:
            beside += f". {_balanced(model, X, y, folds)}"
        score = f"Accuracy {scores.mean():.1%}"
    else:
        beside, score = "; 0 is what their mean would get", f"R² {scores.mean():.2f}"
    return f"{score} by {FOLDS}-fold cross-validation of the labelled rows{beside}. {MISLEADS}"
