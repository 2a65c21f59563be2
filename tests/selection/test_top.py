"""The highest scores against Python's sort, on whatever hypothesis comes up with."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skal.selection import top

scores = st.lists(st.integers(-5, 5), max_size=200).map(lambda v: np.array(v, dtype=float))


@given(scores, st.integers(0, 250))
def test_top_is_a_stable_sort(values, n):
    expected = sorted(range(len(values)), key=lambda i: -values[i])[:n]  # Python's sort is stable
    assert top(values, n).tolist() == expected
