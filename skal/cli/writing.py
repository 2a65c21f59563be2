"""Write files as a whole or not at all, and never over a user's own file."""

import contextlib
import csv
import importlib.util
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from skal.cli.trouble import Trouble
from skal.files.csv_file import CsvFile
from skal.files.dialect import Dialect
from skal.files.encoding import Encoding
from skal.files.kinds import SEPARATED, content_of, ending_of, kind_of, write_content
from skal.files.place import Place, oddity, reserved

if TYPE_CHECKING:
    import pandas as pd

KNOWN = (*SEPARATED, ".parquet", ".pq", ".xlsx")


def check_place(path: str | Path) -> None:
    """Raise an error, before any work, if this file cannot be written."""
    path = Path(path)
    if path.is_dir():
        raise Trouble(f"{path} cannot be written: it is a folder.")
    if what := oddity(path):
        raise Trouble(f"{path} cannot be written: it is {what}, and skal writes files as a whole.")
    parent = Path(os.path.realpath(path)).parent
    if not path.exists() and not parent.is_dir():
        raise Trouble(f"{path} cannot be written: there is no folder {path.parent}.")
    if not os.access(path if _is_special(path) else parent, os.W_OK):
        raise Trouble(f"{path} cannot be written: you have no permission to write there.")


def check_readable(path: str | Path) -> None:
    """Raise an error if a path is not a file that can be read several times."""
    if what := oddity(path):
        raise Trouble(
            f"{path} is {what}, not a file: save its content to a file and give that file."
        )
    if Path(path).suffix.lower() == ".npy":
        raise Trouble(
            f"{path} is an array, and skal reads tables: in Python, pass "
            f"np.load({str(path)!r}, mmap_mode='r') to query()."
        )
    if kind_of(path) == "parquet":
        check_parquet()


def check_output(
    path: str | Path,
    read: Iterable[str | Path],
    force: bool = False,
    like: str | Path | None = None,
) -> None:
    """Raise an error, before any work, if this table cannot or should not be written.

    Files that the command reads are never replaced, others only with `force`.  With `like`, the
    kind of the file must be the same.
    """
    path = Path(path)
    check_place(path)
    if _is_special(path):
        return
    for source in map(Path, read):
        if path.exists() and path.samefile(source):
            raise Trouble(
                f"-o {path} is the file that this command reads ({source}): give another name."
            )
    if path.exists() and not force:
        raise Trouble(
            f"{path} already exists, and may hold labels that somebody filled in: give another "
            "file, or add --force to replace it."
        )
    if like is None:
        _check_ending(path)
    else:
        _check_alike(path, like)
    if kind_of(path) == "parquet":
        check_parquet()


def check_folder(folder: Path, names: Sequence[str], read: str | Path) -> None:
    """Raise an error if a comparison would replace a user's own files."""
    for path in (folder / name for name in names):
        check_place(path)
        if path.exists() and path.samefile(read):
            raise Trouble(
                f"{path} would replace the file that this command reads: give another -o."
            )
    there = [name for name in names if (folder / name).is_file()]
    if there and "replays.jsonl" not in there:
        raise Trouble(
            f"{folder} holds a {there[0]} without replays.jsonl, so it may be yours: give "
            "another folder with -o, or move the file away."
        )


def check_parquet() -> None:
    """Raise an error if no package can read and write Parquet."""
    if not any(map(importlib.util.find_spec, ("pyarrow", "fastparquet"))):
        raise Trouble('Parquet files need pip install "skal[parquet]".')


def write_table(frame: "pd.DataFrame", path: str | Path, separator: str = ",") -> None:
    """Write a frame as CSV, TSV, Parquet or a workbook, by the name of the file."""
    check_place(path)
    with reserved(path, replace=True) as place:
        put_table(frame, place, Dialect(separator.encode()))


def put_table(
    frame: "pd.DataFrame", place: Place, dialect: Dialect, encoding: Encoding | None = None
) -> None:
    """Write a frame to a reserved place, with this dialect and encoding if it is a text."""
    if kind_of(place.path) == "parquet":
        place.put(lambda path: frame.to_parquet(path, index=False))
    elif kind_of(place.path) == "workbook":
        from skal.files.workbook import write_rows

        rows = frame.astype(object).where(frame.notna(), None).values.tolist()
        place.put(lambda path: write_rows(path, frame.columns.tolist(), rows))
    else:
        if ending_of(place.path) == ".tsv":
            dialect = Dialect(b"\t", dialect.newline)
        content = (encoding or Encoding()).encoded(as_text(frame, dialect).encode())
        place.put(
            lambda path: write_content(path, content), lambda path: _check_content(path, content)
        )


def put_like(frame: "pd.DataFrame", place: Place, source: object) -> None:
    """Write a frame to a reserved place, in the format of the file that its rows come from."""
    if isinstance(source, CsvFile):
        put_table(frame, place, replace(source.dialect, header=0), source.encoding)
    else:
        put_table(frame, place, Dialect())


def as_text(frame: "pd.DataFrame", dialect: Dialect) -> str:
    """Format a frame as separated text, with all cells in quotes if one holds a line end."""
    texts = frame.select_dtypes(["object", "string"])
    many = any(texts[name].astype(str).str.contains("[\r\n]").any() for name in texts)
    return frame.to_csv(
        sep=dialect.separator.decode(),
        lineterminator=dialect.newline.decode(),
        quoting=csv.QUOTE_ALL if many else csv.QUOTE_MINIMAL,
        index=False,
    )


@contextlib.contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """Yield a path to write to, which replaces `path` once all is written.

    A link stays, and what it points to is replaced; devices are written straight to.
    """
    check_place(path)
    with reserved(path, replace=True) as place:
        with place.blamed():
            yield place.unfinished
        place.put(lambda path: None)


def _check_ending(path):
    """Raise an error if the name of a file has no known ending."""
    if ending_of(path) not in KNOWN:
        raise Trouble(
            f"{path} cannot be written: end its name in .csv, .tsv (both also .gz, .bz2 or .xz), "
            ".parquet or .xlsx."
        )


def _check_alike(path, source):
    """Raise an error if a file of this kind cannot hold the same cells as `source`."""
    ours, theirs = ending_of(path), ending_of(source)
    if ours != theirs and not (ours == ".csv" and kind_of(source) == "text"):
        raise Trouble(
            f"-o {path} must have the same kind as {source} ({theirs or 'no ending'}), or cells "
            "would change."
        )


def _check_content(path, content):
    if content_of(path) != content:
        raise ValueError(f"read back, {path} is not what was written")


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file()
