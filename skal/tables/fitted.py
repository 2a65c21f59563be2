"""Methods and attributes of the inner learner, as members of a fitted table learner."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.utils.metaestimators import available_if

from skal import ActiveLearner
from skal.strategies import Strategy


class Fitted(NamedTuple):
    """Store the result of `fit`, which is replaced as a whole."""

    X: Any
    features: Any
    learner: ActiveLearner


def _learner_has(method: str) -> Callable[[Any], bool]:
    def has(self: Any) -> bool:
        return self._undecided() or hasattr(self._newest(), method)

    return has


class OnFrames:
    """Predict rows of data frames with the inner learner."""

    learner: ActiveLearner | None
    _fitted: Fitted

    # ------------------------------------------------------------------ predictions
    def predict(self, X: Any, **params: Any) -> np.ndarray:
        """Predict the rows of a data frame."""
        return self._now().learner.predict(self._encoded(X), **params)

    @available_if(_learner_has("predict_proba"))
    def predict_proba(self, X: Any, **params: Any) -> np.ndarray:
        """Predict probabilities, one column for each of `classes_`."""
        return self._now().learner.predict_proba(self._encoded(X), **params)

    @available_if(_learner_has("predict_log_proba"))
    def predict_log_proba(self, X: Any, **params: Any) -> np.ndarray:
        """Predict logarithms of the probabilities."""
        return self._now().learner.predict_log_proba(self._encoded(X), **params)

    @available_if(_learner_has("decision_function"))
    def decision_function(self, X: Any, **params: Any) -> np.ndarray:
        """Compute the estimator's decision values."""
        return self._now().learner.decision_function(self._encoded(X), **params)

    @available_if(_learner_has("score"))
    def score(self, X: Any, y: Any, **params: Any) -> float:
        """Score the model: accuracy for most classifiers, R² for most regressors."""
        return self._now().learner.score(self._encoded(X), y, **params)

    # ------------------------------------------------------------------ attributes of the session
    @property
    def learner_(self) -> ActiveLearner:
        return self._known().learner

    @property
    def features_(self) -> Any:
        return self._known().features

    @property
    def estimator_(self) -> Any:
        return self._known().learner.estimator_

    @property
    def strategy_(self) -> Strategy:
        return self._known().learner.strategy_

    @property
    def classes_(self) -> np.ndarray:
        return self._known().learner.classes_

    @property
    def history_(self) -> list[dict[str, Any]]:
        return self._known().learner.history_

    @property
    def n_features_in_(self) -> int:
        return self._known().features.n_features_in_

    @property
    def feature_names_in_(self) -> np.ndarray:
        return self._known().features.feature_names_in_

    # ------------------------------------------------------------------ helpers
    def _template(self) -> ActiveLearner:
        return ActiveLearner(None) if self.learner is None else self.learner

    def _newest(self) -> ActiveLearner:
        """Return the fitted learner, or else the unfitted one."""
        return self._fitted.learner if hasattr(self, "_fitted") else self._template()

    def _undecided(self) -> bool:
        """Return whether it is still unknown if the task is classification or regression."""
        return self._newest().estimator is None

    def _known(self) -> Fitted:
        """Return the result of `fit` for attributes; raise an AttributeError before `fit`."""
        if not hasattr(self, "_fitted"):
            raise AttributeError("This TabularLearner is not fitted yet: call fit first.")
        return self._fitted

    def _now(self) -> Fitted:
        """Return the result of `fit` for methods."""
        if not hasattr(self, "_fitted"):
            raise NotFittedError("This TabularLearner is not fitted yet: call fit first.")
        return self._fitted

    def _encoded(self, X: Any) -> np.ndarray:
        return self._now().features.transform(X)

    def _rows(self, X: Any) -> Any:
        """Return the rows of a pool; None for the data frame given to `fit`."""
        return None if X is None or X is self._now().X else self._encoded(X)
