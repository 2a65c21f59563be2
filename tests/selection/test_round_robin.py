"""Turns for every class against walks down the order, on whatever hypothesis comes up with."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skal.selection import round_robin


@given(st.lists(st.integers(0, 4), max_size=60), st.integers(0, 70), st.randoms())
def test_round_robin_is_the_walk(groups, n, random):
    order = list(range(len(groups)))
    random.shuffle(order)
    expected = []
    while len(expected) < len(order):
        seen = set()
        for item in order:
            if item not in expected and groups[item] not in seen:
                expected.append(item)
                seen.add(groups[item])
    got = round_robin(np.array(order, dtype=int), np.array(groups, dtype=int), n)
    assert got.tolist() == expected[:n]
