"""What a model learns from while people label: read in its own process, once, and kept."""

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from skal.cli.cells import parsed
from skal.cli.columns import as_numbers
from skal.labelling.model import Plan
from skal.labelling.reading import open_source

SIDE = 24  # pixels of a thumbnail
COLOURS = 4  # bins of a colour


@dataclass(frozen=True)
class FilePlan(Plan):
    """A plan whose features are made from the rows of a file.

    `features` is the .npy file where they are kept once they are made; its name tells what the
    source was.
    """

    source: tuple[Path, str, str | None, frozenset[str]] = (Path(), "label", None, frozenset())

    def rows(self) -> np.ndarray:
        """The features, made where they are not there yet."""
        kept = Path(self.features)
        if not kept.exists():
            path, label, id, missing = self.source
            made = features(path, label, id, missing)
            unfinished = kept.with_suffix(f".{os.getpid()}.tmp.npy")
            np.save(unfinished, made)
            os.replace(unfinished, kept)
        return np.load(kept, mmap_mode="r")


def features(
    path: Path, label: str, id: str | None = None, missing: frozenset[str] = frozenset()
) -> np.ndarray:
    """A row of numbers for each row of a file, or for each file of a folder."""
    source = open_source(path, label, id, missing)
    records = [(cells, name) for cells, _, name in source.records()]
    if not path.is_dir():
        frame = pd.DataFrame([cells for cells, _ in records]).drop(
            columns=[label, id or label], errors="ignore"
        )
        frame = frame.replace("", None)
        return as_numbers(frame.apply(parsed))[0]
    names = [name for _, name in records if name]
    is_text = [name.lower().endswith((".txt", ".md")) for name in names]
    if all(is_text):
        texts = [(path / name).read_text("utf-8", errors="replace") for name in names]
        return as_numbers(pd.DataFrame({"text": texts}))[0]
    return images([path / name for name in names])


def images(paths: Sequence[Path]) -> np.ndarray:
    """Small grey pictures and counts of colours; what is no image is all zeros."""
    table = np.zeros((len(paths), SIDE * SIDE + COLOURS**3))
    for row, path in zip(table, paths):
        row[:] = _described(path)
    table -= table.mean(axis=0)
    return table


def _described(path):
    """Grey values of a thumbnail, and the share of pixels of each colour."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as opened:
                opened.draft("RGB", (SIDE * 4, SIDE * 4))  # of a JPEG no more is decoded
                small = opened.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombWarning):
        return np.zeros(SIDE * SIDE + COLOURS**3)
    pixels = np.asarray(small, dtype=np.float64) / 256
    bins = (pixels * COLOURS).astype(np.int64) @ np.array([COLOURS**2, COLOURS, 1])
    colours = np.bincount(bins.ravel(), minlength=COLOURS**3) / bins.size
    return np.concatenate([pixels.mean(axis=2).ravel() - 0.5, colours])
