"""Greedy selection against plain loops over gains computed from scratch, ties and all."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skal.selection import backward, forward
from skal.strategies import Bait
from tests.kernels.fisher import reference

seeds = st.integers(0, 2**32 - 1)


class Cover:
    """Rows that each cover some of a few elements: whole numbers, so that ties are ties."""

    exact = None

    def __init__(self, covers):
        self.covers, self.picked = covers, []

    def from_scratch(self):
        """How many elements more each row would cover."""
        covered = self.covers[self.picked].any(axis=0)
        return (self.covers & ~covered).sum(axis=1).astype(float)

    @property
    def gains(self):
        gains = self.from_scratch()
        gains[self.picked] = -np.inf
        return gains

    def push(self, position):
        assert position not in self.picked
        self.picked.append(position)


class RoughCover(Cover):
    """The same in float32, off by a few roundings; by request exactly."""

    def __init__(self, covers, roundings):
        super().__init__(covers)
        self.roundings, self.looked_at = roundings, 0

    @property
    def gains(self):
        gains = super().gains * (1 + self.roundings * np.finfo(np.float32).eps)
        return gains.astype(np.float32)

    def exact(self, positions):
        assert not set(positions.tolist()) & set(self.picked)
        self.looked_at += len(positions)
        return self.from_scratch()[positions]


def problem(seed, n, elements=8):
    rng = np.random.default_rng(seed)
    covers = rng.random((n, elements)) < rng.random()
    return covers, rng.integers(-50, 50, size=n)


def plain_forward(covers, n):
    """The first of the rows of the largest gain, again and again."""
    picks = []
    for _ in range(n):
        left = [i for i in range(len(covers)) if i not in picks]
        covered = covers[picks].any(axis=0)
        gains = [int((covers[i] & ~covered).sum()) for i in left]
        picks.append(left[gains.index(max(gains))])
    return picks


@settings(deadline=None)
@given(seeds, st.integers(1, 60), st.integers(0, 60))
def test_forward_is_the_plain_loop(seed, n_rows, n):
    covers, roundings = problem(seed, n_rows)
    n = min(n, n_rows)
    expected = plain_forward(covers, n)
    assert forward(Cover(covers), n).tolist() == expected
    assert forward(RoughCover(covers, roundings), n).tolist() == expected


@settings(deadline=None)
@given(seeds, st.integers(1, 100))
def test_every_row_once_when_all_are_asked_for(seed, n_rows):
    covers, roundings = problem(seed, n_rows)
    assert sorted(forward(RoughCover(covers, roundings), n_rows).tolist()) == list(range(n_rows))


def test_equal_rows_are_taken_in_their_order():
    same = np.ones((300, 3), dtype=bool)
    assert forward(RoughCover(same, np.arange(300) % 50), 4).tolist() == [0, 1, 2, 3]


def test_only_rows_near_the_largest_gain_are_looked_at_again():
    covers = np.zeros((1000, 8), dtype=bool)
    covers[500:502] = True
    rows = RoughCover(covers, np.zeros(1000, dtype=int))
    assert forward(rows, 1).tolist() == [500]
    assert rows.looked_at == 2


def test_gains_that_are_no_numbers_have_an_answer():
    rows = mock.Mock(gains=np.full(3, np.nan), exact=None)
    assert forward(rows, 1).tolist() == [0]


class Uncover:
    """Rows to take out of a cover: each costs the elements that it alone covers.

    An element that is not to be lost makes that cost infinite.
    """

    def __init__(self, covers, precious):
        self.covers, self.precious = covers, precious
        self.left = np.ones(len(covers), dtype=bool)

    def loss(self):
        times = self.covers[self.left].sum(axis=0)
        alone = self.covers & (times == 1)
        loss = np.where((alone & self.precious).any(axis=1), np.inf, alone.sum(axis=1))
        return np.where(self.left, loss, np.inf)

    def pop(self, position):
        assert self.left[position]
        self.left[position] = False


def plain_backward(covers, precious, n_left):
    left = list(range(len(covers)))
    while len(left) > n_left:
        costs = []
        for i in left:
            others = [j for j in left if j != i]
            lost = covers[left].any(axis=0) & ~covers[others].any(axis=0)
            costs.append(float("inf") if (lost & precious).any() else int(lost.sum()))
        harmless = min(costs) < float("inf")
        left.pop(costs.index(min(costs)) if harmless else -1)
    return left


@settings(deadline=None)
@given(seeds, st.integers(1, 25), st.integers(0, 25))
def test_backward_is_the_plain_loop(seed, n, n_left):
    covers, precious = problem(seed, n)[0], np.random.default_rng(seed).random(8) < 0.3
    rows = Uncover(covers, precious)
    left = backward(rows, n, n_left)
    assert left.tolist() == plain_backward(covers, precious, n_left)
    assert np.flatnonzero(rows.left).tolist() == left.tolist()


def test_backward_takes_nothing_where_enough_are_left():
    covers = np.eye(4, dtype=bool)
    assert backward(Uncover(covers, covers[0]), 4, 4).tolist() == [0, 1, 2, 3]
    assert backward(Uncover(covers, covers[0]), 4, 9).tolist() == [0, 1, 2, 3]


# ---------------------------------------------------------------------- of Fisher information
class Watched:
    """Rows that note what is taken out of them."""

    def __init__(self, rows, popped):
        self.rows, self.popped, self.loss = rows, popped, rows.loss

    def pop(self, position):
        self.popped.append(position)
        self.rows.pop(position)


@pytest.mark.parametrize("k", [0, 2, 3])
@pytest.mark.parametrize("regularization", [1e-6, 1e-13])
@settings(deadline=None, max_examples=50)
@given(seeds, st.integers(2, 30), st.integers(1, 5), st.integers(1, 10))
def test_no_row_is_removed_that_m_cannot_do_without(regularization, k, seed, n, d, b):
    """With hardly any λ, M is positive definite while the rows that are left span all features.

    A row that alone spans a direction leaves after all others.  At 1e-13, and some direction
    missing already, M cannot be told from a singular matrix: then anything finite will do.
    """
    rng = np.random.default_rng(seed)
    Z = rng.integers(-1, 2, size=(n + 1, d)).astype(float)  # many equal, many dependent
    P = np.full((n + 1, k), 1 / k) if k else None
    b, popped = min(b, n), []
    added = Bait("full", regularization=regularization, oversample=1).select(
        reference.state_of(Z, P, known=1), min(2 * b, n)
    )
    with mock.patch(
        "skal.strategies.bait.backward",
        lambda rows, *numbers: backward(Watched(rows, popped), *numbers),
    ):
        state = reference.state_of(Z, P, known=1)
        picks = Bait("full", regularization=regularization).select(state, b)

    def rank(positions):
        return np.linalg.matrix_rank(Z[np.r_[0, 1 + added[positions]]])

    left = list(range(len(added)))
    for j in popped:
        without = {i: [other for other in left if other != i] for i in left}
        harmless = [i for i in left if rank(without[i]) == rank(left)]
        if harmless and (regularization == 1e-6 or rank(left) == d):
            assert j in harmless
        elif rank(left) == d and regularization == 1e-13:
            assert j == left[-1]
        left.remove(j)
    assert picks.tolist() == added[left].tolist()
    assert 0 <= state.records["objective"] < np.inf
