"""Selection of rows that makes some classes rare."""

import numpy as np
import pytest

from skal import datasets


@pytest.fixture
def digits_like():
    rng = np.random.default_rng(0)
    return rng.permutation(np.repeat(np.arange(10), rng.integers(540, 670, 10)))


def is_ascending(rows):
    return rows.dtype == np.int64 and (np.diff(rows) > 0).all()


def test_a_hundred_times_rarer(digits_like):
    y = digits_like
    rows = datasets.rows_with_rare_classes(y, random_state=0)
    assert is_ascending(rows)
    before, after = np.bincount(y), np.bincount(y[rows])
    np.testing.assert_array_equal(after[:5], before[:5])
    np.testing.assert_array_equal(after[5:], np.rint(before[5:] / 100))
    again = datasets.rows_with_rare_classes(y, random_state=1)
    assert set(again[y[again] >= 5]) != set(rows[y[rows] >= 5])


def test_which_classes_become_rare():
    y = np.repeat(["bird", "cat", "dog"], 40)
    rows = datasets.rows_with_rare_classes(y, 10, classes=["bird"], random_state=0)
    assert np.unique(y[rows], return_counts=True)[1].tolist() == [4, 40, 40]
    rows = datasets.rows_with_rare_classes(y, 10_000, random_state=0)
    assert np.unique(y[rows], return_counts=True)[1].tolist() == [40, 40, 1]


def test_the_split_of_section_4_1(digits_like):
    y = digits_like
    initial, holdout, pool = datasets.split_with_rare_classes(y, n_initial=50, random_state=0)
    for rows in (initial, holdout, pool):
        assert is_ascending(rows)
    assert len(set(initial) | set(holdout) | set(pool)) == len(initial) + len(holdout) + len(pool)
    assert np.bincount(y[initial]).tolist() == [10] * 5 + [1] * 5  # 5 a class, doubled; a tenth
    assert np.bincount(y[holdout]).tolist() == [1] * 10  # 55 / 5, balanced
    sizes = np.bincount(y[pool])
    assert sizes[0] == np.bincount(y)[:5].min() - 11
    assert sizes.tolist() == [sizes[0]] * 5 + [round(sizes[0] / 10)] * 5


def test_a_split_of_classes_that_are_rare_already():
    y = np.repeat([0, 1], [2000, 50])
    initial, holdout, pool = datasets.split_with_rare_classes(y, 20, random_state=0)
    assert np.bincount(y[initial]).tolist() == [20, 2]
    assert np.bincount(y[holdout]).tolist() == [2, 2]
    assert np.bincount(y[pool]).tolist() == [460, 46]


@pytest.mark.parametrize("ratio", [0.2, 0.74, 0.793, 1.5])
def test_deviation_over_mean(digits_like, ratio):
    y = digits_like
    rows = datasets.rows_with_deviation(y, ratio, random_state=0)
    assert is_ascending(rows)
    sizes = np.bincount(y[rows])
    assert sizes.std() / sizes.mean() == pytest.approx(ratio, abs=0.005)
    assert sizes.min() >= 1
    assert (sizes <= np.bincount(y)).all()


def test_deviation_draws_which_classes_are_rare():
    y = np.repeat(np.arange(10), 50)
    largest = {
        np.bincount(y[datasets.rows_with_deviation(y, 0.8, random_state=seed)]).argmax()
        for seed in range(20)
    }
    assert len(largest) > 3


def test_deviation_of_cifar_100():
    y = np.repeat(np.arange(100), 500)
    rows = datasets.rows_with_deviation(y, 0.740, random_state=0)
    assert len(rows) == pytest.approx(17_168, rel=0.02)  # Table 2
    assert len(rows) == 17_466  # the docstring


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda y: datasets.rows_with_rare_classes(y, 0.5), "ratio=0.5"),
        (lambda y: datasets.rows_with_rare_classes(y, classes=[7]), r"classes=\[7\]"),
        (lambda y: datasets.rows_with_rare_classes(y, classes=[0, 1, 2]), "not all"),
        (lambda y: datasets.rows_with_rare_classes(y, classes=[]), r"classes=\[\]"),
        (lambda y: datasets.rows_with_rare_classes(y * 0), "1 class"),
        (lambda y: datasets.split_with_rare_classes(y, 0), "n_initial=0"),
        (lambda y: datasets.split_with_rare_classes(y, 5, ratio=0), "ratio=0"),
        (lambda y: datasets.split_with_rare_classes(y, 60), "leaves none"),
        (lambda y: datasets.rows_with_deviation(y, 5), "ratio=5"),
        (lambda y: datasets.rows_with_deviation(y[:35], 0.1), "cannot be reached"),
    ],
)
def test_rare_classes_refuse(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.repeat([0, 1, 2], [10, 20, 15]))
