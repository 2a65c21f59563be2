"""Weights of the relaxation that bounds what any batch can reach."""

import numpy as np
import pytest

from skal.kernels.fisher.certificate import _scaled


def test_weights_are_scaled_to_at_most_one():
    rng = np.random.default_rng(0)
    for _ in range(50):
        n = int(rng.integers(2, 30))
        total = int(rng.integers(1, n + 1))
        weights = _scaled(rng.exponential(size=n) ** 4, total)
        assert weights.sum() == pytest.approx(total)
        assert weights.max() <= 1 + 1e-12
    np.testing.assert_allclose(_scaled(np.zeros(4), 2), 0.5)
    np.testing.assert_allclose(_scaled(np.array([1.0, 0, 0, 0]), 2), [1, 0, 0, 0])
