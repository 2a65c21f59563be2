"""`skal predict`: the predictions of a model for the rows of a file."""

import click
import numpy as np
import pandas as pd

from skal.cli import options
from skal.cli.rows import read_rows, writes_commas
from skal.cli.tables import unused
from skal.cli.trouble import Trouble, told
from skal.cli.writing import as_text, check_output, put_like
from skal.files.dialect import Dialect
from skal.files.kinds import kind_of
from skal.files.place import reserved
from skal.tables.saved import other_versions, read_model

KEPT = {"label", "id", "task", "columns", "kinds", "commas"}


@click.command()
@click.argument("model", type=click.Path(exists=True, dir_okay=False))
@options.file
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    help="CSV, TSV, Parquet or .xlsx file to write. Default: print the table.",
)
@options.force
def predict(model: str, file: str, output: str | None, force: bool) -> None:
    """Write the rows of FILE with the predictions of MODEL.

    \b
    Example:
      skal predict income.skops new.csv -o predicted.csv

    skal train writes MODEL. All columns stay as they are. The command adds the column prediction
    and, for classes, the column probability, which is the probability of the predicted class. FILE
    needs the columns that the model uses, in any order.
    """
    if output is not None:
        with told():
            check_output(output, [file, model], force)
    with told():
        held = read_model(model)
    if not held.keys() >= KEPT:
        raise Trouble(
            f"{model} was not written by skal train, and does not say which columns it needs: load "
            "it in Python, with skal.tables.load_model."
        )
    if others := other_versions(held):
        click.echo(
            f"{model} was written with {' and '.join(others)}, not what is installed here: train "
            "it again if its predictions look wrong.",
            err=True,
        )
    if output is None:
        table, out = _predicted(held, file)
        click.echo(as_text(out, Dialect(table.separator.encode())), nl=False)
        return
    with told(), reserved(output, replace=force, source=file) as place:
        table, out = _predicted(held, file, as_words=kind_of(output) == "text")
        put_like(out, place, table.file)
    rows = options.counted(len(out), "row")
    click.echo(f"Predicted {held['label']} of {rows}: {output}.", err=True)


def _predicted(held, file, as_words=True):
    """Read a table, and add the predictions to its columns."""
    table, inputs, remarks = read_rows(file, held)
    with told():
        added = _predictions(held["pipeline"], inputs, held["task"])
    if as_words:
        commas = held["commas"] or writes_commas(table, held["kinds"]["numeric"])
        added = [_as_text(column, commas and table.separator == ";") for column in added]
    out = table.written
    for column in added:
        out = out.assign(**{unused(column.name, out): column.to_numpy()})
    for remark in (*table.notes, *remarks):
        click.echo(remark, err=True)
    return table, out


def _predictions(pipeline, inputs, task):
    """Predict, with the probability if the model gives one."""
    added = [pd.Series(pipeline.predict(inputs), name="prediction")]
    if task == "classification" and hasattr(pipeline, "predict_proba"):
        best = pipeline.predict_proba(inputs).max(axis=1)
        added.append(pd.Series(best, name="probability"))
    return added


def _as_text(column: pd.Series, commas: bool) -> pd.Series:
    """Write numbers with a sensible number of digits and the file's decimal mark."""
    if column.dtype.kind != "f":
        return column
    digits = ".4f" if column.name == "probability" else ".6g"
    words = [f"{value:{digits}}" for value in np.asarray(column)]
    return pd.Series([w.replace(".", ",") for w in words] if commas else words, name=column.name)
