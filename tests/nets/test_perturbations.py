"""Slightly rotated images."""

import numpy as np
import pytest

from skal.nets import RotationNoise
from tests.nets.small_net import RNG


def test_rotation_noise():
    rng = np.random.default_rng(0)
    image = np.zeros((1, 1, 41, 41), dtype=np.float32)
    image[0, 0, 20:23, 30] = 1  # right of the centre
    turned = RotationNoise(degrees=0, noise=0)(image, rng)
    np.testing.assert_allclose(turned, image, atol=1e-4)
    angles = []
    many = RotationNoise(degrees=5, noise=0)(np.repeat(image, 500, 0), rng)
    for one in many[:, 0]:
        weight = one / one.sum()
        down, right = (
            (weight.sum(1) * np.arange(41)).sum() - 20,
            (weight.sum(0) * np.arange(41)).sum() - 20,
        )
        angles.append(np.degrees(np.arctan2(down, right)))
    angles = np.array(angles) - np.degrees(np.arctan2(1, 10))
    assert 4.5 < angles.max() < 5.5
    assert -5.5 < angles.min() < -4.5
    assert abs(angles.mean()) < 0.5
    flat = RotationNoise()(np.zeros((2, 6, 9)), rng)  # two dimensions, float64, not square
    assert flat.shape == (2, 6, 9)
    assert flat.dtype == np.float64
    assert RotationNoise()(np.zeros((2, 6, 6), dtype=np.uint8), rng).dtype == np.float32
    noise = RotationNoise(degrees=0, noise=0.2)(RNG.normal(size=(50, 20, 20)) * 3, rng)
    assert np.isfinite(noise).all()
    with pytest.raises(ValueError, match=r"X has shape \(4, 7\); expected n"):
        RotationNoise()(np.zeros((4, 7)), rng)
    with pytest.raises(ValueError, match="degrees=-1 must be a number"):
        RotationNoise(degrees=-1)
    assert repr(RotationNoise()) == "RotationNoise(degrees=5, noise=0.1)"


def test_rotations_of_oblong_images_keep_angles():
    rng = np.random.default_rng(0)
    image = np.zeros((1, 61, 31))
    image[0, 30, 20:30] = 1
    turned = RotationNoise(degrees=30, noise=0)(np.repeat(image, 300, 0), rng)
    weight = turned / turned.sum((1, 2), keepdims=True)
    down = (weight.sum(2) * np.arange(61)).sum(1) - 30
    right = (weight.sum(1) * np.arange(31)).sum(1) - 15
    np.testing.assert_allclose(np.hypot(down, right), 9.5, atol=0.3)
    assert 28 < np.degrees(np.arctan2(down, right)).max() < 32
