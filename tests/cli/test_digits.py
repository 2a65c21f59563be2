"""Digits as images."""

import numpy as np
import pytest

pytest.importorskip("PIL")
from skal.cli.digits import N_IMAGES, write_digits


def test_digits_are_written_once(tmp_path):
    from PIL import Image
    from sklearn.datasets import load_digits

    folder = tmp_path / "digits"
    write_digits(folder)
    files = sorted(folder.iterdir())
    assert len(files) == N_IMAGES
    pixels = np.asarray(Image.open(files[0]))
    assert np.array_equal((255 - load_digits().images[0] * 255 / 16).astype(np.uint8), pixels)
    before = files[0].stat().st_mtime_ns
    files[1].unlink()
    write_digits(folder)
    assert files[1].exists()
    assert files[0].stat().st_mtime_ns == before
