"""Measures of uncertainty of one row, by loops."""

import math


def slow_margin(p):
    """The largest probability less the second largest."""
    first, second = sorted(p, reverse=True)[:2]
    return first - second


def slow_entropy(p):
    """−Σ p log p."""
    return -sum(x * math.log(x) for x in p if x > 0)
