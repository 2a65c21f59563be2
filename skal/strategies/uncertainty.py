"""Uncertainty sampling."""

from typing import ClassVar

import numpy as np

from skal._constraints import COUNT
from skal.kernels.uncertainty import confidence, entropy, margin
from skal.state import QueryState
from skal.strategies.base import UtilityStrategy


class _Uncertainty(UtilityStrategy):
    """Rate candidates by their class probabilities alone; of maps, by the mean over positions."""

    works_on_maps = True

    by_row = True

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"model", "proba", "classifier"})

    def utilities(self, state: QueryState) -> np.ndarray:
        """Compute the uncertainty of each candidate."""
        return state.pool.part(state.candidates).rate(self._uncertainty)


class LeastConfidence(_Uncertainty):
    """Pick the rows whose most likely class is least likely: utility 1 − p₍₁₎.

    See Also
    --------
    Margin : Compare the two most likely classes.
    Entropy : Use the probabilities of all classes.

    Notes
    -----
    Time O(n·d·k + n·log(n)), memory O(n·k).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import LeastConfidence
    >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
    >>> ActiveLearner(LogisticRegression(), LeastConfidence()).fit(X, y).query()
    array([3])
    """

    @staticmethod
    def _uncertainty(P):
        return 1 - confidence(P)


class Margin(_Uncertainty):
    """Pick the rows whose two most likely classes are closest: utility −(p₍₁₎ − p₍₂₎).

    Simple and fast; in batches, picks can be near duplicates.

    See Also
    --------
    LeastConfidence : Use the most likely class alone.
    Entropy : Use the probabilities of all classes.
    Spread : Spread a batch over the rows of small margin.

    Notes
    -----
    Time O(n·d·k + n·log(n)), memory O(n·k).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Margin
    >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
    >>> ActiveLearner(LogisticRegression(), Margin()).fit(X, y).query()
    array([3])
    """

    @staticmethod
    def _uncertainty(P):
        return -margin(P)


class Entropy(_Uncertainty):
    """Pick the rows whose class probabilities have the largest entropy, −Σ p log p.

    Parameters
    ----------
    draws : int, default=None
        Entropy of the mean of so many draws of the probabilities: passes of a net with its dropout
        on, or members of an ensemble.  None: of the model's own probabilities.

    See Also
    --------
    Margin : Compare the two most likely classes.
    Bald : Separate uncertainty of the model from noise in the labels.

    Notes
    -----
    Time O(draws·n·d·k + n·log(n)), memory O(draws·n·k).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Entropy
    >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
    >>> ActiveLearner(LogisticRegression(), Entropy()).fit(X, y).query()
    array([3])
    """

    _parameter_constraints: ClassVar[dict] = {"draws": [COUNT, None]}

    def __init__(self, draws: int | None = None):
        self.draws = draws

    @property
    def needs(self) -> frozenset[str]:
        return super().needs if self.draws is None else super().needs | {"draws"}

    def utilities(self, state: QueryState) -> np.ndarray:
        """The entropy of each candidate."""
        view = state.pool.part(state.candidates)
        if self.draws is None:
            return view.rate(entropy)
        return view.rate(lambda P: entropy(P.mean(axis=0)), self.draws)
