"""What every rule is."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator

from skal._constraints import check_parameters
from skal.metrics.outlook import Outlook
from skal.stopping.advice import Advice


class StoppingRule(BaseEstimator, ABC):
    """Say whether to stop labelling.

    A rule keeps its parameters and nothing else, so one object may serve many learners.  A subclass
    defines `advise`, and `check_task` if it is of classes only or of numbers only;
    `_parameter_constraints` says, in scikit-learn's form, which values the
    parameters take.

    See Also
    --------
    Agreement : Stops when successive models agree.
    Plateau : Stops when the estimated score has stopped rising.
    Worth : Stops when another batch costs more than it is worth.
    skal.experiments.compare : Replays rules (`stopping=`).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.stopping import Advice, StoppingRule
    >>> class After(StoppingRule):
    ...     def __init__(self, n_labels):
    ...         self.n_labels = n_labels
    ...     def advise(self, learner):
    ...         n = learner.history_[-1]["n_labelled"]
    ...         return Advice(n >= self.n_labels, f"{n} labels are known.")
    >>> learner = ActiveLearner(LogisticRegression(max_iter=500)).fit(*load_iris(return_X_y=True))
    >>> print(After(100).advise(learner))
    Stop. 150 labels are known.
    """

    _parameter_constraints: ClassVar[dict] = {}

    def check(self) -> None:
        """Raise an error for invalid parameters; `advise` calls this.

        See Also
        --------
        StoppingRule.advise : Calls this.

        Examples
        --------
        >>> from skal.stopping import Agreement
        >>> Agreement(patience=0).check()
        Traceback (most recent call last):
            ...
        sklearn.utils._param_validation.InvalidParameterError: The 'patience' parameter of ...
        """
        check_parameters(self)

    def check_task(self, *, classify: bool) -> None:
        """Raise an error if the rule does not support the kind of prediction.

        :func:`skal.experiments.compare` calls this before it replays anything.

        Parameters
        ----------
        classify : bool
            Whether learners predict classes; otherwise they predict numbers.

        See Also
        --------
        StoppingRule.check : Validates the parameters.

        Examples
        --------
        >>> from skal.stopping import Agreement
        >>> Agreement().check_task(classify=False)
        Traceback (most recent call last):
            ...
        ValueError: Agreement compares predicted classes, and this learner predicts numbers: ...
        """

    @abstractmethod
    def advise(self, learner: Any) -> Advice:
        """Say whether to stop, and why.

        Parameters
        ----------
        learner : ActiveLearner or Audits
            Fitted, with `audit` set; or a pipeline that ends in one; or its audits.

        Returns
        -------
        advice : Advice
            `stop`, `why` and `expected_gain`.

        See Also
        --------
        skal.metrics.performance_today : How good the model is.
        skal.ActiveLearner.outlook : What more labels would bring.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.stopping import Agreement
        >>> learner = ActiveLearner(
        ...     LogisticRegression(max_iter=500), audit=0.2, replay_budget=60, batch_size=10,
        ...     random_state=0,
        ... ).fit(*load_iris(return_X_y=True))
        >>> Agreement(kappa=0.8).advise(learner).stop
        True
        """


def too_few(outlook: Outlook) -> Advice:
    """The advice where an outlook rests on too few rows: go on, and why."""
    return Advice(False, str(outlook), np.nan)
