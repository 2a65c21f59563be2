"""The leaders of blocks are the leaders of all rows, in whatever blocks these come."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some

from skal.learner.leaders import Leaders, united
from skal.selection import top


@settings(deadline=None)
@given(
    some.lists(some.sampled_from([-np.inf, 0.0, 1.0, 2.0, 3.0]), min_size=1, max_size=40),
    some.integers(1, 12),
    some.sets(some.integers(1, 39)),
)
def test_the_leaders_are_those_of_all_rows(ratings, size, cuts):
    ratings, rows = np.array(ratings), np.arange(len(ratings))
    leaders = Leaders(size)
    for part in np.split(rows, sorted(cuts)):
        leaders.add(part, ratings[part], part[:, None] * 10)
    found, their_ratings, X = leaders.best()
    expected = np.sort(top(ratings, size))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(their_ratings, ratings[expected])
    np.testing.assert_array_equal(X[:, 0], expected * 10)


def test_a_block_is_not_kept_for_the_sake_of_a_row():
    block = np.zeros((1000, 2))
    leaders = Leaders(5)
    leaders.add(np.arange(1000), np.arange(1000.0), block)
    assert not np.shares_memory(leaders.best()[2], block)


def test_rows_of_two_sets_are_each_there_once():
    one = np.array([1, 4]), np.array([0.1, 0.4]), np.array([[1.0], [4.0]])
    other = np.array([2, 4]), np.array([0.2, 0.4]), np.array([[2.0], [4.0]])
    rows, ratings, X = united(one, other)
    assert rows.tolist() == X[:, 0].tolist() == [1, 2, 4]
    assert ratings.tolist() == [0.1, 0.2, 0.4]
