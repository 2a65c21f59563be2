"""Linear and logistic models, ridge, stochastic gradients, discriminants, linear SVMs."""

from typing import Any

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Ridge,
    RidgeCV,
    SGDRegressor,
)
from sklearn.linear_model._base import LinearClassifierMixin, LinearModel
from sklearn.svm import LinearSVR

from skal.models.layers import LastLayer, as_features, stack, two_columns
from skal.models.objectives import why_unknown
from skal.models.outputs import class_proba
from skal.models.readers import last_layer


@last_layer.register(LinearClassifierMixin, LinearDiscriminantAnalysis)
def linear_classifier(estimator: Any, X: Any) -> LastLayer:
    """Classifiers with one vector a class, whose objective is not the log loss."""
    return _classifier(estimator, X, ridge=None)


@last_layer.register(LogisticRegression, LogisticRegressionCV)
def logistic(estimator: Any, X: Any) -> LastLayer:
    """Logistic regression: Σ log loss + ‖W‖²/(2C), the intercept free except with liblinear.

    Of two classes ‖w‖²/(2C) is ‖Θ‖²/C, so that the curvature is 2/C.
    """
    curvature = _logistic_curvature(estimator)
    if curvature is None:
        return _classifier(estimator, X, ridge=None)
    if len(estimator.classes_) == 2 and not _softmax_of_two(estimator):
        curvature *= 2  # ‖w‖² = 2‖[−w/2, w/2]‖²
    ridge = np.full(estimator.coef_.shape[1], curvature)
    if _has_intercept(estimator):
        free = estimator.solver != "liblinear"
        on_intercept = 0 if free else curvature / estimator.intercept_scaling**2
        ridge = np.append(ridge, on_intercept)
    return _classifier(estimator, X, ridge)


@last_layer.register(LinearModel, SGDRegressor, LinearSVR)
def linear_regressor(estimator: Any, X: Any) -> LastLayer:
    """Regressions that are linear, whose objective is not smooth or not half squared errors."""
    return _regressor(estimator, X, ridge=None)


@last_layer.register(LinearRegression)
def least_squares(estimator: Any, X: Any) -> LastLayer:
    """Least squares, without a ridge."""
    ridge = None if estimator.positive else 0.0  # a bound is no smooth objective
    return _regressor(estimator, X, ridge)


@last_layer.register(Ridge, RidgeCV)
def ridge(estimator: Any, X: Any) -> LastLayer:
    """½ Σ squared errors + ½ α‖w‖², the intercept free."""
    alpha = np.asarray(estimator.alpha_ if hasattr(estimator, "alpha_") else estimator.alpha)
    one_for_all = alpha.ndim == 0 or (alpha == alpha.flat[0]).all()
    steps = getattr(estimator, "n_iter_", None)
    limit = getattr(estimator, "max_iter", None)
    finished = steps is None or limit is None or np.all(np.asarray(steps) < limit)
    smooth = one_for_all and finished and not getattr(estimator, "positive", False)
    return _regressor(estimator, X, float(alpha.flat[0]) if smooth else None)


@last_layer.register(BayesianRidge, ARDRegression)
def bayesian_ridge(estimator: Any, X: Any) -> LastLayer:
    """The posterior mean is a ridge regression with α = λ/noise precision, if nothing is pruned."""
    pruned = isinstance(estimator, ARDRegression) and not estimator.coef_.all()
    return _regressor(estimator, X, None if pruned else estimator.lambda_ / estimator.alpha_)


def _logistic_curvature(estimator: Any) -> float | None:
    """1/C, or None where the objective has no Hessian at its optimum or was not minimised."""
    if why_unknown(estimator) is not None:
        return None
    C = _numbers(getattr(estimator, "C_", getattr(estimator, "C", None)))
    return 0.0 if getattr(estimator, "penalty", "l2") is None else float(1 / C[0])


def _softmax_of_two(estimator: Any) -> bool:
    """Whether two classes are given ±w (multi_class="multinomial", before scikit-learn 1.8)."""
    return getattr(estimator, "multi_class", None) == "multinomial"


def _numbers(values):
    return np.array([0.0 if v is None else v for v in np.ravel(values)], dtype=float)


def _has_intercept(estimator: Any) -> bool:
    return getattr(estimator, "fit_intercept", True)


def _classifier(estimator, X, ridge):
    weights = two_columns(stack(estimator.coef_, estimator.intercept_, _has_intercept(estimator)))
    if weights.shape[1] == 2 and _softmax_of_two(estimator):
        weights = 2 * weights
    return LastLayer(
        features=as_features(X),
        weights=weights,
        intercept=_has_intercept(estimator),
        ridge=ridge,
        proba=class_proba(estimator, X, estimator.classes_),
        classes=estimator.classes_,
    )


def _regressor(estimator, X, ridge):
    intercept = _has_intercept(estimator)
    weights = stack(estimator.coef_, estimator.intercept_, intercept)
    if ridge is not None:
        ridge = np.append(
            np.broadcast_to(ridge, weights.shape[0] - intercept), np.zeros(int(intercept))
        )
    prediction = estimator.predict(X)
    return LastLayer(
        features=as_features(X),
        weights=weights,
        intercept=intercept,
        ridge=ridge,
        prediction=prediction.reshape(len(prediction), -1),
    )
