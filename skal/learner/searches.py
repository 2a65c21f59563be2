"""Warnings about searches that compare strategies without any query."""

import warnings
from typing import Any, Self

from sklearn.base import BaseEstimator

from skal.learner.delegation import Delegation

CHOICES = ("strategy", "initial")


class NothingAskedWarning(UserWarning):
    """Warn that a strategy was set but ran no query, so it has no effect on predictions."""


class KnowsSearches(Delegation, BaseEstimator):
    """Warn if a strategy was set by `set_params`, as in a search, and has run no query.

    `fit` cannot detect this, because a loop with a separate pool also starts with a `fit` on
    labelled rows only.  The warning is issued for what a search does and such a loop hardly ever
    does: set the strategy of an existing learner, fit it, and predict before any query.
    """

    _strategy_was_set = False

    def set_params(self, **params: Any) -> Self:
        """Set the parameters of this learner, as scikit-learn's estimators do.

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
                "A strategy was set, but all labels of y were known to fit, so the strategy ran "
                "no query: a search over strategies gives all of them the same score. Set "
                "replay_budget= to replay queries of these labels.",
                NothingAskedWarning,
                stacklevel=4,
            )
        return model
