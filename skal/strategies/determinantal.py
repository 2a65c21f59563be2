"""Maximise determinants of Fisher information or of gradients."""

from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from skal._array import float64_like, to_numpy
from skal._constraints import BYTES, POSITIVE
from skal.kernels.fisher.gradient_rows import GradientRows
from skal.kernels.fisher.low_rank import LowRankRows
from skal.kernels.fisher.softmax_rows import SoftmaxRows
from skal.kernels.fisher.structures import Full
from skal.kernels.uncertainty import surprise
from skal.selection import forward
from skal.state import QueryState
from skal.strategies._fisher.information import (
    Known,
    as_scale,
    data_of,
    prior_of,
    strengths_of,
)
from skal.strategies._fisher.memory import Size, gradient_bytes, too_large
from skal.strategies.base import Strategy


class Determinantal(Strategy):
    """Pick rows with large and diverse Fisher information or gradients.

    Each pick is the row that raises log det M the most.  With ``rank="full"`` M = λI + the
    labelled rows' Fisher information + that of the picks, I(x) = zzᵀ ⊗ (diag p − ppᵀ), and the
    gain is log det(I + Λ̃N); with ``rank="one"`` I(x) is ggᵀ, g = z ⊗ (p − e_ŷ) being the gradient
    embedding of :class:`Badge`.  Unlike :class:`Bait`, neither uses the distribution of the pool:
    both are baselines for Bait.

    Parameters
    ----------
    rank : {"full", "one"}, default="full"
        The rank of the information of a row.
    regularization : {"auto", "model"} or float, default="auto"
        The λ above; "auto" has one for each feature, the mean over the pool and the labelled rows
        of its Fisher information, z_j²·(1 − Σp²)/(k − 1) of all classes; "model" is the ridge of
        the model's own objective, as for :class:`Bait`.  With ``rank="one"`` "auto" is the same λ,
        not the mean of ggᵀ.
    weighting : {"paper", "sum"}, default="paper"
        Whether the labelled rows count together as much as one pick, Σ w·I(x)/Σ w, or one each,
        Σ w·I(x), with w their sample weights times their class weights.
    max_memory : float, default=4e9
        Bytes beside the features that may be used.  M⁻¹ is kept as I − WᵀW, W having k − 1 rows
        for each labelled row and pick, where these are few or M itself would take more.

    See Also
    --------
    Bait : Use the distribution of the pool too.
    Badge : Draw rows by k-means++ on the same gradients.

    Notes
    -----
    Time O(b·n·d·k² + n·d²·k² + d³·k³), memory O(n·k² + d²·k²); where l labelled rows and b
    picks are fewer than d/2, time O((l + b)·n·d·k² + (l + b)²·d·k³) and memory O(n·k² + (l +
    b)·d·k²). With ``rank="one"`` time O((l + b)·n·(l + b + d + k)) and memory O(n·(l + b)).

    References
    ----------
    Ash, Goel, Krishnamurthy and Kakade, Gone fishing: neural active learning with Fisher
    embeddings, 2021: Algorithms 2 and 3.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Determinantal
    >>> X = np.array([[-1.0, 0], [1, 0], [0.1, 3], [0.2, 3], [0, 0], [5, -1]])
    >>> learner = ActiveLearner(LogisticRegression(), Determinantal())
    >>> learner.fit(X, [0, 1] + 4 * [None]).query(batch_size=2)
    array([3, 5])
    """

    needs = frozenset({"model", "classifier", "last_layer"})

    _parameter_constraints: ClassVar[dict] = {
        "rank": [StrOptions({"full", "one"})],
        "regularization": [StrOptions({"auto", "model"}), POSITIVE],
        "weighting": [StrOptions({"sum", "paper"})],
        "max_memory": [BYTES],
    }

    def __init__(
        self,
        rank: str = "full",
        *,
        regularization: str | float = "auto",
        weighting: str = "paper",
        max_memory: float = 4e9,
    ):
        self.rank = rank
        self.regularization = regularization
        self.weighting = weighting
        self.max_memory = max_memory

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The n candidates that are added, in order."""
        pool, labelled = data_of(state.pool), data_of(state.labelled)
        candidates = pool.part(state.candidates)
        structure, seen = Full(), [pool, labelled]
        strengths = strengths_of(self.regularization, structure, seen, state.labelled)
        scale = as_scale(strengths, pool)
        known = Known.of(state.labelled, labelled, self.weighting, n)
        rows: SoftmaxRows | GradientRows
        if self.rank == "one":
            self._check_memory(gradient_bytes(candidates, labelled.n, n), candidates, labelled.n)
            lengths = float64_like(to_numpy(known.weights) ** 0.5, labelled.P)
            Z, P, intercept = candidates
            by_row = (labelled.Z, surprise(labelled.P) * lengths[:, None])
            rows = GradientRows(Z, surprise(P), intercept, scale, by_row, n_picks=n)
        else:
            size = Size.of_determinants(candidates, labelled.n, n)
            self._check_memory(size.least, candidates, labelled.n)
            if size.in_span(self.max_memory):
                given = (labelled.Z, labelled.P, known.weights)
                rows = LowRankRows(*candidates, scale, given, n_picks=n)
            else:
                prior = prior_of(structure, labelled, known, scale)
                rows = SoftmaxRows(*candidates, scale, prior, None)
        state.record(regularization=strengths)
        return state.candidates[forward(rows, n)]

    def _check_memory(self, needed, candidates, n_labelled):
        """An error where there is too little of it."""
        if needed > self.max_memory:
            raise ValueError(too_large(self, candidates, n_labelled, needed))
