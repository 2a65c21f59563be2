"""`skal query`: the rows of a file to label next."""

import shlex
from functools import partial

import click
import numpy as np
import pandas as pd

from skal.cli import options
from skal.cli.answers import rows_by_id, rows_of_others
from skal.cli.batches import Batch, batch_of
from skal.cli.columns import as_numbers
from skal.cli.draws import COLUMN
from skal.cli.labels import doubt, labels, task_of, too_few
from skal.cli.merging import advice, read_merged
from skal.cli.names import make_learner, parse_strategies, usual_strategy
from skal.cli.pool_files import is_pool
from skal.cli.pool_query import query_pool, refuse_options
from skal.cli.rows import writes_commas
from skal.cli.tables import Table, successor, unused
from skal.cli.trouble import Trouble, told
from skal.cli.writing import as_text, check_output, put_like
from skal.files.dialect import Dialect
from skal.files.kinds import kind_of
from skal.files.place import reserved
from skal.strategies import ColdStart, Random

DIGITS = 4  # of a score


@click.command()
@options.file_or_pool
@options.label
@click.option("-n", "--rows", "n", default=20, show_default=True, help="Number of rows.")
@click.option(
    "--strategy",
    help="The strategy that chooses the rows, such as Margin or 'Shortlist(Badge(), factor=5)'; or "
    "your own function of the state, as module:function (the module is imported). Default: "
    "UncertaintyHerding('margin', factor=10) for classes, Spread(Random()) for numbers, Random "
    "for numbers with a forest or boosting.",
)
@options.estimator
@options.identifier
@options.task
@options.missing
@options.skip_word
@options.merge
@options.exclude
@options.audit
@options.filled
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Seed of the random choices.",
)
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    help="CSV, TSV, Parquet or .xlsx file to write. Default: print the table.",
)
@options.force
def query(
    file: str,
    label: str,
    n: int,
    strategy: str | None,
    estimator: str,
    id: str | None,
    task: str | None,
    missing: tuple[str, ...],
    skip_word: tuple[str, ...],
    merge: tuple[str, ...],
    exclude: tuple[str, ...],
    audit: float | None,
    filled: tuple[str, ...],
    seed: int,
    output: str | None,
    force: bool,
) -> None:
    """Write the rows of FILE to label next, best first, as a table to fill in.

    \b
    Example:
      skal query people.csv --label income -n 20 -o next.csv

    FILE is a CSV, TSV, Parquet or .xlsx file. A model learns from the rows whose label is filled
    in, and a strategy chooses among the other rows. While fewer than two classes have labels, the
    command chooses typical rows (TypiClust), or random rows (Random) if more than a few columns
    are categories.

    The table has these columns: rank; row (counted from 0) or the --id column; score, for
    strategies that score rows; skal_drawn, if you give --audit; the columns of FILE; and last the
    label to fill in. score: the strategy's utility; in a batch the rank need not follow it. skal
    fill puts the labels into FILE.

    FILE may also be a folder or a quoted glob of Parquet files, such as `pool/*.parquet`, which is
    read in blocks. The table then has the columns file and row_in_file too. There is no file to put
    the labels into: give the tables that you have filled in as --labels.
    """
    if n < 1:
        raise Trouble(f"-n {n}: give 1 or more rows.")
    asked = {} if strategy is None else parse_strategies(strategy)
    if len(asked) > 1:
        raise Trouble(f"--strategy {strategy} names {len(asked)} strategies: give one.")
    if is_pool(file) or (filled and kind_of(file) == "parquet"):
        refuse_options(merge=merge, skip_word=skip_word, audit=audit)
        query_pool(
            file,
            label,
            n,
            asked,
            estimator,
            id,
            task,
            missing,
            filled,
            exclude,
            seed,
            output,
            force,
        )
        return
    if filled:
        raise Trouble(
            "--labels is for a pool of Parquet files: skal fill puts labels into any other file."
        )
    read = partial(read_merged, file, label, id, missing, skip_word, merge)
    ask = partial(_ask, read, file, exclude, n, audit, asked, estimator, task, seed)
    if output is None:
        table, answer = ask()
        click.echo(as_text(_with_marks(answer, table), Dialect()), nl=False)
        click.echo("To get these rows as a file to fill in, add -o next.csv.", err=True)
        return
    with told():
        check_output(output, [file, *exclude], force)
    with told(), reserved(output, replace=force, source=file) as place:
        table, answer = ask()
        put_like(_with_marks(answer, table, output), place, table.file)
    click.echo(next_step(file, output, table, merge, keep=audit is not None), err=True)


def _ask(read, file, exclude, n, audit, asked, estimator, task, seed):
    """Read the table and choose the rows to label next."""
    table = read()
    given, task = task, task or task_of(table.y)
    if task == "classification":  # told first, since many classes may be why a model fails
        for line in advice(table.y, table, file):
            click.echo(line, err=True)
    lack = too_few(table, task)
    cold = bool(lack) and not asked
    asked = asked or ({"ColdStart": ColdStart()} if lack else usual_strategy(estimator, task))
    (name, strategy), *_ = asked.items()
    y, (pool, others) = labels(table, task), rows_without_label(table, file, exclude)
    batch = batch_of(table, pool, n, audit)
    if lack and strategy.needs - {"features"}:
        raise Trouble(
            f"{lack}. {name} asks by a model: for the first rows leave out --strategy, or use "
            "Random or TypiClust."
        )
    learner, surrogate = make_learner(estimator, task, asked)
    learner.set_params(random_state=seed, **{"initial" if lack else "strategy": strategy})
    with told():
        X, kinds = as_numbers(table.inputs)
        learner.fit(X, y)
        rows = _chosen(learner, table, batch, min(n, len(pool)), seed)
    if table.id:  # told now, not by `fill` once somebody has labelled them
        rows_by_id(table, table.written.iloc[rows], file)
    options.describe(table, task, kinds, surrogate and not lack, given)
    counts = f"{len(rows) - len(batch.drawn)} of {options.counted(len(batch.pool), 'row')}"
    counts += f" ({others:,} excluded)" if others else ""
    who = _first(learner) if cold else f"{name}{lack and ' without a model'}"
    click.echo(f"{counts}, chosen by {who}{lack and f'. {lack}'}.", err=True)
    for note in batch.notes():
        click.echo(note, err=True)
    scores = None if lack else _scores(learner, strategy, rows, pool)
    return table, answer_of(table, rows, scores, batch)


def _chosen(learner, table, batch, n, seed):
    """Let the strategy choose rows, and insert the random ones."""
    n_picks = n - len(batch.drawn)
    if not n_picks:
        return batch.mixed(batch.drawn[:0], seed)
    closed = np.setdiff1d(np.flatnonzero(table.y.isna()), batch.pool)
    return batch.mixed(learner.query(batch_size=n_picks, exclude=closed), seed)


def _first(learner):
    """Say which strategy chose the first rows, and why."""
    strategy, reason = ColdStart().choice(learner.query_state())
    return f"{strategy} without a model, since {reason}"


def next_step(
    file: str, output: str, table: Table, merge: tuple[str, ...] = (), *, keep: bool
) -> str:
    """Say what to do next; `keep` adds --keep-draws to the command."""
    words = ["skal", "fill", file, output, *options.ways(table)]
    words += [part for pair in merge for part in ("--merge", pair)]
    words += ["--keep-draws"] if keep and COLUMN not in table.written else []
    words += ["-o", successor(file)]
    return f"Fill in column {table.label} of {output}, then run: {shlex.join(words)}"


def rows_without_label(table: Table, file: str, exclude: tuple[str, ...]) -> tuple[np.ndarray, int]:
    """Return the rows to choose from, and how many are excluded; an error if none is left."""
    pool = np.flatnonzero(table.y.isna() & ~table.skipped)
    if not len(pool):
        or_word = " or holds a word of --skip-word" if table.skipped.any() else ""
        raise Trouble(
            f"Every label in column {table.label!r} is filled in{or_word}: there is no row to ask "
            f"for.{doubt(table.y)}"
        )
    left = np.setdiff1d(pool, rows_of_others(table, file, exclude))
    if not len(left):
        raise Trouble(f"Every row without a label is in {' or '.join(exclude)}: none is left.")
    return left, len(pool) - len(left)


def _scores(learner, strategy, rows, pool):
    """Return the utilities of the chosen rows; None if the strategy has none."""
    by_score = strategy.utilities_by
    if by_score is None or isinstance(by_score, Random):
        return None
    scores = learner.query_utilities()
    if len(rows) < len(pool) and np.ptp(scores[pool]) == 0:
        click.echo(
            "All rows have the same score, so these are the first rows of the file. More labels or "
            "another --estimator may tell them apart.",
            err=True,
        )
    return np.array([float(f"{score:.{DIGITS}g}") for score in scores[rows]])


def _with_marks(answer, table, output="-.csv"):
    """Write the scores with the file's decimal mark, unless cells of the output are numbers."""
    numbers = table.typed.select_dtypes("number").columns.tolist()
    if kind_of(output) != "text" or not writes_commas(table, numbers):
        return answer
    scores = answer.select_dtypes("float").columns  # all else is as written, or whole numbers
    texts = {name: answer[name].map(lambda x: f"{x:g}".replace(".", ",")) for name in scores}
    return answer.assign(**texts)


def answer_of(
    table: Table, rows: np.ndarray, scores: np.ndarray | None, batch: Batch
) -> pd.DataFrame:
    """Make the table to fill in: ranks, scores, the rows as written, and the label."""
    there, empty = table.written, table.written[table.label].where(table.y.notna())
    answer = there.assign(**{table.label: empty}).iloc[rows]
    if table.id:
        first = [table.id]
    else:
        first = [unused("row", there)]
        answer.insert(0, first[0], rows)
    if scores is not None:
        first.append(unused("score", there))
        answer[first[-1]] = scores
    first.insert(0, unused("rank", there))
    answer[first[0]] = np.arange(1, len(rows) + 1)
    answer = batch.marked(answer, rows)
    first += [COLUMN] if COLUMN in answer else []
    others = there.columns.difference([table.id, table.label, COLUMN], sort=False)
    return answer[[*first, *others, table.label]]
