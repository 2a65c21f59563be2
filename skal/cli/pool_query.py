"""`skal query` of a pool of Parquet files that are read in blocks."""

import shlex
from collections.abc import Sequence
from functools import partial
from typing import Any

import click
import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal.cli import options
from skal.cli.answers import text_of
from skal.cli.draws import FILE, PLACE
from skal.cli.labels import doubt, labels, read_labels, task_of, too_few
from skal.cli.names import make_learner, usual_strategy
from skal.cli.pool_files import PoolFiles
from skal.cli.tables import read_cells, unused
from skal.cli.trouble import Trouble, told
from skal.cli.writing import as_text, check_output, put_table
from skal.files.dialect import Dialect
from skal.files.place import reserved
from skal.strategies import Random, Strategy


class Known:
    """The labels of a pool: of its own column, and of files that were filled in.

    A later file's label counts, where two say a label for a row.
    """

    def __init__(self, files: PoolFiles, label: str, id: str | None, missing: Sequence[str]):
        self.files, self.label, self.id, self.missing = files, label, id, missing
        self.found: dict[int, Any] = {}
        if label in files.schema.names:
            self._add(*files.rows_where(label, None))

    def add_file(self, path: str) -> None:
        """Labels of a file that `skal query` wrote, or of one with its columns."""
        cells = read_cells(path)
        if self.label not in cells:
            raise Trouble(f"{path} has no column {self.label!r}: it has {', '.join(cells)}.")
        filled = cells[cells[self.label].map(text_of) != ""].reset_index(drop=True)
        rows = rows_of(self.files, filled, path, self.id)
        self._add(rows, filled[self.label])

    @property
    def rows(self) -> np.ndarray:
        """The rows that are labelled, ascending."""
        return np.array(sorted(self.found), dtype=np.int64)

    @property
    def y(self) -> pd.Series:
        """Their labels."""
        cells = pd.Series([self.found[row] for row in self.rows], dtype=object, name=self.label)
        return read_labels(cells.infer_objects(), ".,")

    def _add(self, rows, cells):
        """The labels of rows."""
        y = read_labels(cells, ".,", self.missing)
        there = y.notna().to_numpy()
        self.found |= dict(zip(rows[there].tolist(), y[there].tolist(), strict=True))


def rows_of(files: PoolFiles, cells: pd.DataFrame, path: str, id: str | None) -> np.ndarray:
    """Row numbers of the pool that a file names: by `id`, or else by file and row in it."""
    lacking = [name for name in ([id] if id else [FILE, PLACE]) if name not in cells]
    if lacking:
        raise Trouble(
            f"{path} has no column {lacking[0]!r}, by which rows of a pool are found: it has "
            f"{', '.join(cells)}."
        )
    if id is None:
        places = pd.to_numeric(cells[PLACE], errors="coerce")
        if places.isna().any() or (places % 1 != 0).any():
            raise Trouble(f"Column {PLACE!r} of {path} holds cells that are not row numbers.")
        return files.rows_at(cells[FILE].tolist(), places.to_numpy(dtype=np.int64), path)
    import pyarrow as pa

    wanted = cells[id].map(text_of)
    rows, found = files.rows_where(id, pa.array(wanted.unique(), pa.string()))
    found = found.map(text_of)
    if (several := found[found.duplicated()]).size:
        raise Trouble(f"{id} {several.iloc[0]!r} is in several rows of the pool, not in one.")
    places = pd.Series(rows, found)
    if (lost := wanted[~wanted.isin(found)]).size:
        raise Trouble(f"{id} {lost.iloc[0]!r} of {path} is in no row of the pool.")
    return places.loc[wanted].to_numpy()


def refuse_options(**given: object) -> None:
    """Raise an error for options that do not apply to a pool of several files."""
    for name, value in given.items():
        if value:
            raise Trouble(f"--{name.replace('_', '-')} is for one file, not for a pool of several.")


def query_pool(
    path: str,
    label: str,
    n: int,
    asked: dict[str, Strategy],
    estimator: str,
    id: str | None,
    task: str | None,
    missing: tuple[str, ...],
    filled: Sequence[str],
    exclude: Sequence[str],
    seed: int,
    output: str | None,
    force: bool,
) -> None:
    """Write the rows of a pool of Parquet files to label next."""
    ask = partial(
        _ask,
        path,
        label,
        n,
        asked,
        estimator,
        id,
        task,
        options.words(missing),
        filled,
        exclude,
        seed,
    )
    if output is None:
        click.echo(as_text(ask(), Dialect()), nl=False)
        click.echo("To get these rows as a file to fill in, add -o next.csv.", err=True)
        return
    with told():
        check_output(output, [*filled, *exclude], force)
    with told(), reserved(output, replace=force) as place:
        put_table(ask(), place, Dialect())
    words = ["skal", "query", path, "--label", label, *(["--id", id] if id else [])]
    words += [part for file in (*filled, output) for part in ("--labels", file)]
    click.echo(f"Fill in column {label} of {output}, then run: {shlex.join(words)} -o …", err=True)


def _ask(path, label, n, asked, estimator, id, task, missing, filled, exclude, seed):
    """The rows to label next, as a frame."""
    files = PoolFiles.of(path)
    if id is not None and id not in files.schema.names:
        raise Trouble(f"{path} has no column {id!r}: it has {', '.join(files.schema.names)}.")
    known = Known(files, label, id, missing)
    for file in filled:
        known.add_file(file)
    others = [rows_of(files, read_cells(file), file, id) for file in exclude]
    out = np.unique(np.concatenate([known.rows, *others]))
    if len(out) == files.n_rows:
        raise Trouble("Every row of the pool is labelled or excluded: none is left.")
    columns, left_out = files.inputs([label, *([id] if id else [])])
    y = known.y
    _describe(files, known, y, columns, left_out)
    task = task or task_of(y)
    if lack := too_few(known, task):
        (name, strategy), *_ = (asked or {"Random": Random()}).items()
        if not isinstance(strategy, Random):
            raise Trouble(f"{lack}. {name} asks by a model: leave out --strategy.")
        rows, scores = _drawn(files.n_rows, n, out, seed), None
    else:
        asked = asked or usual_strategy(estimator, task)
        (_, strategy), *_ = asked.items()
        rows, scores = _chosen(files, known, columns, n, asked, estimator, task, out, seed)
    who = f"{strategy}{lack and f' without a model. {lack}'}"
    left = files.n_rows - len(out)
    click.echo(f"{len(rows)} of {options.counted(left, 'row')}, chosen by {who}.", err=True)
    return _answer(files, rows, scores, label, id)


def _chosen(files, known, columns, n, asked, estimator, task, out, seed):
    """The rows that the strategy asks for, and their utilities where it has some."""
    (_, strategy), *_ = asked.items()
    learner, _ = make_learner(estimator, task, asked)
    learner.set_params(strategy=strategy, random_state=seed)
    if estimator in ("linear", "svm"):  # features of a pool come as they are
        learner.set_params(estimator=make_pipeline(StandardScaler(), learner.estimator))
        if learner.surrogate is not None:
            learner.set_params(surrogate=make_pipeline(StandardScaler(), learner.surrogate))
    pool = files.pool(columns).as_seen(None)
    with told():
        learner.fit(pool.take_rows(known.rows), labels(known, task))
        rows = learner.query(pool, batch_size=min(n, files.n_rows - len(out)), exclude=out)
        by = strategy.utilities_by
        if by is None or isinstance(by, Random) or not by.by_row:
            return rows, None
        return rows, learner.query_utilities(pool.take_rows(rows))


def _drawn(n_rows, n, out, seed):
    """Rows drawn at random, none of which is out."""
    rng = np.random.default_rng(seed)
    drawn = rng.choice(n_rows, min(n + len(out), n_rows), replace=False)
    return drawn[~np.isin(drawn, out)][:n]


def _describe(files, known, y, columns, left_out):
    """Say what was understood, where people look for messages."""
    of = f"{options.counted(files.n_rows, 'row')} in {options.counted(len(files.paths), 'file')}"
    click.echo(f"{of}, {len(y):,} labelled.{doubt(y)}", err=True)
    what = f"the vectors of {columns}" if isinstance(columns, str) else ", ".join(columns[:12])
    more = (
        "" if isinstance(columns, str) or len(columns) <= 12 else f" and {len(columns) - 12} more"
    )
    click.echo(f"Columns: {what}{more}.", err=True)
    if left_out:
        click.echo(f"Not used: {', '.join(left_out[:12])}.", err=True)


def _answer(files, rows, scores, label, id):
    """The rows with their ranks and where they lie, and the label to fill in."""
    there, where = files.read(rows), files.where(rows)
    others = there.columns.difference([label, FILE, PLACE], sort=False)
    first = {unused("rank", there): np.arange(1, len(rows) + 1), unused("row", there): rows}
    first |= {FILE: where[FILE], PLACE: where[PLACE]}
    if scores is not None:
        first[unused("score", there)] = scores
    if id is not None:
        first[id], others = there[id], others.difference([id], sort=False)
    empty = pd.Series([None] * len(rows), dtype=object)
    return pd.concat([pd.DataFrame(first), there[others]], axis=1).assign(**{label: empty})
