"""The positions of the highest scores, best first; ties in order."""

import numpy as np


def top(scores: np.ndarray, n: int) -> np.ndarray:
    """Return positions of the n highest scores, best first; ties in order.

    >>> import numpy as np
    >>> top(np.array([1.0, 3.0, 2.0, 3.0]), 3)
    array([1, 3, 2])
    """
    n = min(n, len(scores))
    if n < len(scores) // 8:  # one pass to find the few, then sort only these
        threshold = np.partition(scores, len(scores) - n)[len(scores) - n] if n else np.inf
        above = np.flatnonzero(scores > threshold)
        level = np.flatnonzero(scores == threshold)[: n - len(above)]
        few = np.sort(np.concatenate([above, level]))
        return few[ranking(scores[few])]
    return ranking(scores)[:n]


def ranking(scores: np.ndarray) -> np.ndarray:
    """Return all positions, highest score first; ties in order."""
    return np.argsort(-scores, kind="stable")
