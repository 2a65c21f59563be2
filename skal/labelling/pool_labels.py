"""The labelled rows of a pool as a table, since a pool has no file that labels could be put in."""

import os
import sqlite3
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from skal.labelling import settings
from skal.labelling.frames import decided
from skal.labelling.pool import Pool
from skal.labelling.pool_source import PoolSource
from skal.labelling.trouble import StoreError
from skal.pools.parquet_files import glob_of

if TYPE_CHECKING:
    import pandas as pd

FILE, PLACE = "file", "row_in_file"  # as `skal query` of a pool names them
WHO, PROPENSITY = "skal_who", "skal_propensity"
ANSWERS = (
    "SELECT current.item, current.value, annotator.name, event.propensity FROM current "
    "JOIN event ON event.id = current.event JOIN annotator ON annotator.id = current.annotator "
    "WHERE current.value IS NOT NULL ORDER BY current.item, current.annotator"
)


def labelled(connection: sqlite3.Connection, pool: Pool, source: PoolSource) -> "pd.DataFrame":
    """The labelled rows: where they lie, who labelled them, and the columns that people saw.

    The label is empty where annotators disagree so that none wins.
    """
    import pandas as pd

    classes = settings.is_classification(connection)
    answers: dict[int, list[tuple[str, str, float | None]]] = {}
    for item, *answer in connection.execute(ANSWERS):
        answers.setdefault(item, []).append((answer[0], answer[1], answer[2]))
    items = np.fromiter(answers, dtype=np.int64, count=len(answers))
    rows = pool.rows_of(items)
    order = np.argsort(rows, kind="stable")
    order = order[rows[order] >= 0]  # the others are of files that are gone
    rows, told = rows[order], [answers[item] for item in items[order].tolist()]
    names = [name for name in source.shown if name not in (FILE, PLACE, WHO, PROPENSITY)]
    there = source.files.take(rows, names).to_pandas()
    owner, places = source.files.place_of(rows)
    files = np.array([_from_here(path) for path in source.files.paths], dtype=object)
    number = "row"
    while number in names:
        number = f"skal_{number}"
    labels = [decided([value for value, _, _ in answer], classes) for answer in told]
    first = {
        number: rows,
        FILE: files[owner],
        PLACE: places,
        WHO: [", ".join(who for _, who, _ in answer) for answer in told],
        PROPENSITY: np.array([answer[0][2] for answer in told], dtype=float),
    }
    kind = object if classes else float
    last = pd.Series(labels, dtype=kind, index=there.index)
    return pd.concat([pd.DataFrame(first), there], axis=1).assign(**{source.label: last})


def check_place(source: PoolSource, path: Path) -> None:
    """Raise an error if an export would replace a file of the pool, or become one."""
    pattern = glob_of(str(source.path)).replace("**/", "*")
    if any(fnmatchcase(place(path), pattern) for place in (os.path.abspath, os.path.realpath)):
        raise StoreError(
            f"{path} would be a file of the pool {source.path}: write to another folder."
        )


def _from_here(path: str) -> str:
    """A path as people type it: relative where the file lies below the folder they are in."""
    here = os.getcwd()
    return os.path.relpath(path, here) if path.startswith(here + os.sep) else path
