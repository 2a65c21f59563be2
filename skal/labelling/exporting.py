"""Exports: the table with its labels, the log, and tasks of Label Studio."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skal.labelling import label_studio, placing, pool_labels, rewriting
from skal.labelling.frames import EVENTS, labels
from skal.labelling.pool import Pool
from skal.labelling.pool_source import PoolSource
from skal.labelling.reading import FolderSource, FrameSource, JsonLinesSource, ending
from skal.labelling.source import Source
from skal.labelling.trouble import StoreError

if TYPE_CHECKING:
    import pandas as pd

TABLES = (".csv", ".tsv", ".parquet", ".pq", ".xlsx")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for one


def export(
    connection: sqlite3.Connection,
    pool: Pool,
    source: Callable[[], Source],
    path: Path,
    *,
    force: bool,
    spreadsheet_safe: bool,
) -> list[str]:
    """Write the labels in the format of the file's suffix, and return warnings."""
    kind = ending(path)
    if kind not in (*TABLES, ".json", ".jsonl"):
        raise StoreError(
            f"{path} cannot be written: end its name in .csv, .tsv, .parquet or .xlsx (the table "
            "with its labels), .jsonl (all events) or .json (tasks of Label Studio)."
        )
    if kind == ".jsonl":  # the log is whole without the source
        with placing.whole(path, force=force) as unfinished:
            return _events(connection, pool, unfinished)
    rows = source()
    if isinstance(rows, PoolSource):
        pool_labels.check_place(rows, path)
    with placing.whole(path, force=force, spare=rows.path) as unfinished:
        if kind == ".json":
            return label_studio.write(connection, rows, unfinished)
        if isinstance(rows, PoolSource):
            frame = pool_labels.labelled(connection, pool, rows)
            return write_table(frame, unfinished, rows, spreadsheet_safe)
        return _table(rows, labels(connection, pool), unfinished, spreadsheet_safe)


def _table(source, y, path, spreadsheet_safe):
    """Write the source with its labels: unchanged in the same format, otherwise written anew."""
    frame = filled(source, y)
    if spreadsheet_safe or not rewriting.keeps(source, path):
        return write_table(frame, path, source, spreadsheet_safe)
    typed = frame[source.label].astype(object)
    anew = rewriting.rewrite(source, y, typed.where(typed.notna(), None).tolist(), path)
    if anew:
        return [anew, *write_table(frame, path, source, False)]
    return [] if ending(path) in (".parquet", ".pq") else _warnings(_formulas(frame))


def filled(source: Source, y: np.ndarray) -> "pd.DataFrame":
    """Return the table of a source with its labels; missing labels are empty."""
    import pandas as pd

    if isinstance(source, FrameSource):
        frame = source.frame.set_axis(source.columns, axis=1)
    elif isinstance(source, FolderSource | JsonLinesSource):
        frame = pd.DataFrame([dict(cells) for cells, _, _ in source.records()])
    else:
        cells = [list(cells.values()) for cells, _, _ in source.records()]
        frame = pd.DataFrame(cells, columns=source.columns, dtype=object)
    if len(frame) != len(y):
        raise StoreError(f"{source.path} has {len(frame)} rows, but had {len(y)}.")
    there = frame.get(source.label)
    return frame.assign(**{source.label: _column(y, there)})


def write_table(
    frame: "pd.DataFrame", path: Path, source: Source, spreadsheet_safe: bool
) -> list[str]:
    """Write a table in the format of the suffix, and warn about cells that look like formulas."""
    kind = ending(path)
    if kind in (".parquet", ".pq"):
        frame.to_parquet(path, index=False)
        return []
    risky = _formulas(frame)
    if spreadsheet_safe:
        frame = frame.where(~risky, "'" + frame.astype(str))
    if kind == ".xlsx":
        frame.to_excel(path, index=False)
    else:
        usual = getattr(source, "separator", ",")
        frame.to_csv(path, index=False, sep="\t" if kind == ".tsv" else usual)
    return [] if spreadsheet_safe else _warnings(risky)


def _warnings(risky):
    """Return a warning if cells look like formulas."""
    n = int(risky.to_numpy().sum())
    if not n:
        return []
    return [
        f"{n} cells begin with = + - or @, which a spreadsheet may run as formulas: "
        "spreadsheet_safe=True puts a ' before them."
    ]


def _formulas(frame):
    """Find the cells of text that a spreadsheet would run as formulas; numbers are safe."""
    import pandas as pd

    texts = frame.select_dtypes(include=["object", "string"])
    risky = pd.DataFrame(False, index=frame.index, columns=frame.columns)
    for name in texts:
        column = texts[name].where(texts[name].map(lambda cell: isinstance(cell, str)), "")
        begins = column.astype(str).str.startswith(FORMULA)
        risky[name] = begins & pd.to_numeric(column, errors="coerce").isna()
    return risky


def _column(y: np.ndarray, there: Any) -> Any:
    """Convert labels to the type of their column."""
    import pandas as pd

    column = pd.Series(y, dtype=y.dtype)
    if there is None or not pd.api.types.is_numeric_dtype(there):
        return column.to_numpy()
    kind = "boolean" if pd.api.types.is_bool_dtype(there) else "Float64"
    try:
        if kind == "boolean":
            return column.map({"true": True, "false": False}).astype(kind).to_numpy()
        numbers = pd.to_numeric(column).astype(kind)
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"Column {there.name!r} holds numbers, but a label is not a number: {error}"
        ) from error
    whole = pd.api.types.is_integer_dtype(there)
    return numbers.astype("Int64").array if whole else numbers.array


def _events(connection, pool, path):
    """Write the log, one event per line."""
    cursor = connection.execute(EVENTS)
    names = [column[0] for column in cursor.description]
    rows = dict(zip(pool.items.tolist(), range(len(pool.items))))
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for event in cursor:
            told = dict(zip(names, event))
            told["proba"] = told["proba"] and json.loads(told["proba"])
            told |= {name: bool(told[name]) for name in ("reserve", "holds")}
            file.write(
                json.dumps({"row": rows.get(told["item"]), **told}, ensure_ascii=False) + "\n"
            )
    return []
