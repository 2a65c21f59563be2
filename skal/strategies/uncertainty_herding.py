"""Cover the rows that the model is uncertain about."""

from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from skal._constraints import AT_LEAST_ONE, NOT_NEGATIVE
from skal.selection import top
from skal.state import QueryState
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
    increases the sum most, the least certain one of equal rows, so that a batch has no duplicates.

    Parameters
    ----------
    uncertainty : {"auto", "margin", "confidence", "entropy", "deviation", "std", "draws"}
        Which uncertainty; "auto" by default.  For classifiers: 1 − (p₍₁₎ − p₍₂₎) ("margin", which
        "auto" stands for), 1 − p₍₁₎, or the entropy of the probabilities.  If a model has decision
        values f alone, such as an SVM, p is softmax(a·f) with the a that fits the labels best.  For
        regressors: "deviation" of the prediction, √(zᵀM⁻¹z) with M = diag(λ) + Σ_labelled zzᵀ and
        the mean squares λ of the features; "std", the model's own standard deviation
        (:class:`PredictiveStd`); or the deviation of "draws", by dropout or an ensemble.  "auto" is
        the first of these that the model supports, and "std" for a Gaussian process.
    power : float, default=2
        The exponent of the uncertainty; 0 is :class:`MaxHerding` on the shortlist.
    factor : float, default=50
        Only the factor × n least certain candidates may be picked; None: all candidates.
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
        other one, so that the kernel narrows as labels come; rows of the batch count as labelled
        whenever they double the labelled rows.  "pool": four times that median among the rows to be
        covered, which is also used while fewer than two rows are labelled.
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
        return self._among(state, n, self._counts(state))

    def narrowing(self, state: QueryState, n: int) -> Narrowing | None:
        """The rows that the model is least sure of: to be covered, and to be picked."""
        if self.size is None or not known_by_row(state, self.uncertainty):
            return None
        size, n_short = self._sizes(len(state.pool), n)
        return Narrowing(self._among, self._counts, leaders=n_short, covered=size)

    def _counts(self, state):
        """What each row of the pool counts."""
        return uncertainty_of(state, self.uncertainty) ** self.power

    def _sizes(self, n_rows, n):
        """How many rows are to be covered, and how many may be picked."""
        size = n_rows if self.size is None else max(self.size, n)
        return size, size if self.factor is None else min(size, int(np.ceil(self.factor * n)))

    def _among(self, state, n, counts):
        """The n candidates, where it is known what each row of the pool counts."""
        size, n_short = self._sizes(len(counts), n)
        short = state.candidates[top(counts[state.candidates], n_short)]
        space = state.space(self.space)
        if self.space == "model" and not space.has_distances(state.pool):
            return short[:n]
        covered = top(counts, size)  # both by falling uncertainty, which decides between ties
        return self._cover(state, space, n, short, covered, counts[covered])
