"""What a learner passes on: its fitted estimator's methods, and what its session knows."""

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
    """Whether the fitted estimator, or before that the given one, has a method."""

    def check(learner):
        getattr(getattr(learner, "estimator_", learner.estimator), method)
        return True

    return check


class Delegation:
    """Prediction and scoring of a learner: its fitted estimator's, over all classes known.

    A class that the estimator has not seen yet has probability 0, log-probability −inf and the
    row's smallest decision value − 1.
    """

    estimator: Any
    surrogate: Any
    replay_budget: int | None
    missing_label: Any

    # ------------------------------------------------------------------ what the session knows
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

    # ------------------------------------------------------------------ the model of today
    @available_if(_estimator_has("predict"))
    def predict(self, X: Any, **params: Any) -> np.ndarray:
        """Predict with the fitted estimator.

        Parameters
        ----------
        X : same kind of container as in fit
            Rows to predict.
        **params : dict
            Passed to the estimator where metadata routing is enabled.

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
        """Class probabilities, one column for each of `classes_`.

        Parameters
        ----------
        X : same kind of container as in fit
            Rows to predict.
        **params : dict
            Passed to the estimator where metadata routing is enabled.

        Returns
        -------
        P : ndarray of shape (n_samples, n_classes)
            0 for a class that the estimator has not seen yet.
        """
        P = self._call("predict_proba", X, params=params)
        return align_proba(self.estimator_, P, self.classes_)

    @available_if(_estimator_has("predict_log_proba"))
    def predict_log_proba(self, X: Any, **params: Any) -> np.ndarray:
        """Logarithm of the class probabilities, one column for each of `classes_`.

        Parameters
        ----------
        X : same kind of container as in fit
            Rows to predict.
        **params : dict
            Passed to the estimator where metadata routing is enabled.

        Returns
        -------
        log_P : ndarray of shape (n_samples, n_classes)
            −inf for a class that the estimator has not seen yet.
        """
        log_P = self._call("predict_log_proba", X, params=params)
        return align_log_proba(self.estimator_, log_P, self.classes_)

    @available_if(_estimator_has("decision_function"))
    def decision_function(self, X: Any, **params: Any) -> np.ndarray:
        """Decision values of the fitted estimator.

        Parameters
        ----------
        X : same kind of container as in fit
            Rows to predict.
        **params : dict
            Passed to the estimator where metadata routing is enabled.

        Returns
        -------
        F : ndarray of shape (n_samples,) or (n_samples, n_classes)
            In the estimator's own form while it has seen all of `classes_`; else a column for
            each, the row's minimum − 1 for a class not seen yet.
        """
        if np.array_equal(self._model().classes_, self.classes_):
            return self._call("decision_function", X, params=params)
        if params:
            raise ValueError(
                f"The estimator has not seen all of {list(self.classes_)} yet, and parameters "
                f"({sorted(params)}) are not passed on to a decision function until it has."
            )
        return class_decision(self._model(), self._checked(X), self.classes_)

    @available_if(_estimator_has("score"))
    def score(self, X: Any, y: Any, **params: Any) -> float:
        """Score of the fitted estimator, by its own measure.

        Parameters
        ----------
        X : same kind of container as in fit
            Rows to predict.
        y : array-like
            Their labels, none of them missing.
        **params : dict
            Passed to the estimator where metadata routing is enabled.

        Returns
        -------
        score : float
            Accuracy for most classifiers (of maps, the share of labelled positions that are right),
            R² for most regressors.
        """
        model = self._model()
        if not params and (makes_maps(model) or type(model).score is ClassifierMixin.score):
            return accuracy(self._known(y), self.predict(X))
        return self._call("score", X, self._known(y), params=params)

    # ------------------------------------------------------------------ the models of all rounds
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

    # ------------------------------------------------------------------ what the learner is
    def get_metadata_routing(self) -> MetadataRouter:
        """How metadata is routed to the estimator and the surrogate."""
        return routing_of(self, self.estimator, self.surrogate, METHODS)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimator_")

    def __sklearn_tags__(self) -> Tags:
        replays = self.replay_budget is not None
        return tags_of(self.estimator, self.surrogate, replays=replays)

    def _html_repr(self) -> str:
        return html_of(self, self.__dict__.get("_session"))

    # ------------------------------------------------------------------ how
    def _begun(self) -> Session:
        """The session, or an error that says to call fit first."""
        check_is_fitted(self, "history_")
        return self._session

    def _model(self) -> Any:
        """The model of today, or an error that says why there is none."""
        if not hasattr(self, "estimator_") and hasattr(self, "history_"):
            raise NotFittedError(
                "No model is fitted yet, since too few labels are known: query() and teach() until "
                "two classes (of a regression: two labels) are."
            )
        check_is_fitted(self)
        return self.estimator_

    def _call(self, method: str, *args: Any, params: dict[str, Any]) -> Any:
        """A method of the fitted estimator, X checked, params routed."""
        model = self._model()
        _raise_for_params(params, self, method)
        routed = process_routing(self, method, **params).estimator[method] if params else {}
        X, *rest = args
        return getattr(model, method)(self._checked(X), *rest, **routed)

    def _checked(self, X: Any) -> Any:
        """X as it is, its number and names of features compared with those of `fit`."""
        return self._session.reader.to_predict(X)

    def _known(self, y: Any) -> np.ndarray:
        """Labels to score against, none missing."""
        labels, known = self._session.reader.labels(y)
        if not known.all():
            raise ValueError(
                f"{np.count_nonzero(~known)} of the {len(known)} labels to score against are "
                "missing: score on rows whose labels are known."
            )
        return labels
