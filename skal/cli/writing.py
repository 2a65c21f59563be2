"""Files that are whole or absent, and replace nothing that somebody wrote."""

import contextlib
import importlib.util
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from skal.cli.trouble import Trouble

if TYPE_CHECKING:
    import pandas as pd

PARQUET = (".parquet", ".pq")
COMPRESSED = (".gz", ".bz2", ".xz")
SEPARATORS = {".csv": None, ".tsv": "\t"}  # None: what the caller says


def check_place(path: str | Path) -> None:
    """An error, before any work, where a file of this name cannot be written."""
    path = Path(path)
    if path.is_dir():
        raise Trouble(f"{path} cannot be written: it is a folder.")
    parent = Path(os.path.realpath(path)).parent
    if not path.exists() and not parent.is_dir():
        raise Trouble(f"{path} cannot be written: there is no folder {path.parent}.")
    if not os.access(path if _is_special(path) else parent, os.W_OK):
        raise Trouble(f"{path} cannot be written: you may not write there.")


def check_output(path: str | Path, read: Iterable[str | Path], force: bool = False) -> None:
    """An error, before any work, where a table of this name cannot, or should not, be written.

    What was read stays; another file gives way to `force`.
    """
    path = Path(path)
    check_place(path)
    if _is_special(path):
        return
    for source in map(Path, read):
        if path.exists() and path.samefile(source):
            raise Trouble(f"-o {path} is the file that is read ({source}): name another.")
    if path.exists() and not force:
        raise Trouble(
            f"{path} is there already, and may hold labels that somebody filled in: name another "
            "file, or say --force to replace it."
        )
    if _ending(path) not in (*SEPARATORS, *PARQUET):
        raise Trouble(
            f"{path} cannot be written: end its name in .csv, .tsv (both also .gz, .bz2 or .xz) or "
            ".parquet."
        )
    if is_parquet(path):
        check_parquet()


def check_folder(folder: Path, names: Sequence[str], read: str | Path) -> None:
    """An error where somebody's own files would be replaced by a comparison's."""
    for path in (folder / name for name in names):
        check_place(path)
        if path.exists() and path.samefile(read):
            raise Trouble(f"{path} would replace the file that is read: name another -o.")
    there = [name for name in names if (folder / name).is_file()]
    if there and "replays.jsonl" not in there:
        raise Trouble(
            f"{folder} holds a {there[0]} without replays.jsonl, so that it may be yours: name "
            "another folder with -o, or move the file away."
        )


def check_parquet() -> None:
    """An error where nothing can read or write Parquet."""
    if not any(map(importlib.util.find_spec, ("pyarrow", "fastparquet"))):
        raise Trouble('Parquet files need pip install "skal[parquet]".')


def write_table(frame: "pd.DataFrame", path: str | Path, separator: str = ",") -> None:
    """A frame as CSV (cut by `separator`), TSV or Parquet, by the name of the file."""
    ending = _ending(path)
    with whole(path) as unfinished:
        if is_parquet(path):
            frame.to_parquet(unfinished, index=False)
        else:
            frame.to_csv(unfinished, sep=SEPARATORS.get(ending) or separator, index=False)


def is_parquet(path: str | Path) -> bool:
    """Whether the name of a file says that it keeps types."""
    return _ending(path) in PARQUET


def _ending(path: str | Path) -> str:
    """.csv of people.csv and of people.CSV.gz."""
    path = Path(path)
    if path.suffix.lower() in COMPRESSED and Path(path.stem).suffix.lower() not in PARQUET:
        path = Path(path.stem)
    return path.suffix.lower()


@contextlib.contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` once all is written.

    A link stays, and what it points to is replaced; pipes and devices are written straight to.
    """
    path = Path(path)
    check_place(path)
    if _is_special(path):
        yield path
        return
    target = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=target.parent)
    os.close(handle)
    try:
        yield Path(name)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)  # as any new file; mkstemp's are private
        os.replace(name, target)
    finally:
        Path(name).unlink(missing_ok=True)


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file()
