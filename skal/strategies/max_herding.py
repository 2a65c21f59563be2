"""Cover the whole pool with similar rows."""

import numpy as np

from skal.state import QueryState
from skal.strategies._herding.herding import Herding
from skal.strategies.narrowing import Narrowing


class MaxHerding(Herding):
    """Pick the rows that, with the labelled rows, cover the pool best.

    The batch S maximises, greedily,

        Σ_j max_{i ∈ S ∪ labelled} k(x_j, x_i),   j over the pool,

    so that every row is near a labelled one, and dense regions count more than outliers.  Each
    pick is the row that increases the sum most; once all rows are covered, rows are drawn at
    random.  The strategy needs no probabilities, and as `initial` no model.  Only a few rows of the
    kernel are in memory at a time.

    Parameters
    ----------
    space : {"model", "features", "columns"}, default="model"
        Where rows are near each other: where the model sees them (leaves of forests and boosting,
        features that a linear model weighs, the kernel map of an SVM, input columns of nets and all
        others), in features of the last layer, or in input columns.  See :meth:`QueryState.space`.
    kernel : {"auto", "gaussian", "laplacian", "shared"}, default="auto"
        exp(−d²/σ²), exp(−d/σ), or the share of trees in which two rows share a leaf.  "auto" is
        "shared" where rows are leaves, "gaussian" elsewhere.
    width : {"labelled", "pool"} or float, default="labelled"
        σ.  "labelled": σ² is the median squared distance between a labelled row and the nearest
        one that differs from it, so that the kernel narrows as labels come; rows of the batch count
        as labelled whenever they double the labelled rows, and it never widens within a batch.
        "pool": four times that median among the rows to be covered, which is also used while no two
        labelled rows differ.  Leaves with the kernel "shared" have no width.
    size : int, default=10000
        How many rows are to be covered, and how many may be picked, at most: of a larger pool so
        many are drawn.  None: all, which takes time that grows with the square of the pool.

    See Also
    --------
    UncertaintyHerding : Cover the rows that the model is unsure of.
    CoreSet : Leave no row far from a label, outliers included.
    TypiClust : Typical rows of clusters.

    Notes
    -----
    Time O(n·d + s²·d + b·s·d), memory O(n + s·d); s is the smaller of n and `size`.

    References
    ----------
    Bae, Noh and Sutherland, Generalized coverage for more robust low-budget active learning, 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import MaxHerding
    >>> X = np.array([[0.0], [1.0], [1.1], [5.0], [5.1], [5.2], [9.0]])
    >>> y = [0, 1, None, None, None, None, None]
    >>> ActiveLearner(LogisticRegression(), MaxHerding()).fit(X, y).query()
    array([4])
    """

    def __init__(
        self,
        *,
        space: str = "model",
        kernel: str = "auto",
        width: str | float = "labelled",
        size: int | None = 10_000,
    ):
        self.space = space
        self.kernel = kernel
        self.width = width
        self.size = size

    def narrowing(self, state: QueryState, n: int) -> Narrowing | None:
        """The rows drawn: those to be covered, and those that may be picked."""
        if self.size is None:
            return None
        candidates, covered = self._candidates_and_covered(state, n)
        rows = np.union1d(candidates, covered)
        few, all_of_them = (np.searchsorted(rows, some) for some in (candidates, covered))

        def choose(narrowed, n, ratings):
            space = narrowed.space(self.space)
            return self._cover(narrowed, space, n, few, all_of_them, np.ones(len(covered)))

        return Narrowing(choose, rows=rows)

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The n candidates that cover the pool best, in the order in which they were added."""
        candidates, covered = self._candidates_and_covered(state, n)
        space = state.space(self.space)
        return self._cover(state, space, n, candidates, covered, np.ones(len(covered)))

    def _candidates_and_covered(self, state, n):
        """Positions of the rows that may be picked, and of those to be covered."""
        covered = candidates = self._drawn(np.arange(len(state.pool)), n, state.rng)
        if len(state.candidates) < len(state.pool):
            candidates = self._drawn(np.sort(state.candidates), n, state.rng)
        return candidates, covered

    def _drawn(self, positions, n, rng):
        """At most `size` of these positions, but n at least."""
        size = len(positions) if self.size is None else max(self.size, n)
        if len(positions) <= size:
            return positions
        return np.sort(rng.choice(positions, size, replace=False))
