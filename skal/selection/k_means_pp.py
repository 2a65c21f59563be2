"""k-means++ seeding: rows drawn with probability proportional to the squared distance."""

from collections.abc import Callable

import numpy as np

from skal._array import Array, namespace, to_numpy
from skal._progress import counted


def k_means_pp(
    distances: Callable[[int], Array], n: int, first: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw positions of n different rows, with preference for rows far from those drawn before.

    `distances` is j ↦ squared distances of all rows to row j.  If all remaining rows coincide with
    drawn ones, the draw is uniform.
    """
    picks = [first]
    nearest = distances(first)
    xp = namespace(nearest)
    for _ in counted(range(n - 1), "Picking rows"):
        nearest[picks[-1]] = 0.0
        weights = np.cumsum(to_numpy(nearest), dtype=np.float64)
        if weights[-1] > 0:
            j = int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))
        else:
            left = np.setdiff1d(np.arange(len(weights)), picks)
            j = int(rng.choice(left))
        picks.append(j)
        nearest = xp.minimum(nearest, distances(j))
    return np.array(picks, dtype=np.intp)
