"""Estimators around estimators: the last layer of what is inside."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skal.models import last_layer
from tests.models.problems import (
    TIGHT,
    T,
    X,
    Y,
    check_decision,
    check_gradient,
    check_gradient_of_regression,
    fitted,
)

CLASSIFIERS = [
    make_pipeline(StandardScaler(), LogisticRegression(**TIGHT)),
    make_pipeline(Nystroem(n_components=30, random_state=0), LogisticRegression(**TIGHT)),
    GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression(**TIGHT)),
        {"logisticregression__C": [0.1, 1]},
    ),
    OneVsRestClassifier(LogisticRegression()),
]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=lambda e: type(e).__name__)
def test_the_decision_is_reproduced(estimator, n_classes):
    check_decision(estimator, n_classes)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_gradient_of_a_pipeline_vanishes(n_classes):
    check_gradient(make_pipeline(StandardScaler(), LogisticRegression(**TIGHT)), n_classes)


@pytest.mark.parametrize("outputs", [1, 2])
def test_the_gradient_of_a_regression_vanishes(outputs):
    check_gradient_of_regression(TransformedTargetRegressor(Ridge(), func=None), outputs)


@pytest.mark.parametrize(
    "estimator",
    [
        OneVsRestClassifier(LogisticRegression()),
        CalibratedClassifierCV(LogisticRegression()),
    ],
    ids=lambda e: type(e).__name__,
)
def test_no_ridge_where_the_objective_has_no_hessian_at_its_optimum(estimator):
    assert last_layer(fitted(estimator, Y), X).ridge is None


def test_a_target_in_another_space():
    model = TransformedTargetRegressor(Ridge(), transformer=StandardScaler()).fit(X, T)
    layer = last_layer(model, X)
    assert layer.ridge is None
    np.testing.assert_allclose(layer.prediction[:, 0], model.predict(X))


def test_calibrated_models_show_the_inner_one():
    inner = LogisticRegression()
    for ensemble in (True, False):
        model = CalibratedClassifierCV(inner, ensemble=ensemble).fit(X, Y)
        layer = last_layer(model, X)
        expected = model.calibrated_classifiers_[0].estimator.decision_function(X)
        np.testing.assert_allclose(layer.decision, expected)
        np.testing.assert_allclose(layer.proba, model.predict_proba(X))


def test_what_nystroem_leaves_out():
    """Nyström features approximate the kernel; the error is what the components leave out."""
    errors = []
    for n in (10, 40, 120):
        pipe = make_pipeline(
            Nystroem(n_components=n, gamma=0.1, random_state=0), LogisticRegression()
        )
        Z = last_layer(pipe.fit(X, Y), X).features
        exact = np.exp(-0.1 * ((X[:, None] - X[None]) ** 2).sum(axis=2))
        errors.append(np.abs(Z @ Z.T - exact).max())
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-6


def test_features_of_their_own_have_no_one_last_layer():
    with pytest.raises(TypeError, match="see features of their own"):
        last_layer(OneVsRestClassifier(SVC()).fit(X, Y), X)
