"""Methods of the fitted estimator and attributes of the session, as members of the learner."""

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils import Tags
from sklearn.utils.metadata_routing import MetadataRouter, _raise_for_params, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skal._maps import accuracy
from skal._renamed import RenamedAttribute
from skal.learner.attributes import FromSession
from skal.learner.session import Round, Session
from skal.learner.tags import html_of, routing_of, tags_of
from skal.models import align_log_proba, align_proba, class_decision, class_prediction, makes_maps

METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function", "score")


def _estimator_has(method):
    """Return whether the fitted estimator, or else the given one, has a method."""

    def check(learner):
        getattr(getattr(learner, "estimator_", learner.estimator), method)
        return True

    return check


class Delegation:
    """Predict and score with the fitted estimator, over all known classes.

    A class that the estimator has not been trained on has probability 0, log-probability −inf and
    the row's smallest decision value − 1.
    """

    estimator: Any
    surrogate: Any
    replay_budget: int | None
    missing_label: Any

    # ------------------------------------------------------------------ attributes of the session
    _session: Session

    estimator_ = FromSession(lambda session: session.fitted and session.fitted.estimator)
    surrogate_ = FromSession(lambda session: session.fitted and session.fitted.surrogate)
    previous_estimator_ = FromSession(
        lambda session: session.previous and session.previous.estimator, none_ok=True
    )
    strategy_ = FromSession(lambda session: session.strategy)
    classes_ = FromSession(lambda session: session.classes)
    history_ = FromSession(lambda session: list(session.history))
    n_features_in_ = FromSession(
        lambda session: session.reader.columns and session.reader.columns.number
    )
    feature_names_in_ = FromSession(
        lambda session: session.reader.columns and session.reader.columns.names
    )
    rounds_ = RenamedAttribute("rounds()")

    # ------------------------------------------------------------------ the current model
    @available_if(_estimator_has("predict"))
    def predict(self, X: Any, **params: Any) -> np.ndarray:
        """Predict with the fitted estimator.

        Parameters
        ----------
        X : same kind of container as in fit
            Rows to predict.
        **params : dict
            Passed to the estimator if metadata routing is enabled.

        Returns
        -------
        y : ndarray
            Predicted labels or numbers.
        """
        if params or not hasattr(self, "classes_"):
            return self._call("predict", X, params=params)
        return class_prediction(self._model(), self._checked(X), self.classes_)

    @available_if(_estimator_has("predict_proba"))
    def predict_proba(self, X: Any, **params: Any) -> np.ndarray:
        """Predict class probabilities, one column for each of `classes_`.

        Parameters
        ----------
        X : same kind of container as in fit
            Rows to predict.
        **params : dict
            Passed to the estimator if metadata routing is enabled.

        Returns
        -------
        P : ndarray of shape (n_samples, n_classes)
            0 for a class that the estimator has not been trained on.
        """
        P = self._call("predict_proba", X, params=params)
        return align_proba(self.estimator_, P, self.classes_)

    @available_if(_estimator_has("predict_log_proba"))
    def predict_log_proba(self, X: Any, **params: Any) -> np.ndarray:
        """Predict the logarithm of the class probabilities, one column for each of `classes_`.

        Parameters
        ----------
        X : same kind of container as in fit
            Rows to predict.
        **params : dict
            Passed to the estimator if metadata routing is enabled.

        Returns
        -------
        log_P : ndarray of shape (n_samples, n_classes)
            −inf for a class that the estimator has not been trained on.
        """
        log_P = self._call("predict_log_proba", X, params=params)
        return align_log_proba(self.estimator_, log_P, self.classes_)

    @available_if(_estimator_has("decision_function"))
    def decision_function(self, X: Any, **params: Any) -> np.ndarray:
        """Compute the decision values of the fitted estimator.

        Parameters
        ----------
        X : same kind of container as in fit
            Rows to predict.
        **params : dict
            Passed to the estimator if metadata routing is enabled.

        Returns
        -------
        F : ndarray of shape (n_samples,) or (n_samples, n_classes)
            In the estimator's own form if it has been trained on all of `classes_`; otherwise one
            column per class, with the row's minimum − 1 for a class without training rows.
        """
        if np.array_equal(self._model().classes_, self.classes_):
            return self._call("decision_function", X, params=params)
        if params:
            raise ValueError(
                f"The estimator has not been trained on all of {list(self.classes_)} yet; until "
                f"then, decision_function takes no parameters. Remove {sorted(params)}."
            )
        return class_decision(self._model(), self._checked(X), self.classes_)

    @available_if(_estimator_has("score"))
    def score(self, X: Any, y: Any, **params: Any) -> float:
        """Score the fitted estimator with its own metric.

        Parameters
        ----------
        X : same kind of container as in fit
            Rows to predict.
        y : array-like
            Their labels, without missing ones.
        **params : dict
            Passed to the estimator if metadata routing is enabled.

        Returns
        -------
        score : float
            Accuracy for most classifiers (for maps, the accuracy over labelled positions), R² for
            most regressors.
        """
        model = self._model()
        if not params and (makes_maps(model) or type(model).score is ClassifierMixin.score):
            return accuracy(self._known(y), self.predict(X))
        return self._call("score", X, self._known(y), params=params)

    # ------------------------------------------------------------------ the models of all rounds
    def staged_predict(self, X: Any) -> Iterator[np.ndarray]:
        """Predict with the model of each round; requires ``store_rounds=True``.

        Parameters
        ----------
        X : same kind of container as in fit
            Rows to predict.

        Yields
        ------
        y : ndarray
            One prediction per round.
        """
        for then in self.rounds():
            yield then.model.predict(X)

    def staged_score(self, X: Any, y: Any) -> Iterator[float]:
        """Score the model of each round; requires ``store_rounds=True``.

        Parameters
        ----------
        X : same kind of container as in fit
            Rows to predict.
        y : array-like
            Their labels, without missing ones.

        Yields
        ------
        score : float
            One score per round.
        """
        for then in self.rounds():
            yield then.model.score(X, y)

    def rounds(self) -> list[Round]:
        """Return the rounds so far; requires ``store_rounds=True``.

        Returns
        -------
        rounds : list of (number, n_labelled, model)
            For each round its number, the number of known labels, and a learner with the model of
            that round.

        See Also
        --------
        ActiveLearner.staged_score : Score the model of each round.

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
                "The models of earlier rounds were not stored: set store_rounds=True before fit."
            )
        return [stored._replace(model=self._as_of(stored)) for stored in session.rounds]

    def _as_of(self, then: Round) -> Any:
        """Return a learner with the model of that round."""
        learner = copy.copy(self)
        learner._session = self._session.as_of(then)
        return learner

    # ------------------------------------------------------------------ protocols of scikit-learn
    def get_metadata_routing(self) -> MetadataRouter:
        """Return how metadata is routed to the estimator and the surrogate."""
        return routing_of(self, self.estimator, self.surrogate, METHODS)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimator_")

    def __sklearn_tags__(self) -> Tags:
        replays = self.replay_budget is not None
        return tags_of(self.estimator, self.surrogate, replays=replays)

    def _html_repr(self) -> str:
        return html_of(self, self.__dict__.get("_session"))

    # ------------------------------------------------------------------ helpers
    def _begun(self) -> Session:
        """Return the session, or raise an error that says to call fit first."""
        check_is_fitted(self, "history_")
        return self._session

    def _model(self) -> Any:
        """Return the current model, or raise an error that says why there is none."""
        if not hasattr(self, "estimator_") and hasattr(self, "history_"):
            raise NotFittedError(
                "No model is fitted yet, because too few labels are known: call query() and "
                "teach() until labels of two classes (in regression, two labels) are known."
            )
        check_is_fitted(self)
        return self.estimator_

    def _call(self, method: str, *args: Any, params: dict[str, Any]) -> Any:
        """Call a method of the fitted estimator with checked X and routed params."""
        model = self._model()
        _raise_for_params(params, self, method)
        routed = process_routing(self, method, **params).estimator[method] if params else {}
        X, *rest = args
        return getattr(model, method)(self._checked(X), *rest, **routed)

    def _checked(self, X: Any) -> Any:
        """Return X after a check that its features are those of `fit`."""
        return self._session.reader.to_predict(X)

    def _known(self, y: Any) -> np.ndarray:
        """Return the labels to score against; raise an error if one is missing."""
        labels, known = self._session.reader.labels(y)
        if not known.all():
            raise ValueError(
                f"{np.count_nonzero(~known)} of the {len(known)} labels to score against are "
                "missing: score on labelled rows only."
            )
        return labels
