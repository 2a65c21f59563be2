"""The kind of a file, from its name."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path

PARQUET = (".parquet", ".pq")
WORKBOOK = (".xlsx", ".xlsm")
SEPARATED = (".csv", ".tsv")
EXPANDED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
}
COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}
# Errors of decompressors for truncated or foreign files.
BROKEN = (ValueError, OSError, EOFError, lzma.LZMAError, zlib.error)


def ending_of(path: str | Path) -> str:
    """Return .csv for people.csv and people.CSV.gz; a compressed Parquet file has no known kind."""
    path = Path(path)
    if path.suffix.lower() in COMPRESSED and Path(path.stem).suffix.lower() not in (
        *PARQUET,
        *WORKBOOK,
    ):
        path = Path(path.stem)
    return path.suffix.lower()


def kind_of(path: str | Path) -> str:
    """Return the class for a file by its name: Parquet, workbook or text."""
    ending = ending_of(path)
    return "parquet" if ending in PARQUET else "workbook" if ending in WORKBOOK else "text"


def stem_of(path: str | Path) -> str:
    """Return people for people.csv and people.csv.gz."""
    path = Path(path)
    return Path(path.stem).stem if path.suffix.lower() in COMPRESSED else path.stem


def content_of(path: str | Path) -> bytes:
    """Return the content of a file, decompressed if its name says that it is compressed."""
    content = Path(path).read_bytes()
    expanded = EXPANDED.get(Path(path).suffix.lower())
    return expanded(content) if expanded else content


def write_content(path: str | Path, content: bytes, like: str | Path | None = None) -> None:
    """Write bytes to a file, compressed according to the name of `like`, or else its own."""
    compressed = COMPRESSED.get(Path(like or path).suffix.lower())
    Path(path).write_bytes(compressed(content) if compressed else content)
