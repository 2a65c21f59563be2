"""Images of digits, to try `skal label` without data of your own."""

from pathlib import Path

import numpy as np

CLASSES = tuple("0123456789")
N_IMAGES = 600
FOLDER = "skal-digits"


def write_digits(folder: Path) -> None:
    """Write the digits that scikit-learn ships as PNG files, unless they exist."""
    from PIL import Image
    from sklearn.datasets import load_digits

    folder.mkdir(exist_ok=True)
    for i, pixels in enumerate(load_digits().images[:N_IMAGES]):
        path = folder / f"digit-{i:04d}.png"
        if not path.exists():
            Image.fromarray((255 - pixels * 255 / 16).astype(np.uint8)).save(path)
