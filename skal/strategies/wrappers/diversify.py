"""Turns for every predicted class."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from skal._renamed import renamed_parameters
from skal.selection import ranking, round_robin
from skal.state import QueryState
from skal.strategies.base import UtilityStrategy
from skal.strategies.function_strategy import StrategyLike
from skal.strategies.wrappers.base import STRATEGY, Wrapper
from skal.strategies.wrappers.shortlist import Shortlist
from skal.strategies.wrappers.subsample import Subsample


class Diversify(Wrapper):
    """Pick from each predicted class in turn.

    The batch has the best row of each class by the wrapped strategy, then the second best of each,
    and so on; within a turn, rows are in the wrapped strategy's order.

    Parameters
    ----------
    strategy : Strategy or callable
        Ranks the rows.  A strategy without utilities orders all candidates: if that takes long,
        put a :class:`Shortlist` or :class:`Subsample` around this wrapper, not inside.
    classes : {"previous", "current"} or callable, default="previous"
        Classes predicted by the model of the last query (in the first round, the present one), by
        the present model, or ``classes(state)``: one label of any kind a candidate, such as a
        cluster.

    See Also
    --------
    Spread : Spread a batch by clusters of features.
    Shortlist : Narrow the candidates for an expensive strategy.

    Notes
    -----
    Time O(T + n·log(n)), memory O(M + n); T and M are those of the wrapped strategy.

    References
    ----------
    Algorithm 1 of the alamp paper: ``Diversify(MarginShift())`` is its alamp-div, in which the
    classes of the last query take turns.  In its rand-div and marg-div today's do:
    ``Diversify(Random(), classes="current")`` and ``Diversify(Margin(), classes="current")``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Diversify, Margin
    >>> X = np.array([[0.0], [1.0], [0.42], [0.44], [0.46], [0.9]])
    >>> y = [0, 1, None, None, None, None]
    >>> ActiveLearner(LogisticRegression(), Margin()).fit(X, y).query(batch_size=2)
    array([4, 3])
    >>> by_turns = Diversify(Margin(), classes="current")
    >>> ActiveLearner(LogisticRegression(), by_turns).fit(X, y).query(batch_size=2)
    array([4, 5])
    """

    _parameter_constraints: ClassVar[dict] = {
        "strategy": STRATEGY,
        "classes": [StrOptions({"previous", "current"}), callable],
    }

    @renamed_parameters(by="classes")
    def __init__(
        self,
        strategy: StrategyLike,
        *,
        classes: str | Callable[[QueryState], np.ndarray] = "previous",
    ):
        self.strategy = strategy
        self.classes = classes

    @property
    def own_needs(self) -> frozenset[str]:
        return frozenset() if callable(self.classes) else frozenset({"model", "classifier"})

    @property
    def works_on_maps(self) -> bool:
        return callable(self.classes) and super().works_on_maps

    @property
    def candidates_only(self) -> bool:
        return self.inner.candidates_only and not callable(self.classes)

    def check(self) -> None:
        """Raise an error for invalid parameters, or a strategy that ranks some candidates only."""
        super().check()
        if isinstance(self.strategy, Shortlist | Subsample):
            inner = type(self.strategy).__name__
            raise ValueError(
                f"Diversify({inner}(…)) would have all candidates ranked, so that nothing is left "
                f"out: write {inner}(Diversify(…)) instead."
            )

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The first n of the wrapped strategy's order, classes taking turns."""
        order = self._order(state)
        groups = np.empty(len(state.pool), dtype=np.intp)
        groups[state.candidates] = np.unique(self._groups(state), return_inverse=True)[1]
        return round_robin(order, groups, n)

    def _order(self, state):
        """All candidates, best first."""
        if isinstance(self.inner, UtilityStrategy):
            return state.candidates[ranking(self.inner.checked_utilities(state))]
        return np.asarray(self.inner.select(state, len(state.candidates)))

    def _groups(self, state):
        """The (pseudo-)class of each candidate."""
        if callable(self.classes):
            groups = np.asarray(self.classes(state))
            if groups.shape != state.candidates.shape:
                raise ValueError(
                    f"classes(state) returned an array of shape {groups.shape}; expected one "
                    f"label for each of the {len(state.candidates)} candidates."
                )
            return groups
        previous = state.previous_pool if self.classes == "previous" else None
        return (previous or state.pool).part(state.candidates).prediction
