"""The inputs and outputs of a query that a learner shows without making one."""

from typing import Any

import numpy as np

from skal._audits import Audits
from skal._renamed import RenamedAttribute
from skal.learner.delegation import Delegation
from skal.metrics.outlook import Outlook, outlook
from skal.state import QueryState


class Looking(Delegation):
    """Show the query state, the utilities of rows and the audits."""

    query_scores = RenamedAttribute("query_utilities")

    def query_utilities(self, X: Any = None) -> np.ndarray:
        """Compute the strategy's utility of each row; higher is better.

        A strategy that scores rows separately selects the highest; `Spread` returns the utilities
        of the strategy that it wraps.

        Parameters
        ----------
        X : same kind of container as in fit, default=None
            Rows to rate; None is the X given to `fit`.

        Returns
        -------
        utilities : ndarray of float
            One per row of X; NaN if a row is not a candidate.

        See Also
        --------
        ActiveLearner.query : Select the rows to label next.
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
        return session.utilities(session.fitter(self), X)

    def query_state(self, X: Any = None) -> QueryState:
        """Return the query state that a strategy receives, to inspect it or to test a strategy.

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
        skal.state.QueryState : The attributes of the state.
        skal.strategies.Strategy : Base class of strategies, which select rows from a state.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = [[0.0], [1.0], [0.1], [0.5]], [0, 1, None, None]
        >>> ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        <QueryState: 2 candidates in a pool of 2, 2 labelled>
        """
        session = self._begun()
        return session.look(session.fitter(self), X)

    def audits(self) -> Audits:
        """Return the rows that were drawn at random and predicted before they were labelled.

        Returns
        -------
        audits : Audits
            Labels, predictions and probabilities; empty until some of the rows are labelled.

        See Also
        --------
        skal.metrics.performance_today : Estimate the performance of the model from these rows.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> learner = ActiveLearner(
        ...     LogisticRegression(max_iter=500), audit=0.2, replay_budget=60, batch_size=10,
        ...     random_state=0,
        ... ).fit(*load_iris(return_X_y=True))
        >>> learner.audits()
        <Audits: 10 random rows that were predicted before their labels came>
        """
        model, session = self._model(), self._begun()
        if session.auditing is None:
            raise ValueError(
                "No rows were drawn at random for evaluation: set audit= before fit, such as "
                "audit=0.1 for a tenth of each batch. A copy of a learner from an earlier round "
                "has no audits if rows of another X were taught."
            )
        return session.auditing.audits(session.training, model, session.classes)

    def outlook(
        self, n_labels: int = 100, scoring: str | None = None, confidence: float = 0.8
    ) -> Outlook:
        """Estimate what more labels would bring, with an interval.

        A learning curve that falls by a power law to a floor is fitted to the audit rows, and to
        how far the predictions of successive models are apart.

        Parameters
        ----------
        n_labels : int, default=100
            How many more labels.
        scoring : str, default=None
            "accuracy"; of numbers "r2" or "neg_mean_absolute_error".  None is accuracy, or R².
        confidence : float, default=0.8
            That of the intervals.

        Returns
        -------
        outlook : Outlook
            `value`, `low`, `high` and `gain`; printed, it is a sentence.

        See Also
        --------
        skal.metrics.performance_today : How good the model is today.
        skal.stopping.Worth : Compares the gain with the cost.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = load_digits(return_X_y=True)
        >>> learner = ActiveLearner(
        ...     LogisticRegression(max_iter=500), audit=0.2, replay_budget=400, batch_size=20,
        ...     random_state=0,
        ... ).fit(X / 16, y)
        >>> ahead = learner.outlook(100)
        >>> 0 <= ahead.gain < 0.05
        True
        """
        return outlook(self, n_labels, scoring, confidence)
