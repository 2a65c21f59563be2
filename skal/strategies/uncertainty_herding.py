"""Cover the rows that the model is uncertain about."""

from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from skal._constraints import AT_LEAST_ONE, NOT_NEGATIVE
from skal.selection import top
from skal.state import QueryState
from skal.strategies._herding.equal_rows import first_of_equal
from skal.strategies._herding.herding import KERNEL, Herding
from skal.strategies._herding.uncertainty import (
    OF_CLASSES,
    OF_NUMBERS,
    known_by_row,
    uncertainty_of,
)
from skal.strategies.base import UtilityStrategy
from skal.strategies.narrowing import Narrowing
from skal.strategies.predictive_std import PredictiveStd
from skal.strategies.uncertainty import Entropy, LeastConfidence, Margin

# What a row counts of which the model is sure: where it is sure of all, they count alike.
SURE = 1e-100
# Who asks by an uncertainty alone.
ALONE: dict[str, type[UtilityStrategy]] = {
    "margin": Margin,
    "confidence": LeastConfidence,
    "entropy": Entropy,
    "std": PredictiveStd,
}


class UncertaintyHerding(Herding):
    """Pick the rows that, with the labelled rows, cover the uncertain rows best.

    The batch S maximises, greedily,

        Σ_j u_j · max_{i ∈ S ∪ labelled} k(x_j, x_i),   j over the pool,

    where u_j is the uncertainty of the model about row j: (1 − margin)² for a classifier.  A row is
    picked if many uncertain rows are near it and no labelled row is.  Each pick is the row that
    increases the sum most.  At most one of equal rows is picked, as long as there are candidates
    that differ from those picked.

    Parameters
    ----------
    uncertainty : {"auto", "margin", "confidence", "entropy", "deviation", "std", "draws"}
        Which uncertainty; "auto" by default.  For classifiers: 1 − (p₍₁₎ − p₍₂₎) ("margin", which
        "auto" stands for), 1 − p₍₁₎, or the entropy of the probabilities.  If a model has decision
        values f alone, such as an SVM, p is softmax(a·f) with the a that fits the labels best.  In
        this fit a label of a class with N labels counts (N + 1)/(N + k) for its class, and the rest
        is shared by the other k − 1, as in Platt scaling.  For regressors: "deviation" of
        the prediction, √(zᵀM⁻¹z) with M = diag(λ) + Σ_labelled zzᵀ and the mean squares λ of the
        features over the pool and the labelled rows; "std", the model's own standard deviation
        (:class:`PredictiveStd`); or the deviation of "draws", by dropout or an ensemble.  "auto" is
        the first of these that the model supports, and "std" for a Gaussian process.
    power : float, default=2
        The exponent of the uncertainty; 0 is :class:`MaxHerding` on the shortlist.  Where the model
        is sure of all rows, they count alike.
    factor : float, default=50
        Only the factor × n least certain candidates (rounded up), one of equal rows, may be picked;
        None: all candidates.
    space : {"model", "features", "columns"}, default="model"
        Where rows are near each other: where the model sees them (leaves of forests and boosting,
        features of a linear model weighted by its coefficients, the kernel map of an SVM, input
        columns otherwise), in features of the last layer, or in input columns.  See
        :meth:`QueryState.space`.  If "model" means input columns that hold text or NaN, there are
        no distances, and the rows of largest uncertainty are picked.
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
        The largest number of rows to cover, and of rows that may be picked; of a larger pool, the
        least certain ones.  None: all.

    See Also
    --------
    MaxHerding : Cover all rows equally.
    Spread : Pick one row from each cluster of the best.
    Badge : Large and diverse gradients.

    Notes
    -----
    Time O(n·(d·k + log(n)) + factor·b·s·d), memory O(n·k + s·d); s is the smaller of n and `size`.

    References
    ----------
    Bae, Sutherland and Noh, Uncertainty herding: one active learning method for all label budgets,
    2025.  The space, the width and the shortlist are ours.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import UncertaintyHerding
    >>> X = np.array([[-1, 0.0], [1, 0], [0.01, 5], [0.02, 5.1], [0.03, -5]])
    >>> learner = ActiveLearner(LogisticRegression(), UncertaintyHerding())
    >>> sorted(learner.fit(X, [0, 1, None, None, None]).query(batch_size=2).tolist())
    [2, 4]
    """

    _parameter_constraints: ClassVar[dict] = {
        **KERNEL,
        "uncertainty": [StrOptions({"auto", *OF_CLASSES, *OF_NUMBERS})],
        "power": [NOT_NEGATIVE],
        "factor": [AT_LEAST_ONE, None],
    }

    def __init__(
        self,
        uncertainty: str = "auto",
        *,
        power: float = 2,
        factor: float | None = 50,
        space: str = "model",
        kernel: str = "auto",
        width: str | float = "labelled",
        size: int | None = 10_000,
    ):
        self.uncertainty = uncertainty
        self.power = power
        self.factor = factor
        self.space = space
        self.kernel = kernel
        self.width = width
        self.size = size

    @property
    def needs(self) -> frozenset[str]:
        needs = {"model", *super().needs}
        if self.uncertainty in OF_CLASSES:
            needs |= {"classifier", "proba"}
        if self.uncertainty in OF_NUMBERS:
            what = {"deviation": "last_layer"}.get(self.uncertainty, self.uncertainty)
            needs |= {"regressor", what}
        return frozenset(needs)

    @property
    def utilities_by(self) -> UtilityStrategy | None:
        """What rates rows by this uncertainty alone; None of "auto", which the model decides."""
        kind = ALONE.get(self.uncertainty)
        return None if kind is None else kind()

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The n candidates that cover what is uncertain best, in the order they were added."""
        return self._among(state, n, self._ratings(state))

    def narrowing(self, state: QueryState, n: int) -> Narrowing | None:
        """The rows that the model is least sure of: to be covered, and to be picked."""
        if self.size is None or not known_by_row(state, self.uncertainty):
            return None
        size, _ = self._sizes(len(state.pool), n)
        return Narrowing(self._among, self._ratings, leaders=size, covered=size)

    def _ratings(self, state):
        """How unsure the model is of each row of the pool; of sure ones, which comes first."""
        ratings = uncertainty_of(state, self.uncertainty)
        sure = ratings <= 0
        if not sure.any():
            return ratings
        ratings = np.array(ratings, dtype=np.float64)  # a copy: the view may keep its own
        ratings[sure] = SURE * (1 - state.rng.random(int(sure.sum())))
        return ratings

    def _sizes(self, n_rows, n):
        """How many rows are to be covered, and how many may be picked."""
        size = n_rows if self.size is None else max(self.size, n)
        return size, size if self.factor is None else min(size, int(np.ceil(self.factor * n)))

    def _among(self, state, n, ratings):
        """The n candidates, where it is known how unsure the model is of each row of the pool."""
        size, n_short = self._sizes(len(ratings), n)
        space = state.space(self.space)
        if self.space == "model" and not space.has_distances(state.pool):
            return state.candidates[top(ratings[state.candidates], n)]
        covered = top(ratings, size)  # by falling uncertainty, which decides between ties
        counts = (ratings[covered] / ratings[covered[0]]) ** self.power
        short, again = self._shortlist(state, space, ratings, n_short, size)
        picks = self._cover(state, space, min(n, len(short)), short, covered, counts)
        return np.append(picks, again[: n - len(picks)])

    def _shortlist(self, state, space, ratings, n_short, size):
        """The least certain candidates, one of equal rows, and rows that equal these."""
        rows, among = state.candidates, n_short
        while True:
            some = rows[top(ratings[rows], among)]
            first = first_of_equal(space, state.pool, some, ratings[some])
            if len(first) >= n_short or among >= min(size, len(rows)):
                return some[first[:n_short]], np.delete(some, first)
            among = min(4 * among, size, len(rows))

    def _spare(self, state, n_candidates, picks, n):
        """The least certain ones."""
        return np.delete(np.arange(n_candidates), picks)[:n]
