"""Greedy selection with gains that only shrink."""

import numpy as np

from skal.selection import lazy_greedy


class Sets:
    """Rows that cover sets of things: a gain is the number of new things."""

    def __init__(self, sets):
        self.sets, self.seen, self.asked = sets, set(), 0

    def gain(self, positions):
        self.asked += len(positions)
        return np.array([float(len(self.sets[i] - self.seen)) for i in positions])

    def push(self, i):
        self.seen |= self.sets[i]


def test_few_gains_are_computed():
    rng = np.random.default_rng(0)
    sets = [set(rng.integers(0, 5_000, rng.integers(1, 60)).tolist()) for _ in range(400)]
    rows = Sets(sets)
    picks = lazy_greedy(np.array([float(len(s)) for s in sets]), rows.gain, rows.push, 30, 0)
    seen, expected = set(), []
    for _ in range(30):
        gains = [-1 if i in expected else len(s - seen) for i, s in enumerate(sets)]
        expected.append(int(np.argmax(gains)))
        seen |= sets[expected[-1]]
    assert picks.tolist() == expected
    assert rows.asked < 30 * 400 / 4


def test_ties_are_broken_by_position():
    sets = [{1}, {2, 3}, {4, 5}, {4, 5}, {2, 3}, set()]
    rows = Sets(sets)
    bounds = np.array([9.0, 2, 2, 2, 2, 0])
    assert lazy_greedy(bounds, rows.gain, rows.push, 6, 0).tolist() == [1, 2, 0]
    assert bounds[0] == 9  # the caller's own is left alone


def test_gains_that_differ_by_rounding_are_equal():
    values = np.array([1.0, 1 + 1e-9, 1 - 1e-9, 2 - 1e-9, 2])
    args = (lambda positions: values[positions], lambda position: None)
    assert lazy_greedy(values + 1, *args, 3, 1e-6).tolist() == [3, 4, 0]
    assert lazy_greedy(values + 1, *args, 3, 0).tolist() == [4, 3, 1]


def test_rows_without_a_gain_are_not_picked():
    zeros = np.zeros(4)
    args = (lambda positions: zeros[positions], lambda position: None)
    assert lazy_greedy(zeros, *args, 4, 1e-6).tolist() == []
    assert lazy_greedy(zeros + 1, *args, 4, 1e-6).tolist() == []
