"""What the training objective of a fitted model is made of, and why it is not known."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import (
    ARDRegression,
    ElasticNet,
    ElasticNetCV,
    Lars,
    LassoCV,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Perceptron,
    Ridge,
    RidgeClassifier,
    RidgeClassifierCV,
    SGDClassifier,
)
from sklearn.linear_model._base import LinearModel
from sklearn.model_selection._search import BaseSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from skal.models.class_weights import class_weights, recounted_class_weights
from skal.models.kinds import is_net


class Unknown(NamedTuple):
    """Why the ridge of a model is not known, and what helps."""

    reason: str
    helps: str  # "max_iter": fitting on; "ridge": saying it; "surrogate": another model only


ONE_AGAINST_THE_REST = Unknown("it fits one class against the rest, each on its own", "surrogate")


def why_unknown(estimator: Any) -> Unknown | None:
    """Why the last layer of a fitted model says no ridge; None where that is not known either."""
    if isinstance(estimator, Pipeline):
        return why_unknown(estimator.steps[-1][1])
    if isinstance(estimator, BaseSearchCV):
        return why_unknown(estimator.best_estimator_)
    if hasattr(estimator, "estimator_"):  # a threshold around a classifier
        return why_unknown(estimator.estimator_)
    if isinstance(estimator, CalibratedClassifierCV):
        return Unknown("its probabilities are calibrated after the fit", "surrogate")
    if isinstance(estimator, OneVsRestClassifier):
        return ONE_AGAINST_THE_REST
    if isinstance(estimator, TransformedTargetRegressor):
        return Unknown("its errors are those of a transformed y", "surrogate")
    if isinstance(estimator, LogisticRegression | LogisticRegressionCV):
        return _of_logistic(estimator)
    return _of_other_linear(estimator) or _of_others(estimator)


def reason_unknown(estimator: Any) -> Unknown:
    """Return why the last layer of a fitted model says no ridge, whatever model it is."""
    return why_unknown(estimator) or Unknown("its last layer says no ridge", "ridge")


def label_weights(
    estimator: Any, y: np.ndarray, sample_weight: np.ndarray | None, classes: np.ndarray
) -> np.ndarray | None:
    """What the loss of a row of each class is multiplied by; None where all count alike.

    Parameters
    ----------
    estimator : estimator
        A fitted one.
    y : ndarray of shape (n,)
        The labels that it was fitted on.
    sample_weight : ndarray of shape (n,) or None
        The weights that it was fitted with.
    classes : ndarray of shape (k,)
        The classes that it has seen.
    """
    of_rows = class_weights(getattr(estimator, "estimator_", estimator), y, sample_weight)
    if of_rows is None:
        return None
    seen, first = np.unique(y, return_index=True)
    return of_rows[first[np.searchsorted(seen, classes)]]


def recounted_label_weights(
    estimator: Any,
    y: np.ndarray,
    sample_weight: np.ndarray | None,
    classes: np.ndarray,
    new: np.ndarray | None = None,
) -> np.ndarray | None:
    """`label_weights` after a refit with one more row (k×k): a row for each class of that row.

    None where they stay as they are.

    Parameters
    ----------
    estimator, y, sample_weight, classes
        As for `label_weights`.
    new : ndarray of shape (L, k), default=None
        How many new rows of each class there are in each of L cases, in place of one row.
    """
    seen = np.unique(y)
    places = np.searchsorted(seen, classes)
    of_seen = np.eye(len(seen))[places]
    if new is not None:
        of_seen = new @ of_seen
    inner = getattr(estimator, "estimator_", estimator)
    after = recounted_class_weights(inner, y, sample_weight, of_seen)
    return None if after is None else after[:, places]


def _of_logistic(estimator):
    """Of logistic regression."""
    several = len(estimator.classes_) > 2
    rest = getattr(estimator, "multi_class", None) == "ovr" or estimator.solver == "liblinear"
    l1_ratio = getattr(estimator, "l1_ratio_", getattr(estimator, "l1_ratio", None))
    penalty = getattr(estimator, "penalty", "l2")
    some_l1 = np.any(
        np.array([v or 0.0 for v in np.ravel(np.asarray(l1_ratio))], dtype=np.float64) > 0
    )
    if penalty == "l1" or (penalty != "l2" and some_l1):
        return Unknown("its penalty is not smooth (L1)", "surrogate")
    if several and rest:
        return ONE_AGAINST_THE_REST
    if not getattr(estimator, "refit", True):
        return Unknown("its weights are means over several fits (refit=False)", "surrogate")
    if np.any(np.asarray(estimator.n_iter_) >= estimator.max_iter):
        return Unknown(
            f"the fit stopped at max_iter={estimator.max_iter} and did not reach the optimum",
            "max_iter",
        )
    return None


def _of_other_linear(estimator):
    """Of linear models with other losses and penalties."""
    if isinstance(estimator, LinearSVC | Perceptron):
        return Unknown("its losses are hinge losses, not log losses", "surrogate")
    if isinstance(estimator, SGDClassifier):
        if estimator.loss != "log_loss":
            return Unknown(f"its losses are {estimator.loss!r}, not log losses", "surrogate")
        if estimator.penalty not in ("l2", None):
            return Unknown("its penalty is not smooth (L1)", "surrogate")
        if len(estimator.classes_) > 2:
            return ONE_AGAINST_THE_REST
        return Unknown("stochastic gradients stop before the optimum", "ridge")
    if isinstance(estimator, RidgeClassifier | RidgeClassifierCV):
        return Unknown("its losses are squared errors, not log losses", "surrogate")
    if isinstance(estimator, LinearDiscriminantAnalysis):
        return Unknown("a discriminant is fitted to means and covariances, not by losses", "ridge")
    if isinstance(estimator, ElasticNet | ElasticNetCV | Lars | LassoCV):
        return Unknown("its penalty is not smooth (L1)", "surrogate")
    return None


def _of_others(estimator):
    """Of regressions that do have a ridge but for a setting, of nets, and of what is left."""
    if isinstance(estimator, LinearRegression | Ridge) and estimator.positive:
        return Unknown("its weights are bounded (positive=True)", "surrogate")
    if isinstance(estimator, Ridge):
        steps, most = estimator.n_iter_, estimator.max_iter
        if steps is not None and most is not None and np.any(np.asarray(steps) >= most):
            return Unknown(f"the fit stopped at max_iter={most}", "max_iter")
        return Unknown("its outputs have penalties of their own", "surrogate")
    if isinstance(estimator, ARDRegression):
        return Unknown("it leaves features out as it is fitted", "surrogate")
    if is_net(estimator) or isinstance(estimator, MLPClassifier | MLPRegressor):
        return Unknown("a net is trained by gradients, and stops before the optimum", "ridge")
    if isinstance(estimator, LinearModel):
        return Unknown("its losses are no half squared errors", "surrogate")
    return None
