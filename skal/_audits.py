"""What a learner knows of the rows that it drew at random to measure with."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Audits:
    """Rows drawn at random, predicted before their labels came; m of them, oldest first.

    Parameters
    ----------
    rows : ndarray of int64
        Their row numbers.
    y, predicted : ndarray of shape (m,)
        Their labels, and what the model of then predicted.
    confidence : ndarray of shape (m,)
        The probability of the prediction, by that model; NaN where it tells none.
    expected : ndarray of shape (m,)
        The mean of that over the reserve, by the same model.
    n_labelled : ndarray of shape (m,)
        How many labels that model had learned from.
    round : ndarray of shape (m,)
        Which of the models of `watched`.
    watched : ndarray of shape (r, w)
        What each of r models predicted for the same w random rows that have no label, the model
        of today last.
    watched_proba : ndarray of shape (w, k) or None
        Class probabilities of these rows by the model of today.
    classes : ndarray or None
        Every class known; None for a regression.
    n_known : int
        How many labels are known today.

    Attributes
    ----------
    exhausted : bool
        Whether no random row is left without a label, on which to compare today's model with
        earlier ones.

    See Also
    --------
    ActiveLearner.audits : Gives one.
    skal.metrics.performance_today : What the model of today is worth, by these rows.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> X, y = load_iris(return_X_y=True)
    >>> learner = ActiveLearner(
    ...     LogisticRegression(max_iter=500), audit=0.2, replay_budget=60, batch_size=10,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> learner.audits()
    <Audits: 10 random rows that were predicted before their labels came>
    """

    rows: np.ndarray
    y: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray
    expected: np.ndarray
    n_labelled: np.ndarray
    round: np.ndarray
    watched: np.ndarray
    watched_proba: np.ndarray | None
    classes: np.ndarray | None
    n_known: int

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"<Audits: {len(self):,} random rows that were predicted before their labels came>"

    @property
    def exhausted(self) -> bool:
        return len(self) > 0 and not self.watched.shape[1]

    def until(self, model: int) -> "Audits":
        """Give the rows that were labelled when a model predicted its own, judged by today's model.

        Parameters
        ----------
        model : int
            One of `round`.

        Returns
        -------
        audits : Audits
            With that model as the last of `watched`.

        See Also
        --------
        skal.metrics.performance_so_far : How good each model was.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> learner = ActiveLearner(
        ...     LogisticRegression(max_iter=500), audit=0.2, replay_budget=60, batch_size=10,
        ...     random_state=0,
        ... ).fit(*load_iris(return_X_y=True))
        >>> learner.audits().until(2)
        <Audits: 4 random rows that were predicted before their labels came>
        """
        if model not in self.round:
            raise ValueError(f"model={model} predicted no audit row: take one of `round`.")
        before, of_rows = self.round < model, ("y", "predicted", "confidence", "expected")
        return replace(
            self,
            **{name: getattr(self, name)[before] for name in of_rows},
            rows=self.rows[before],
            n_labelled=self.n_labelled[before],
            round=self.round[before],
            watched=self.watched[: model + 1],
            n_known=int(self.n_labelled[self.round == model][0]),
        )
