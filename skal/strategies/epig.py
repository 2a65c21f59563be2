"""Maximise the expected information about the labels of target rows."""

from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from skal._array import as_computable, concatenate_rows
from skal._constraints import BYTES, COUNT, NOT_NEGATIVE, PAIR_OR_MORE
from skal._progress import counted
from skal.kernels.expected_information import (
    Regression,
    class_information,
    draw_classes,
    proba_blocks,
)
from skal.state import QueryState, View
from skal.strategies._goals.hessian import Curvature, fitted_proba, loss_weights, ridge_of
from skal.strategies.base import Strategy


class Epig(Strategy):
    """Pick the rows whose labels are most informative about the labels of target rows.

    The expected predictive information gain of a row x is the mean over target rows x* of the
    mutual information I(y; y*) between its label and theirs, under the Laplace approximation of the
    last layer: weights are Gaussian around the fitted ones, with the inverse Hessian of the
    training objective as their covariance.  :class:`Bald` measures the information of a label about
    the model; this strategy measures its information about predictions.

    Rows are picked one by one, each the best given the labels of those before it.  For
    numbers that is exact: I(y; y*) = −½ log(1 − ρ²) with

        ρ² = (zᵀΣz*)² / ((zᵀΣz + σ²)(z*ᵀΣz* + σ²)),

    and a label takes a matrix of rank one off Σ.  For classes the joint probabilities of y and y*
    are means over draws of the weights, and a picked row narrows the draws by the curvature that is
    expected of it.

    Parameters
    ----------
    target : {"pool", "holdout"} or X, default="pool"
        The rows x*, on which predictions should improve.
    size : int, default=100
        How many of them are drawn at random; None: all.
    draws : int, default=200
        Draws of the weights (classes only).
    ridge : float, default=None
        The curvature that the training objective adds for each weight, for models that do not say
        it (nets); the intercept is free.  None is the model's own (of a logistic regression 1/C,
        and 2/C where there are two classes), and another number than that raises an error.
    max_memory : float, default=4e9
        Bytes that the Hessian and its inverse may take.

    See Also
    --------
    Bald : Information of a label about the model.
    Bait : Minimise the error on the target rows, without draws.
    Shortlist : Makes it cheaper: ``Shortlist(Epig(), factor=10)``.

    Notes
    -----
    Time O(b·n·draws·k·(t·k + d) + d³·k³), memory O(n·k + t·draws·k + d²·k²); t is `size`.  For
    numbers O(b·n·d·(d + t)) and O(n·(d + t)).

    References
    ----------
    Bickford Smith, Kirsch, Farquhar, Gal, Foster and Rainforth, Prediction-oriented Bayesian active
    learning, 2023.  The conditioning of draws on a batch is ours.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Epig
    >>> X = np.array([[1.0, 0], [0, 1], [5, 0], [0, 2.0], [0, 3.0], [0, 2.5]])
    >>> y = [0, 1, None, None, None, None]
    >>> ActiveLearner(Ridge(), Epig(), random_state=0).fit(X, y).query()   # most lie along an axis
    array([4])
    """

    _parameter_constraints: ClassVar[dict] = {
        "target": [StrOptions({"pool", "holdout"}), "array-like", "sparse matrix"],
        "size": [COUNT, None],
        "draws": [PAIR_OR_MORE],
        "ridge": [NOT_NEGATIVE, None],
        "max_memory": [BYTES],
    }

    def __init__(
        self,
        target: Any = "pool",
        *,
        size: int | None = 100,
        draws: int = 200,
        ridge: float | None = None,
        max_memory: float = 4e9,
    ):
        self.target = target
        self.size = size
        self.draws = draws
        self.ridge = ridge
        self.max_memory = max_memory

    @property
    def needs(self) -> frozenset[str]:
        holdout = isinstance(self.target, str) and self.target == "holdout"
        return frozenset({"model", "last_layer"} | ({"holdout"} if holdout else set()))

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The n candidates that tell the most, in the order in which they were picked."""
        curvature = Curvature(state, ridge=self.ridge, max_memory=self.max_memory, who="Epig")
        targets, candidates = self._targets(state), state.pool.part(state.candidates)
        pick = self._of_numbers if state.classes is None else self._of_classes
        picks, gains = pick(state, curvature.inverse, candidates, targets, n)
        state.record(information=float(np.sum(gains)))
        return state.candidates[picks]

    def _targets(self, state: QueryState) -> View:
        """The rows that labels should tell about."""
        rows = state.pool
        if not isinstance(self.target, str):
            rows = state.view(self.target)
        elif self.target == "holdout" and state.holdout is not None:  # `needs` sees to it
            rows = state.holdout
        if self.size is None or len(rows) <= self.size:
            return rows
        return rows.part(np.sort(state.rng.choice(len(rows), self.size, replace=False)))

    def _of_numbers(self, state, inverse, candidates, targets, n):
        Z, T = (as_computable(view.last_layer.features) for view in (candidates, targets))
        rows = Regression(inverse, Z, T)
        return _greedy(rows.gains, rows.push, n)

    def _of_classes(self, state, inverse, candidates, targets, n):
        known, layer, aims = (v.last_layer for v in (state.labelled, candidates, targets))
        Z, T = as_computable(layer.features), as_computable(aims.features)
        logits, of_targets = layer.decision, aims.decision
        draws = draw_classes(
            inverse,
            as_computable(known.features),
            fitted_proba(known),
            ridge_of(state.labelled, self.ridge, "Epig"),
            loss_weights(state.labelled),
            self.draws,
            state.rng,
        )

        def gains():
            P_targets = concatenate_rows([P for _, P in proba_blocks(draws, T, of_targets)])
            values = np.empty(len(candidates))
            for rows, P in proba_blocks(draws, Z, logits):
                values[rows] = class_information(P, P_targets)
            return values

        return _greedy(gains, lambda j: draws.push(Z[[j]], layer.proba[[j]]), n)


def _greedy(gains, push, n):
    """Positions of n rows, each of the largest gain after those before it; and these gains."""
    picks: list[int] = []
    told: list[float] = []
    for _ in counted(range(n), "picks"):
        values = gains()
        values[picks] = -np.inf
        picks.append(int(np.argmax(values)))
        told.append(float(values[picks[-1]]))
        push(picks[-1])
    return np.array(picks, dtype=np.intp), told
