"""What a learner shows of a query before it is made."""

from typing import Any

import numpy as np

from skal._audits import Audits
from skal._renamed import RenamedAttribute
from skal.learner.delegation import Delegation
from skal.metrics.outlook import Outlook, outlook
from skal.state import QueryState


class Looking(Delegation):
    """Look at what the strategy sees, and at how it rates rows."""

    query_scores = RenamedAttribute("query_utilities")

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
        return session.utilities(session.fitter(self), X)

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
        >>> ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        <QueryState: 2 candidates in a pool of 2, 2 labelled>
        """
        session = self._begun()
        return session.look(session.fitter(self), X)

    def audits(self) -> Audits:
        """Give the rows that were drawn at random and predicted before their labels came.

        Returns
        -------
        audits : Audits
            Labels, predictions and probabilities; empty until some of the rows are labelled.

        See Also
        --------
        skal.metrics.performance_today : How good the model is, by these rows.

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
                "No rows were drawn at random to measure with: set audit= before fit, such as "
                "audit=0.1 for a tenth of each batch. The learner of an earlier round has none "
                "where rows of another X were taught."
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
