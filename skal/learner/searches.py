"""Searches that cannot tell strategies apart: nothing is asked in them."""

import warnings
from typing import Any, Self

from sklearn.base import BaseEstimator

from skal.learner.delegation import Delegation

CHOICES = ("strategy", "initial")


class NothingAskedWarning(UserWarning):
    """Says that a strategy was chosen, and that what is predicted does not depend on it."""


class KnowsSearches(Delegation, BaseEstimator):
    """Warn where a strategy that was set, as searches do, has had no row to ask for.

    A `fit` on labelled rows alone is how a loop with a pool of its own begins, so that `fit` cannot
    tell.  What a search does, and such a loop hardly ever: set the strategy of a learner that there
    is, fit it, and predict before anything was asked.
    """

    _strategy_was_set = False

    def set_params(self, **params: Any) -> Self:
        """Set parameters, as scikit-learn's estimators do.

        Parameters
        ----------
        **params : dict
            The parameters, by name; those of the estimator as ``estimator__name``.

        Returns
        -------
        self : ActiveLearner
            The learner itself.
        """
        super().set_params(**params)
        if any(name.partition("__")[0] in CHOICES for name in params):
            self._strategy_was_set = True
        return self

    def _model(self) -> Any:
        model = super()._model()
        session = self._session
        asked = session.asked is not None or len(session.history) > 1
        alike = self._strategy_was_set and self.replay_budget is None
        if alike and not asked and not len(session.training.pool_rows):
            warnings.warn(
                "A strategy was set, and every label of y was known to fit, so that no strategy "
                "was asked: a search over strategies scores all of them alike. Set replay_budget= "
                "for a fit that asks for these labels.",
                NothingAskedWarning,
                stacklevel=4,
            )
        return model
