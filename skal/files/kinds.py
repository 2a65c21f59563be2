"""What the name of a file says of its kind."""

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
# What decompressors say of files that are broken off, or are none of theirs.
BROKEN = (ValueError, OSError, EOFError, lzma.LZMAError, zlib.error)


def ending_of(path: str | Path) -> str:
    """Say .csv of people.csv and of people.CSV.gz; a compressed Parquet file is no known kind."""
    path = Path(path)
    if path.suffix.lower() in COMPRESSED and Path(path.stem).suffix.lower() not in (
        *PARQUET,
        *WORKBOOK,
    ):
        path = Path(path.stem)
    return path.suffix.lower()


def kind_of(path: str | Path) -> str:
    """Parquet, workbook or text, by the name of a file."""
    ending = ending_of(path)
    return "parquet" if ending in PARQUET else "workbook" if ending in WORKBOOK else "text"


def stem_of(path: str | Path) -> str:
    """Say people of people.csv and of people.csv.gz."""
    path = Path(path)
    return Path(path.stem).stem if path.suffix.lower() in COMPRESSED else path.stem


def content_of(path: str | Path) -> bytes:
    """What a file holds, expanded where its name says that it is compressed."""
    content = Path(path).read_bytes()
    expanded = EXPANDED.get(Path(path).suffix.lower())
    return expanded(content) if expanded else content


def write_content(path: str | Path, content: bytes, like: str | Path | None = None) -> None:
    """Write bytes to a file, compressed as the name of `like`, or else its own, says."""
    compressed = COMPRESSED.get(Path(like or path).suffix.lower())
    Path(path).write_bytes(compressed(content) if compressed else content)
