"""What is said of training objectives, against the objectives themselves."""

import warnings

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import (
    ARDRegression,
    ElasticNet,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Perceptron,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skal.models import label_weights, last_layer, recounted_label_weights, why_unknown
from tests.models.problems import TIGHT, T, X, Y

TWO = np.minimum(Y, 1)


def fitted(estimator, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence, and of what scikit-learn will rename
        return estimator.fit(X, y)


def l1(**params):
    return LogisticRegression(solver="saga", **params)


def pure_l1(**params):
    """Without ridge, in the words of this release of scikit-learn."""
    if "l1_ratio" in LogisticRegression._parameter_constraints and (
        LogisticRegression().penalty == "deprecated"
    ):
        return l1(l1_ratio=1.0, **params)
    return l1(penalty="l1", **params)


UNKNOWN = [
    (pure_l1(), Y, "not smooth", "surrogate"),
    (LogisticRegression(solver="liblinear"), TWO, None, None),
    (LogisticRegression(max_iter=2), Y, "stopped at max_iter=2", "max_iter"),
    (make_pipeline(StandardScaler(), LogisticRegression(max_iter=2)), Y, "max_iter=2", "max_iter"),
    (GridSearchCV(pure_l1(), {"C": [1.0]}, cv=2), Y, "not smooth", "surrogate"),
    (FixedThresholdClassifier(LogisticRegression(max_iter=2)), TWO, "max_iter=2", "max_iter"),
    (CalibratedClassifierCV(LogisticRegression()), Y, "calibrated after the fit", "surrogate"),
    (OneVsRestClassifier(LogisticRegression()), Y, "one class against the rest", "surrogate"),
    (TransformedTargetRegressor(Ridge()), T, "a transformed y", "surrogate"),
    (LogisticRegressionCV(Cs=2, cv=2, refit=False), Y, "means over several fits", "surrogate"),
    (LinearSVC(), Y, "hinge losses", "surrogate"),
    (Perceptron(), Y, "hinge losses", "surrogate"),
    (SGDClassifier(), Y, "losses are 'hinge'", "surrogate"),
    (SGDClassifier(loss="log_loss", penalty="l1"), Y, "not smooth", "surrogate"),
    (SGDClassifier(loss="log_loss"), TWO, "stochastic gradients", "ridge"),
    (SGDClassifier(loss="log_loss"), Y, "one class against the rest", "surrogate"),
    (RidgeClassifier(), Y, "squared errors", "surrogate"),
    (LinearDiscriminantAnalysis(), Y, "means and covariances", "ridge"),
    (ElasticNet(), T, "not smooth", "surrogate"),
    (Lasso(), T, "not smooth", "surrogate"),
    (LinearRegression(positive=True), X.sum(1), "positive=True", "surrogate"),
    (Ridge(positive=True), T, "positive=True", "surrogate"),
    (Ridge(solver="sag", max_iter=1), T, "stopped at max_iter=1", "max_iter"),
    (ARDRegression(), T, "leaves features out", "surrogate"),
    (HuberRegressor(), T, "no half squared errors", "surrogate"),
    (MLPClassifier(max_iter=2), Y, "trained by gradients", "ridge"),
    (GaussianNB(), Y, None, None),
    (LogisticRegression(**TIGHT), Y, None, None),
    (LogisticRegressionCV(Cs=2, cv=2, **TIGHT), Y, None, None),
]


@pytest.mark.parametrize(("estimator", "y", "reason", "helps"), UNKNOWN, ids=lambda v: str(v)[:30])
def test_the_one_reason_why_an_objective_is_not_known(estimator, y, reason, helps):
    found = why_unknown(fitted(estimator, y))
    if reason is None:
        assert found is None
    else:
        assert reason in found.reason
        assert found.helps == helps


@pytest.mark.parametrize("y", [Y, TWO], ids=["three classes", "two classes"])
@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(**TIGHT),
        pure_l1(**TIGHT),
        LogisticRegression(max_iter=3, tol=1e-12),
        LogisticRegression(C=50.0, **TIGHT),
    ],
    ids=["fitted", "L1", "stopped", "weak ridge"],
)
def test_a_ridge_is_said_where_and_only_where_it_explains_the_weights(estimator, y):
    """Losses and C‖w‖²/2 balance at the fitted weights, computed here from scikit-learn alone."""
    model = fitted(estimator, y)
    P, W = model.predict_proba(X), model.coef_
    residual = P - (y[:, None] == model.classes_)
    gradient = model.C * (residual.T @ X)
    gradient = gradient[1:] + W if len(W) == 1 else gradient + W
    balanced = np.abs(gradient).max() < 1e-4 * max(1.0, model.C)
    assert (why_unknown(model) is None) == balanced
    assert (last_layer(model, X).ridge is not None) == balanced


@pytest.mark.parametrize("weight", ["balanced", {0: 2.0, 1: 0.25, 2: 7.0}, {1: 3.0}], ids=str)
@pytest.mark.parametrize("rows", [None, np.linspace(0.1, 3, len(Y))], ids=["alike", "weighted"])
def test_label_weights_as_sample_weights_give_the_same_fit(weight, rows):
    model = LogisticRegression(class_weight=weight, **TIGHT).fit(X, Y, sample_weight=rows)
    found = label_weights(model, Y, rows, model.classes_)
    by_row = found[Y] if rows is None else found[Y] * rows
    same = LogisticRegression(**TIGHT).fit(X, Y, sample_weight=by_row)
    np.testing.assert_allclose(same.coef_, model.coef_, atol=1e-6)
    few = label_weights(model, Y, rows, np.array([0, 2]))
    np.testing.assert_array_equal(few, found[[0, 2]])


def test_label_weights_through_a_threshold_and_without_any():
    inner = LogisticRegression(class_weight="balanced")
    model = FixedThresholdClassifier(inner).fit(X, TWO)
    counts = np.bincount(TWO)
    expected = len(TWO) / (2 * counts)
    np.testing.assert_allclose(label_weights(model, TWO, None, np.array([0, 1])), expected)
    plain = LogisticRegression().fit(X, Y)
    assert label_weights(plain, Y, None, plain.classes_) is None


def test_label_weights_after_a_refit_with_one_more_row():
    inner = LogisticRegression(class_weight="balanced")
    model, classes = FixedThresholdClassifier(inner).fit(X, TWO), np.array([0, 1])
    found = recounted_label_weights(model, TWO, None, classes)
    for label in classes:
        expected = label_weights(model, np.append(TWO, label), None, classes)
        np.testing.assert_allclose(found[label], expected)
    several = inner.fit(X, Y)
    every = recounted_label_weights(several, Y, None, several.classes_)
    few = recounted_label_weights(several, Y, None, np.array([0, 2]))
    np.testing.assert_array_equal(few, every[[0, 2]][:, [0, 2]])
    plain = LogisticRegression().fit(X, Y)
    assert recounted_label_weights(plain, Y, None, plain.classes_) is None
