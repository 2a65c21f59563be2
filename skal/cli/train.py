"""`skal train`: train a model on the labels so far, and write it to a file."""

from pathlib import Path

import click
from sklearn.pipeline import Pipeline

from skal.cli import options
from skal.cli.labels import labels, task_of, too_few
from skal.cli.merging import advice, read_merged
from skal.cli.names import make_learner
from skal.cli.pool_files import is_pool
from skal.cli.pool_table import read_labelled
from skal.cli.rows import writes_commas
from skal.cli.trouble import Trouble, told
from skal.cli.writing import check_place, whole
from skal.tables import TableFeatures, save_model

ENDING = ".skops"


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
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True,
    help="Seed of the random choices of a forest or boosting.",
)  # fmt: skip
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="MODEL",
    help=f"File to write; its name ends in {ENDING}.",
)
@options.force
def train(
    file: str,
    label: str,
    estimator: str,
    id: str | None,
    task: str | None,
    missing: tuple[str, ...],
    skip_word: tuple[str, ...],
    merge: tuple[str, ...],
    filled: tuple[str, ...],
    seed: int,
    output: str,
    force: bool,
) -> None:
    """Train a model on the labelled rows of FILE, and write it to a file for skal predict.

    \b
    Example:
      skal train people-3.csv --label income -o income.skops

    The kinds of the columns are learned from all rows, labelled or not; of a pool of Parquet files,
    such as `'pool/*.parquet'`, from the labelled rows. MODEL is a skops file: it holds numbers and
    names of types, and loading it runs no code.
    """
    _check_output(output, file, force)
    ways = (label, id, missing, skip_word, merge)
    several = is_pool(file) or bool(filled)
    table = read_labelled(file, *ways, filled)[0] if several else read_merged(file, *ways)
    given, task = task, task or task_of(table.y)
    if lack := too_few(table, task):
        raise Trouble(f"{lack}: fill in more of column {table.label!r} first.")
    if task == "classification":
        for line in advice(table.y, table, None if several else file):
            click.echo(line, err=True)
    y = labels(table, task)
    learner, _ = make_learner(estimator, task, {})
    with told():
        features = TableFeatures()
        learner.set_params(random_state=seed).fit(features.fit_transform(table.inputs), y)
        pipeline = Pipeline([("features", features), ("model", learner.estimator_)])
        about = {
            "label": table.label,
            "id": table.id,
            "task": task,
            "columns": table.inputs.columns.tolist(),
            "kinds": features.kinds_,
            "commas": writes_commas(table, [table.label]),
        }
        with whole(output) as unfinished:
            save_model(pipeline, unfinished, **about)
    options.describe(table, task, features.kinds_, False, given)
    n = options.counted(int(table.y.notna().sum()), "label")
    click.echo(f"Trained a {type(learner.estimator_).__name__} on {n}: {output}.", err=True)
    click.echo(f"Next: skal predict {output} NEW.csv -o OUT.csv", err=True)


def _check_output(output, file, force):
    """Raise an error, before any work, if the model cannot or should not be written."""
    path = Path(output)
    if path.suffix.lower() != ENDING:
        raise Trouble(f"-o {output} must end in {ENDING}, the ending of model files.")
    check_place(path)
    if path.exists() and Path(file).exists() and path.samefile(file):
        raise Trouble(f"-o {output} is the file that this command reads: give another name.")
    if path.exists() and not force:
        raise Trouble(f"{output} already exists: name another file, or add --force.")
