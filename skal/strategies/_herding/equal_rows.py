"""Rows that are equal where a model sees them."""

import numpy as np

from skal._array import is_sparse, to_numpy
from skal.models import Leaves
from skal.state import Space, View

# Uncertainties of equal rows differ by rounding alone: by this share at most.
ROUNDING = 1e-6


def first_of_equal(
    space: Space, pool: View, positions: np.ndarray, ratings: np.ndarray
) -> np.ndarray:
    """Which of these positions, by falling ratings, are the first of rows that are equal."""
    if not (-np.diff(ratings) <= ROUNDING * ratings[1:]).any():
        return np.arange(len(positions))  # equal rows have equal ratings
    rows = space.of(pool.part(positions))
    keys = _keys(rows.numbers if isinstance(rows, Leaves) else rows.features)
    return np.sort(np.unique(keys, axis=0, return_index=True)[1])


def _keys(values):
    """Rows that are equal where those of values are: of sparse ones, two random sums."""
    if is_sparse(values):
        weights = np.random.default_rng(0).standard_normal((values.shape[1], 2))
        return values @ weights
    return to_numpy(values)
