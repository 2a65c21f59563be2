"""Turns against the loop, where the table of values comes in blocks."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skal.selection import StreamedTop, take_turns


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_turns_are_taken_exactly(data):
    """Against the loop, with lists that run out, ties, and any cut of blocks."""
    m, n = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 25))
    values = st.lists(st.integers(0, 4), min_size=m * n, max_size=m * n)
    R = np.array(data.draw(values), dtype=float).reshape(m, n)
    b = data.draw(st.integers(1, n))
    size = data.draw(st.integers(1, n))

    def best(centres, depth, taken):
        left = R[centres] + 0
        left[:, taken] = -np.inf
        top = StreamedTop(depth)
        for start in range(0, n, size):
            top.add(start, left[:, start : start + size])
        return top.columns()

    picks = take_turns(
        best, m, n, b, turns=data.draw(st.integers(1, 9)), depth=data.draw(st.integers(1, 4))
    )
    expected = []
    for turn in range(b):
        left = [j for j in range(n) if j not in expected]
        expected.append(max(left, key=lambda j: (R[turn % m, j], -j)))
    assert picks.tolist() == expected
