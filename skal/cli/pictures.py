"""Features of images without a net: thumbnails and counts of colours."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skal.labelling.model.fitting import Progress, Tell, to_nobody

SIDE = 24  # pixels of a thumbnail
COLOURS = 4  # bins of a colour


def thumbnails(paths: Sequence[Path], tell: Tell = to_nobody) -> np.ndarray:
    """Compute small grey pictures and counts of colours; zeros for a file that is no image."""
    table = np.zeros((len(paths), SIDE * SIDE + COLOURS**3))
    for i, path in enumerate(paths):
        if i % 100 == 0:
            tell(Progress("Reading images", i, len(paths)))
        table[i] = _described(path)
    table -= table.mean(axis=0)
    return table


def opened(path: Path, side: int) -> np.ndarray:
    """Read an image as RGB bytes of this size; black if it is no image."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                image.draft("RGB", (side * 4, side * 4))  # of a JPEG no more is decoded
                small = image.convert("RGB").resize((side, side), Image.Resampling.BOX)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombWarning):
        return np.zeros((side, side, 3), dtype=np.uint8)
    return np.array(small)


def _described(path):
    """Compute the grey thumbnail of a file and its share of each colour."""
    pixels = opened(path, SIDE).astype(np.float64) / 256
    if not pixels.any():
        return np.zeros(SIDE * SIDE + COLOURS**3)
    bins = (pixels * COLOURS).astype(np.int64) @ np.array([COLOURS**2, COLOURS, 1])
    colours = np.bincount(bins.ravel(), minlength=COLOURS**3) / bins.size
    return np.concatenate([pixels.mean(axis=2).ravel() - 0.5, colours])
