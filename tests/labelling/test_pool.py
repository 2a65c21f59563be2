"""Random draws: uniform, without repeats, with the probability that each had."""

from collections import Counter

import numpy as np
import pytest

from skal.labelling import Answer, StoreError
from skal.labelling.pool import Pool, sample


def test_draws_come_from_their_part_and_never_twice(store):
    desk = store.desk
    assert desk.draw(100) == 30
    assert desk.draw(100, "audit") == 10
    assert desk.draw(1) == 0
    with pytest.raises(StoreError, match="kind='strategy'"):
        desk.draw(1, "strategy")


def test_the_propensity_is_one_of_what_was_left(store):
    store.desk.record(Answer(int(store.pool().items[store.reserve()][0]), 1, "label", "a"))
    draws = store.desk.sample(4)
    assert [draw.propensity for draw in draws] == [1 / 9, 1 / 8, 1 / 7, 1 / 6]


class Nothing:
    """A store in which nothing was said."""

    def execute(self, query):
        return []


def test_each_row_has_the_same_chance():
    pool = Pool(np.arange(1, 7), np.zeros(6, dtype=bool))
    rng = np.random.default_rng(0)
    firsts = Counter(sample(Nothing(), pool, "cold", 2, rng)[0].item for _ in range(6000))
    # 1,000 ± 29 of each: five standard deviations
    assert all(abs(firsts[item] - 1000) < 150 for item in range(1, 7)), firsts


def test_other_draws_come_after_other_events(store):
    first = [draw.item for draw in store.desk.sample(3)]
    assert [draw.item for draw in store.desk.sample(3)] == first  # of the same state
    store.desk.draw(1)
    assert [draw.item for draw in store.desk.sample(3)] != first


def test_rows_of_items_that_are_gone():
    pool = Pool(np.array([5, 2, 9]), np.zeros(3, dtype=bool))
    assert pool.rows_of(np.array([9, 5, 1, 10])).tolist() == [2, 0, -1, -1]
