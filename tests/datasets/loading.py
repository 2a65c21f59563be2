"""Data sets where their files are."""

import numpy as np
import pytest

from skal import datasets
from skal.datasets.archives import NEEDED_BY, data_home


def loaded(name, *arguments, **options):
    """What a loader gives; skipped where its files are not."""
    home = data_home()
    if not all((home / archive.file).is_file() for archive in NEEDED_BY[name]):
        pytest.skip(f"no data: python -m skal.datasets fetch {name}")
    return getattr(datasets, f"load_{name}")(*arguments, **options)


def check_classes(X, y, shape, total, counts):
    """The shape of X, the sum of what is in it, and the sizes of the largest and smallest class."""
    assert X.shape == shape
    assert X.flags.c_contiguous
    assert y.dtype.kind == "i"
    sizes = np.bincount(y)
    assert sizes.sum() == len(X)
    assert (sizes.max(), sizes.min()) == counts
    assert X.sum(dtype=float) == pytest.approx(total, rel=1e-9)
