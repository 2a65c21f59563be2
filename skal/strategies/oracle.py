"""An upper reference: pick rows by their true labels."""

from itertools import combinations
from typing import ClassVar

import numpy as np

from skal._constraints import COUNT
from skal._labels import hidden_labels
from skal._progress import counted
from skal._renamed import renamed_parameters
from skal.state import QueryState
from skal.strategies.base import Strategy


class Oracle(Strategy):
    """Pick the rows whose true labels raise the holdout score most: for replays only.

    A reference for other strategies, which knows the labels.  It draws some candidates, refits the
    model with the true label of each, picks the one whose model predicts the holdout best, and
    repeats this until the batch is full.  The best model has the highest accuracy on the holdout,
    and among equals the largest mean log-probability of the true classes; of regressions, the
    smallest squared error.

    Parameters
    ----------
    size : int, default=50
        The number of candidates drawn for each row of the batch.
    lookahead : int, default=1
        The number of labels to look ahead: a candidate is rated by the best model with it and
        lookahead − 1 more of the candidates.  Each set of this many candidates costs a refit, for
        each row of the batch.

    See Also
    --------
    skal.metrics.gap_closed : Measure the share of its lead that a strategy has.
    Random : The lower reference.

    Notes
    -----
    It is greedy and draws candidates at random: a strong strategy, not an upper bound.  `history_`
    has `size` as `oracle_candidates` and the size of the holdout as `oracle_holdout`;
    :func:`skal.metrics.gap_closed` reports both.

    Time O(b·s·(fit + m·d·k) + b·n), memory O(n + m·k); s is `size`, to the power `lookahead`, fit
    what a fit of the model takes, and m are the rows of the holdout.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Oracle
    >>> learner = ActiveLearner(
    ...     LogisticRegression(), Oracle(size=5), replay_budget=9, batch_size=3,
    ...     validation_fraction=0.3, random_state=0,
    ... ).fit(*load_iris(return_X_y=True))
    >>> learner.history_[-1]["oracle_candidates"], learner.history_[-1]["oracle_holdout"]
    (5, 45)
    """

    needs = frozenset({"model", "holdout"})

    _parameter_constraints: ClassVar[dict] = {"size": [COUNT], "lookahead": [COUNT]}

    @renamed_parameters(candidates="size")
    def __init__(self, size: int = 50, *, lookahead: int = 1):
        self.size = size
        self.lookahead = lookahead

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The candidates whose true labels help most, one after another."""
        assert state.holdout is not None  # `needs` names it
        hidden_labels(state.pool.y[state.candidates], "Oracle")
        state.record(oracle_candidates=self.size, oracle_holdout=len(state.holdout))
        picks: list[int] = []
        for _ in counted(range(n), "Picking rows"):
            left = np.setdiff1d(state.candidates, picks)
            drawn = state.rng.choice(left, min(self.size, len(left)), replace=False)
            picks.append(self._best(state, picks, drawn))
        return np.array(picks)

    def _best(self, state, picks, drawn):
        """The first candidate of those in the best set."""
        best, chosen = (-np.inf, -np.inf), drawn[0]
        for more in combinations(drawn, min(self.lookahead, len(drawn))):
            together = [*picks, *more]
            value = holdout_score(state.refit(together, state.pool.y[together]))
            if value > best:
                best, chosen = value, more[0]
        return chosen


def holdout_score(state: QueryState) -> tuple[float, float]:
    """How well a model predicts the holdout: right answers, then the truth's log-probability."""
    holdout = state.holdout
    assert holdout is not None
    truth = holdout.y
    if state.classes is None:
        prediction = holdout.prediction
        return -float(np.mean((prediction - truth.reshape(prediction.shape)) ** 2)), 0.0
    right = float(np.mean(holdout.prediction == truth))
    proba = holdout.proba[np.arange(len(truth)), np.searchsorted(state.classes, truth)]
    return right, float(np.log(np.maximum(proba, np.finfo(float).tiny)).mean())
