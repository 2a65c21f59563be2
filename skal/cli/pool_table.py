"""The labelled rows of a pool as a table, which `skal train` and `skal status` read."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from skal.cli import options
from skal.cli.merging import read_merged
from skal.cli.pool_files import PoolFiles
from skal.cli.pool_query import Known
from skal.cli.tables import Table
from skal.cli.trouble import Trouble


def read_labelled(
    pattern: str,
    label: str,
    id: str | None,
    missing: tuple[str, ...],
    skip: tuple[str, ...],
    merge: tuple[str, ...],
    filled: Sequence[str],
) -> tuple[Table, int]:
    """Return the labelled rows of a pool of Parquet files, and the number of all rows."""
    files = PoolFiles.of(pattern)
    if vectors := [name for name in files.vectors if name != label]:
        raise Trouble(
            f"The pool has vectors in column {vectors[0]!r}, and this command learns from columns "
            "of numbers, categories and texts: train a model of vectors in Python, with "
            f"BlockPool(files, columns={vectors[0]!r}).take_rows(rows)."
        )
    known = Known(files, label, id, options.words(missing))
    for file in filled:
        known.add_file(file)
    if not known.found:
        raise Trouble(
            f"The pool has no label in column {label!r} yet: give the tables that skal query or "
            "skal label wrote as --labels."
        )
    labelled = files.read(known.rows).assign(**{label: known.y.to_numpy()})
    with TemporaryDirectory() as folder:
        path = Path(folder) / "labelled.parquet"
        labelled.to_parquet(path, index=False)
        return read_merged(str(path), label, id, missing, skip, merge), files.n_rows
