"""What a learner passes on: its fitted estimator's methods, and how metadata is routed there."""

import copy
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils import Tags
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    _raise_for_params,
    process_routing,
)
from sklearn.utils.metaestimators import available_if

from skal._labels import is_missing, label_array
from skal.learner.attributes import SessionAttributes
from skal.learner.tags import html_of, tags_of
from skal.models import align_log_proba, align_proba, class_decision, class_prediction

METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function", "score")


def _estimator_has(method):
    """Whether the fitted estimator, or before that the given one, has a method."""

    def check(learner):
        getattr(getattr(learner, "estimator_", learner.estimator), method)
        return True

    return check


class Delegation(SessionAttributes):
    """Prediction and scoring of a learner: its fitted estimator's, over all classes known.

    A class that the estimator has not seen yet has probability 0, log-probability −inf and the
    row's smallest decision value − 1.
    """

    estimator: Any
    surrogate: Any
    replay_budget: int | None
    missing_label: Any

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
            Accuracy for most classifiers, R² for most regressors.
        """
        if type(self._model()).score is ClassifierMixin.score and not params:
            return accuracy_score(self._known(y), self.predict(X))
        return self._call("score", X, self._known(y), params=params)

    # ------------------------------------------------------------------ what the learner is
    def get_metadata_routing(self) -> MetadataRouter:
        """How metadata is routed to the estimator and the surrogate.

        Returns
        -------
        routing : MetadataRouter
            For scikit-learn's metadata routing.
        """
        fit = MethodMapping().add(caller="fit", callee="fit")
        both = copy.deepcopy(fit)
        for method in METHODS:
            both.add(caller=method, callee=method)
        router = MetadataRouter(owner=self).add_self_request(self)
        router.add(estimator=self.estimator, method_mapping=both)
        if self.surrogate is not None:
            router.add(surrogate=self.surrogate, method_mapping=fit)
        return router

    def __sklearn_tags__(self) -> Tags:
        replays = self.replay_budget is not None
        return tags_of(self.estimator, self.surrogate, replays=replays)

    def _html_repr(self) -> str:
        return html_of(self, self.__dict__.get("_session"))

    # ------------------------------------------------------------------ how
    def _call(self, method: str, *args: Any, params: dict[str, Any]) -> Any:
        """A method of the fitted estimator, X checked, params routed."""
        model = self._model()
        _raise_for_params(params, self, method)
        routed = process_routing(self, method, **params).estimator[method] if params else {}
        X, *rest = args
        return getattr(model, method)(self._checked(X), *rest, **routed)

    def _checked(self, X: Any) -> Any:
        """X as it is, its number and names of features compared with those of `fit`."""
        self._session.reader.check_columns(X)
        return X

    def _known(self, y: Any) -> np.ndarray:
        """Labels to score against, none missing."""
        missing = is_missing(label_array(y), self.missing_label)
        if missing.any():
            raise ValueError(
                f"{np.count_nonzero(missing)} of the {len(missing)} labels to score against are "
                "missing: score on rows whose labels are known."
            )
        return self._session.reader.labels(y)[0]
