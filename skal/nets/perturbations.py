"""Slightly perturbed copies of images, for pseudo-labels."""

from numbers import Real
from typing import Any

import numpy as np


class RotationNoise:
    """Rotate images by a small random angle and add Gaussian noise, as `perturb=` for images.

    Parameters
    ----------
    degrees : float, default=5
        Angles are drawn uniformly between −degrees and degrees.
    noise : float, default=0.1
        Standard deviation of the noise, relative to that of the pixels.

    See Also
    --------
    skal.strategies.FisherKernel : Accepts this as its `perturb`.
    pretrain_rotations : Pretrain a net on images rotated by multiples of 90 degrees.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.nets import RotationNoise
    >>> images = np.zeros((3, 1, 28, 28), dtype=np.float32)
    >>> RotationNoise()(images, np.random.default_rng(0)).shape
    (3, 1, 28, 28)
    """

    def __init__(self, degrees: float = 5, noise: float = 0.1):
        for name, value in (("degrees", degrees), ("noise", noise)):
            if not isinstance(value, Real) or not 0 <= value < float("inf"):
                raise ValueError(f"{name}={value!r} must be a number of at least 0.")
        self.degrees = degrees
        self.noise = noise

    def __repr__(self):
        return f"RotationNoise(degrees={self.degrees}, noise={self.noise})"

    def __call__(self, X: Any, rng: np.random.Generator) -> np.ndarray:
        """Return perturbed copies of the images X (n×H×W or n×C×H×W); a float type is kept."""
        import torch

        images = np.ascontiguousarray(X)
        if images.ndim not in (3, 4):
            raise ValueError(
                f"X has shape {images.shape}; expected n × height × width, or n × channels × "
                "height × width."
            )
        if images.dtype.kind != "f":
            images = images.astype(np.float32)
        n, (height, width) = len(images), images.shape[-2:]
        angles = torch.as_tensor(np.deg2rad(rng.uniform(-self.degrees, self.degrees, n)))
        cos, sin, zero = angles.cos(), angles.sin(), 0 * angles
        turns = torch.stack(  # in a square of side 2, for any shape of the image
            [
                torch.stack([cos, -sin * height / width, zero], 1),
                torch.stack([sin * width / height, cos, zero], 1),
            ],
            1,
        )
        flat = torch.as_tensor(images.reshape(n, -1, height, width))
        functional = torch.nn.functional
        grid = functional.affine_grid(turns.to(flat.dtype), list(flat.shape), align_corners=False)
        turned = functional.grid_sample(flat, grid, padding_mode="border", align_corners=False)
        noise = rng.standard_normal(images.shape) * (self.noise * images.std(dtype=np.float64))
        return turned.numpy().reshape(images.shape) + noise.astype(images.dtype)
