"""Drawn images in which every pixel has a class."""

import numpy as np
from sklearn.utils import check_random_state

from skal.datasets.synthetic import check_counts

BRIGHTNESS = np.array([0.0, 1.0, 0.5])  # of the background, of squares and of discs
NOISE = 0.3
LEAST_SIZE = 10  # a shape of any place and radius leaves some background


def make_shapes(
    n_samples: int = 150,
    *,
    size: int = 16,
    random_state: np.random.RandomState | int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw images of squares and discs in noise, with the class of every pixel.

    An image has none, one or two shapes, each as often, so that a third of the images are empty.
    A shape is a disc once in six times, else a square; a square is as bright as three deviations
    of the noise, and a disc half as bright.  So discs are what a model finds last, and most images
    drawn at random show none.

    Parameters
    ----------
    n_samples : int, default=150
        The number of images.
    size : int, default=16
        The pixels along each side, at least 10.
    random_state : int, RandomState instance or None, default=None
        Draws the images.

    Returns
    -------
    images : ndarray of shape (n_samples, 1, size, size), float32
        Brightness; the second axis is the one channel, as nets take images.
    masks : ndarray of shape (n_samples, size, size), int64
        0 of the background, 1 of squares, 2 of discs.

    See Also
    --------
    skal.metrics.mean_iou : Scores predicted masks.
    make_synth2 : A design with one label a row.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.datasets import make_shapes
    >>> images, masks = make_shapes(600, random_state=0)
    >>> images.shape, masks.shape
    ((600, 1, 16, 16), (600, 16, 16))
    >>> has = [np.any(masks == c, axis=(1, 2)).mean().round(2).item() for c in (1, 2)]
    >>> has                                           # the share of images with a square, a disc
    [0.64, 0.18]
    """
    check_counts(n_samples=n_samples, size=size)
    if size < LEAST_SIZE:
        raise ValueError(f"size={size!r} must be an integer of at least {LEAST_SIZE}.")
    rng = check_random_state(random_state)
    down, across = np.mgrid[:size, :size]
    masks = np.zeros((n_samples, size, size), np.int64)
    for mask in masks:
        for _ in range(rng.randint(3)):
            (y, x), radius = rng.randint(3, size - 3, 2), rng.randint(2, 5)
            if rng.uniform() < 1 / 6:
                mask[(down - y) ** 2 + (across - x) ** 2 <= radius**2] = 2
            else:
                mask[(abs(down - y) <= radius) & (abs(across - x) <= radius)] = 1
    images = BRIGHTNESS[masks] + rng.normal(scale=NOISE, size=masks.shape)
    return images[:, None].astype(np.float32), masks
