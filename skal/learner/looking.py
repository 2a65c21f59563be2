"""Looking into a learner: what its strategy sees, and the models of earlier rounds."""

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from skal._renamed import RenamedAttribute
from skal.learner.attributes import SessionAttributes
from skal.learner.fitting import Fitter
from skal.learner.session import Round, Session
from skal.state import QueryState


class Looking(SessionAttributes):
    """Show what a learner would ask for, and how it came to be what it is."""

    estimator: Any
    surrogate: Any
    replay_budget: int | None

    query_scores = RenamedAttribute("query_utilities")
    rounds_ = RenamedAttribute("rounds()")

    def query_utilities(self, X: Any = None) -> np.ndarray:
        """Compute the strategy's utility of each row: higher is better.

        A strategy that chooses rows one by one asks for the highest; `Spread` shows the utilities
        of what it spreads.

        Parameters
        ----------
        X : same kind of container as in fit, default=None
            Rows to look at; None is the X given to `fit`.

        Returns
        -------
        utilities : ndarray of float
            One a row of X; NaN where a row is no candidate.

        See Also
        --------
        ActiveLearner.query : Choose the rows to label next.
        skal.display.UtilityDisplay : Draw utilities.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies import LeastConfidence
        >>> learner = ActiveLearner(LogisticRegression(), LeastConfidence())
        >>> learner = learner.fit([[0.0], [1.0], [0.1], [0.5]], [0, 1, None, None])
        >>> learner.query_utilities().round(2)
        array([ nan,  nan, 0.46, 0.5 ])
        """
        session = self._begun()
        return session.utilities(self._fitter(session), X)

    def query_state(self, X: Any = None) -> QueryState:
        """Show what the strategy sees, to look at or to try a strategy of one's own on.

        Parameters
        ----------
        X : same kind of container as in fit, default=None
            The pool; None is the unlabelled rows of the X given to `fit`.

        Returns
        -------
        state : QueryState
            Views of the pool, the labelled rows and the holdout.

        See Also
        --------
        skal.state.QueryState : What it holds.
        skal.strategies.Strategy : What chooses rows from it.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = [[0.0], [1.0], [0.1], [0.5]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> state
        <QueryState: 2 candidates in a pool of 2, 2 labelled>
        >>> state.pool.rows
        array([2, 3])
        """
        session = self._begun()
        return session.look(self._fitter(session), X)

    def staged_predict(self, X: Any) -> Iterator[np.ndarray]:
        """Predict with the model of each round; needs ``store_rounds=True``.

        Parameters
        ----------
        X : same kind of container as in fit
            Rows to predict.

        Yields
        ------
        y : ndarray
            One prediction a round.

        See Also
        --------
        ActiveLearner.rounds : The models themselves.
        ActiveLearner.staged_score : Their scores.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = load_iris(return_X_y=True)
        >>> learner = ActiveLearner(
        ...     LogisticRegression(max_iter=500), replay_budget=15, batch_size=5,
        ...     store_rounds=True, random_state=0,
        ... ).fit(X, y)
        >>> [int((prediction == y).sum()) for prediction in learner.staged_predict(X)]
        [99, 143, 141]
        """
        for then in self.rounds():
            yield then.model.predict(X)

    def staged_score(self, X: Any, y: Any) -> Iterator[float]:
        """Score the model of each round; needs ``store_rounds=True``.

        Parameters
        ----------
        X : same kind of container as in fit
            Rows to predict.
        y : array-like
            Their labels, none of them missing.

        Yields
        ------
        score : float
            One score a round.

        See Also
        --------
        ActiveLearner.staged_predict : Their predictions.
        skal.display.LearningCurveDisplay : Draw the scores.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = load_iris(return_X_y=True)
        >>> learner = ActiveLearner(
        ...     LogisticRegression(max_iter=500), replay_budget=15, batch_size=5,
        ...     store_rounds=True, random_state=0,
        ... ).fit(X, y)
        >>> [round(score, 2) for score in learner.staged_score(X, y)]
        [0.66, 0.95, 0.94]
        """
        for then in self.rounds():
            yield then.model.score(X, y)

    def rounds(self) -> list[Round]:
        """Give the rounds so far; needs ``store_rounds=True``.

        Returns
        -------
        rounds : list of (number, n_labelled, model)
            Of each round its number, how many labels were known, and a learner that predicts as
            this one did then.

        See Also
        --------
        ActiveLearner.staged_predict : What each model predicts.
        ActiveLearner.staged_score : How well each model does.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> learner = ActiveLearner(
        ...     LogisticRegression(max_iter=500), replay_budget=15, batch_size=5,
        ...     store_rounds=True, random_state=0,
        ... ).fit(*load_iris(return_X_y=True))
        >>> [(number, n_labelled) for number, n_labelled, model in learner.rounds()]
        [(1, 5), (2, 10), (3, 15)]
        """
        self._model()
        session = self._begun()
        if session.rounds is None:
            raise ValueError(
                "The models of earlier rounds were not kept: set store_rounds=True before fit."
            )
        return [stored._replace(model=self._as_of(stored)) for stored in session.rounds]

    def _as_of(self, then: Round) -> Any:
        """A learner that predicts as this one did then."""
        learner = copy.copy(self)
        learner._session = self._session.as_of(then)
        return learner

    def _fitter(self, session: Session) -> Fitter:
        """What fits models, with the estimator's parameters as they are now."""
        return Fitter(
            estimator=self.estimator,
            surrogate=self.surrogate,
            reader=session.reader,
            seed=session.seed,
            initial_asks=session.initial is not None,
            replay_budget=self.replay_budget,
        )
