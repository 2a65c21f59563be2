"""What is wanted of a model, as one number."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from skal._array import squared_norms, to_numpy
from skal.kernels.influence import goals
from skal.state import QueryState, View

GOALS = ("holdout", "entropy", "fisher", "variance")


@dataclass(frozen=True)
class Goal:
    """Measure what is wanted of the model of a state: the τ of `GoalInfluence`.

    The strategies that look ahead ask for the rows that raise such a number; measured after each
    round, it shows whether they do, and whether the test score follows.  A goal can be reached
    and still hurt.

    Parameters
    ----------
    name : {"holdout", "entropy", "fisher"}
        The log-likelihood of the holdout (of a regression: −½ Σ squared errors); minus the summed
        entropy of the pool's probabilities; minus the mean trace of the pool's Fisher information.
        ("variance" of `GoalInfluence` has no value here.)
    target : rows, default=None
        The rows that it is measured on, in the form of X, for "entropy" and "fisher".  None is all
        of the holdout or the pool.
    positions : ndarray of int, default=None
        Some rows of the holdout or the pool, by their positions, in place of all.  The pool of a
        later round has other positions: give rows to follow a goal over rounds.

    See Also
    --------
    skal.strategies.GoalInfluence : Ask for the rows that raise a goal.
    skal.state.QueryState : What `value` takes.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies.goals import Goal
    >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
    >>> learner = ActiveLearner(LogisticRegression()).fit(X, y)
    >>> before = Goal("entropy").value(learner.query_state())
    >>> learner = learner.teach([2], [0])
    >>> before < Goal("entropy", X).value(learner.query_state()) / 2      # of 2 rows, and of 4
    True
    """

    name: str
    target: Any = None
    positions: Any = None

    def __post_init__(self) -> None:
        if self.name not in GOALS:
            raise ValueError(f"name={self.name!r} must be one of {', '.join(map(repr, GOALS))}.")

    @classmethod
    def drawn(cls, name: str, target: Any, state: QueryState) -> "Goal":
        """Make the goal of all rows, of a number of rows drawn at random, or of rows given.

        Parameters
        ----------
        name : {"holdout", "entropy", "fisher", "variance"}
            The goal.
        target : int, rows or None
            How many rows, or which; None is all.
        state : QueryState
            The pool and the holdout, and the source of randomness.

        Returns
        -------
        goal : Goal
            The goal, of the same rows for every model of this state.

        See Also
        --------
        value : The goal of a state.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies.goals import Goal
        >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> len(Goal.drawn("entropy", 1, state).view(state))
        1
        """
        if target is None or not isinstance(target, Integral):
            return cls(name, target)
        size, total = int(target), len(_all_rows(name, state))
        if size >= total:
            return cls(name)
        return cls(name, positions=np.sort(state.rng.choice(total, size=size, replace=False)))

    def view(self, state: QueryState) -> View:
        """Show the rows of the goal through the model of a state.

        Parameters
        ----------
        state : QueryState
            The pool, the holdout and the model.

        Returns
        -------
        view : View
            The rows that the goal is measured on.

        See Also
        --------
        value : The goal itself.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies.goals import Goal
        >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> Goal("entropy").view(state)
        <View of 2 rows>
        """
        if self.target is not None:
            return state.view(self.target)
        view = _all_rows(self.name, state)
        return view if self.positions is None else view.part(self.positions)

    def value(self, state: QueryState) -> float:
        """Compute τ of the model of a state, from what it predicts.

        Parameters
        ----------
        state : QueryState
            The pool, the holdout and the model.

        Returns
        -------
        tau : float
            The goal: more is better.

        See Also
        --------
        view : The rows that it is measured on.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies.goals import Goal
        >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> P = state.pool.proba
        >>> bool(np.isclose(Goal("entropy").value(state), (P * np.log(P)).sum()))
        True
        """
        if self.name == "variance":
            raise ValueError(
                "goal='variance' is known in closed form only: ask GoalInfluence('variance') for "
                "utilities."
            )
        view = self.view(state)
        if state.classes is None:
            errors = view.y.reshape(len(view), -1) - view.prediction.reshape(len(view), -1)
            return -0.5 * float((errors**2).sum())
        P = view.proba.astype(np.float64)
        log_P = np.log(P.clip(np.finfo(P.dtype).eps))  # trees say 0
        if self.name == "holdout":
            return float(goals.holdout_value(log_P, np.searchsorted(state.classes, view.y)))
        if self.name == "entropy":
            return float(goals.entropy_value(log_P))
        layer = view.last_layer
        norms = to_numpy(squared_norms(layer.features)) + layer.intercept
        return float(goals.fisher_value(log_P, norms))


def _all_rows(name: str, state: QueryState) -> View:
    """The rows that a goal is about: the holdout where it is about that and there is one."""
    return state.pool if name != "holdout" or state.holdout is None else state.holdout
