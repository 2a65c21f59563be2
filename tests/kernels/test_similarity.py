"""How alike rows are, against tables of all pairs."""

import numpy as np
import pytest
from scipy import sparse

from skal.kernels.similarity import (
    centred,
    gaussian,
    gaussian_of_points,
    in_float32,
    laplacian,
    nearest_other,
    shared,
    shares_apart,
    squared_distances,
)

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(30, 4)), RNG.normal(size=(50, 4))
SQUARES = ((A[:, None] - B[None, :]) ** 2).sum(2)
ROWS, OTHERS = np.array([3, 1, 29]), slice(10, 40)


def as_arrays(kind):
    if kind == "torch":
        torch = pytest.importorskip("torch")
        return torch.tensor(A), torch.tensor(B)
    return (sparse.csr_matrix(A), sparse.csr_matrix(B)) if kind == "sparse" else (A, B)


def values(kernel, rows, others):
    return np.asarray(kernel.values(kernel.levels(rows, others)))


@pytest.mark.parametrize("kind", ["dense", "sparse", "torch"])
def test_a_tile_is_a_part_of_the_table(kind):
    one, other = as_arrays(kind)
    expected = SQUARES[ROWS][:, OTHERS]
    distances = squared_distances(one, other)
    np.testing.assert_allclose(np.asarray(distances(ROWS, OTHERS)), expected, atol=1e-12)
    for kernel in (gaussian(distances, 2.5), gaussian_of_points(one, other, 2.5)):
        np.testing.assert_allclose(values(kernel, ROWS, OTHERS), np.exp(-expected / 2.5))
    kernel = laplacian(distances, 2.5)
    np.testing.assert_allclose(values(kernel, ROWS, OTHERS), np.exp(-np.sqrt(expected / 2.5)))


@pytest.mark.parametrize("n_trees", [7, 300])
def test_leaves_are_counted_tree_by_tree(n_trees):
    one, other = RNG.integers(0, 4, (20, n_trees)), RNG.integers(0, 4, (30, n_trees))
    expected = np.array([[np.mean(a == b) for b in other] for a in one])
    tile = shares_apart(one.astype(np.uint8), other.astype(np.uint8))
    np.testing.assert_allclose(tile(slice(None), slice(None)), 1 - expected, atol=1e-6)
    np.testing.assert_allclose(
        values(shared(tile), ROWS[:2], OTHERS), expected[ROWS[:2]][:, OTHERS], atol=1e-6
    )


def test_the_nearest_other_row_is_not_the_row_itself():
    rows = np.vstack([RNG.normal(size=(2_000, 2)), np.zeros((2, 2))])
    some = np.array([0, 700, 2_000, 2_001])
    table = ((rows[some, None] - rows[None, :]) ** 2).sum(2)
    table[np.arange(4), some] = np.inf
    nearest = nearest_other(squared_distances(rows, rows), some, len(rows))
    table[table == 0] = np.inf  # the last two are in one place
    np.testing.assert_allclose(nearest, table.min(1), atol=1e-12)
    rounded = nearest_other(squared_distances(rows, rows), some, len(rows), np.full(4, 1e-3))
    np.testing.assert_allclose(rounded, np.where(table <= 1e-3, np.inf, table).min(1), atol=1e-12)
    assert np.isinf(nearest_other(squared_distances(rows[:1], rows[:1]), np.array([0]), 1)).all()


def test_float32_serves_where_it_is_exact_enough():
    far = A + 1e6
    assert in_float32([A], 1.0)[0].dtype == np.float32
    assert in_float32([far], 1.0)[0].dtype == np.float64
    assert in_float32([A.astype(np.float32) * 1000], 1e-3)[0].dtype == np.float64
    assert in_float32(centred([far, far[:3]]), 1.0)[1].dtype == np.float32
    assert in_float32([sparse.csr_matrix(A)], 1.0)[0].dtype == np.float32
