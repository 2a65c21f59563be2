"""Images in which every pixel has a class."""

import numpy as np

K, SHAPE = 3, (6, 7)


def drawn_maps(n=24, seed=0):
    """Images (n×1×6×7, float32) and maps (n×6×7): a class is a brightness, in noise."""
    rng = np.random.default_rng(seed)
    maps = rng.integers(K, size=(n, 1, SHAPE[1])).repeat(SHAPE[0], axis=1)
    images = maps[:, None] + rng.normal(scale=0.4, size=(n, 1, *SHAPE))
    return images.astype(np.float32), maps


def some_known(maps, n):
    """The first n maps, and None in place of the others."""
    return [y if i < n else None for i, y in enumerate(maps)]
