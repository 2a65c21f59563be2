"""What every strategy is."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator

from skal._checks import RETURNED_NONE
from skal._constraints import check_parameters
from skal._renamed import RenamedAttribute, old_parameters, refuse_old_names
from skal.selection import top
from skal.state import QueryState
from skal.strategies.narrowing import Narrowed, Narrowing


class Strategy(Narrowed, BaseEstimator, ABC):
    """Choose rows of the pool.

    A strategy keeps its parameters and nothing else, so one object may serve many learners.
    `needs` says what it needs beyond the pool; the learner checks that once, before any work.
    Known needs: ``"model"``, ``"proba"`` (probabilities or a decision function), ``"last_layer"``,
    ``"modules"`` (of a net, by name), ``"features"`` (last-layer ones; before there is a model,
    rows of numbers), ``"draws"`` (several opinions: dropout or an ensemble), ``"std"`` (the
    deviations of predicted numbers), ``"holdout"``, ``"holdout_rows"`` (which may come without
    labels), ``"classifier"`` and ``"regressor"``.

    `works_on_maps` says whether it also asks for rows with a label at every position.

    `candidates_only` says whether it looks at no row of the pool but the candidates: then
    :class:`Shortlist` and :class:`Subsample` narrow a pool that no memory holds for it.

    `_parameter_constraints` says, in scikit-learn's form, which values the parameters take.

    See Also
    --------
    UtilityStrategy : The base class for strategies that rate single rows.
    FunctionStrategy : A strategy made of a function.
    skal.testing.check_strategy : Checks a strategy of one's own.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Strategy
    >>> class Latest(Strategy):
    ...     def select(self, state, n):
    ...         return state.candidates[::-1][:n]
    >>> learner = ActiveLearner(LogisticRegression(), Latest())
    >>> learner.fit([[0], [1], [2], [3]], [0, 1, None, None]).query()
    array([3])
    """

    _parameter_constraints: ClassVar[dict] = {}
    scored_by = RenamedAttribute("utilities_by")

    @property
    def needs(self) -> frozenset[str]:  # a subclass may as well set `needs = frozenset({...})`
        return frozenset()

    @property
    def works_on_maps(self) -> bool:  # or a subclass sets `works_on_maps = True`
        return False

    def check(self) -> None:
        """Raise an error for invalid parameters; the learner calls this in `fit`.

        Override it to check how parameters go together, and call ``super().check()`` first.

        See Also
        --------
        ActiveLearner.fit : Calls this.

        Examples
        --------
        >>> from skal.strategies import Entropy
        >>> Entropy(draws=0).check()
        Traceback (most recent call last):
            ...
        sklearn.utils._param_validation.InvalidParameterError: The 'draws' parameter of Entropy ...
        """
        check_parameters(self)

    def set_params(self, **params: Any) -> Self:
        """Set parameters, as scikit-learn's estimators do.

        Parameters
        ----------
        **params : dict
            The parameters, by name; those of a wrapped strategy as ``strategy__name``.

        Returns
        -------
        self : Strategy
            The strategy itself.
        """
        refuse_old_names(type(self).__name__, params, old_parameters(type(self).__init__))
        return super().set_params(**params)

    @property
    def utilities_by(self) -> "UtilityStrategy | None":
        """The strategy whose utilities rate single rows; None where rows are chosen together."""
        return None

    @abstractmethod
    def select(self, state: QueryState, n: int) -> np.ndarray:
        """Choose n candidates.

        Parameters
        ----------
        state : QueryState
            The pool, the labelled rows and the model.
        n : int
            How many rows to choose; at most ``len(state.candidates)``.

        Returns
        -------
        picks : ndarray of int
            Positions in `state.pool`, best first; each one of `state.candidates`, none twice.

        See Also
        --------
        ActiveLearner.query : Calls this, and gives row numbers of X.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies import Margin
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> Margin().select(state, 1)
        array([1])
        """


class UtilityStrategy(Strategy):
    """Choose the n rows of the highest utility.

    A subclass defines `utilities`: one number a candidate.  With `by_row = True` it says that the
    number of a row follows from that row, the model and the labels, whatever other rows the pool
    holds: a pool that no memory holds is then rated a block at a time.

    See Also
    --------
    Strategy : The base class for strategies that choose rows together.
    FunctionStrategy : The same, made of a function.
    skal.testing.check_strategy : Checks a strategy of one's own.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import UtilityStrategy
    >>> class Doubt(UtilityStrategy):
    ...     needs = frozenset({"model", "classifier", "proba"})
    ...
    ...     def utilities(self, state):
    ...         return 1 - state.pool.part(state.candidates).proba.max(axis=1)
    >>> learner = ActiveLearner(LogisticRegression(), Doubt())
    >>> learner.fit([[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]).query()
    array([3])
    """

    score = RenamedAttribute("utilities")
    checked_score = RenamedAttribute("checked_utilities")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "score" in vars(cls) and "utilities" not in vars(cls):
            raise TypeError(
                f"{cls.__name__} defines score(state), which is called utilities(state) now: "
                "rename the method."
            )

    @property
    def by_row(self) -> bool:  # a subclass may as well set `by_row = True`
        return False

    @property
    def candidates_only(self) -> bool:
        return self.by_row

    def narrowing(self, state: QueryState, n: int) -> Narrowing | None:
        """The n candidates of the highest utility, where a row's utility is its own affair."""
        if not self.by_row:
            return None

        def choose(narrowed, n, ratings):
            return narrowed.candidates[top(ratings[narrowed.candidates], n)]

        return Narrowing(choose, self.checked_utilities, leaders=n)

    @property
    def utilities_by(self) -> "UtilityStrategy":
        """The strategy itself."""
        return self

    @abstractmethod
    def utilities(self, state: QueryState) -> np.ndarray:
        """Compute one number a candidate.

        Parameters
        ----------
        state : QueryState
            The pool, the labelled rows and the model.

        Returns
        -------
        utilities : ndarray of shape (len(state.candidates),)
            Of each of `state.candidates`; the highest is asked first.

        See Also
        --------
        ActiveLearner.query_utilities : The same, a number for each row of X.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies import Margin
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> Margin().utilities(state).round(2)
        array([-0.09, -0.02])
        """

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """Choose the n candidates of the highest utility; ties in pool order.

        Parameters
        ----------
        state : QueryState
            The pool, the labelled rows and the model.
        n : int
            How many rows to choose.

        Returns
        -------
        picks : ndarray of int
            Positions in `state.pool`, best first.

        See Also
        --------
        UtilityStrategy.utilities : The numbers that decide.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies import Margin
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> Margin().select(state, 2)
        array([1, 0])
        """
        return state.candidates[top(self.checked_utilities(state), n)]

    def checked_utilities(self, state: QueryState) -> np.ndarray:
        """Compute the utilities, and raise an error unless they are one number a candidate.

        Parameters
        ----------
        state : QueryState
            The pool, the labelled rows and the model.

        Returns
        -------
        utilities : ndarray of float64
            Of each of `state.candidates`.

        See Also
        --------
        UtilityStrategy.utilities : What a subclass defines.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies import Margin
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> Margin().checked_utilities(state).dtype
        dtype('float64')
        """
        utilities, n = self.utilities(state), len(state.candidates)
        expected = f"{self!r} must rate each of the {n} candidates with a number; it"
        if utilities is None:
            raise ValueError(f"{expected} {RETURNED_NONE}")
        try:
            utilities = np.asarray(utilities, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{self!r} must rate candidates with numbers: {error}.") from error
        if utilities.shape != (n,):
            raise ValueError(
                f"{expected} returned an array of shape {utilities.shape}, not ({n},)."
            )
        if missing := np.count_nonzero(np.isnan(utilities)):
            raise ValueError(f"{expected} returned NaN for {missing} of them.")
        return utilities
