"""Linear models: the decision is reproduced, and the objective is at its optimum."""

import numpy as np
import pytest
import scipy
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Perceptron,
    Ridge,
    RidgeClassifier,
    RidgeCV,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.svm import LinearSVC, LinearSVR

from skal.models import last_layer
from tests.models.problems import (
    TIGHT,
    X,
    Y,
    check_decision,
    check_gradient,
    check_gradient_of_regression,
    check_regression_without_a_ridge,
    fitted,
)

LOGISTIC = [
    LogisticRegression(**TIGHT),
    LogisticRegression(C=0.1, fit_intercept=False, **TIGHT),
    LogisticRegressionCV(Cs=3, **TIGHT),
]
OTHERS = [
    RidgeClassifier(),
    SGDClassifier(random_state=0),
    SGDClassifier(loss="log_loss", random_state=0),
    Perceptron(),
    LinearSVC(),
    LinearDiscriminantAnalysis(),
]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("estimator", [*LOGISTIC, *OTHERS], ids=lambda e: type(e).__name__)
def test_the_decision_is_reproduced(estimator, n_classes):
    check_decision(estimator, n_classes)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(**TIGHT),
        LogisticRegression(C=0.01, solver="newton-cg", **TIGHT),
        LogisticRegression(C=7, fit_intercept=False, **TIGHT),
        LogisticRegression(C=np.inf, **TIGHT),
        LogisticRegressionCV(Cs=3, **TIGHT),
    ],
    ids=repr,
)
def test_the_gradient_vanishes_at_the_fitted_weights(estimator, n_classes):
    check_gradient(estimator, n_classes)


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(solver="liblinear", intercept_scaling=3, **TIGHT),
        LogisticRegression(solver="liblinear", C=0.1, **TIGHT),
    ],
    ids=repr,
)
def test_the_gradient_of_liblinear_vanishes(estimator):
    check_gradient(estimator, 2)  # it is for two classes


@pytest.mark.parametrize(
    "estimator",
    [
        LinearRegression(),
        LinearRegression(fit_intercept=False),
        Ridge(alpha=3.0),
        RidgeCV(alphas=[0.1, 10]),
    ],
    ids=lambda e: type(e).__name__,
)
@pytest.mark.parametrize("outputs", [1, 2])
def test_the_gradient_of_a_regression_vanishes(estimator, outputs):
    check_gradient_of_regression(estimator, outputs)


@pytest.mark.parametrize(
    "estimator",
    [
        BayesianRidge(tol=1e-10, max_iter=2000),
        ARDRegression(tol=1e-10, threshold_lambda=1e12, max_iter=2000),
    ],
    ids=lambda e: type(e).__name__,
)
def test_the_gradient_of_a_bayesian_regression_vanishes(estimator):
    check_gradient_of_regression(estimator, 1)  # one output only


def test_no_ridge_where_weights_are_pruned():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(60, 6))
    model = ARDRegression().fit(rows, rows[:, 0] + 0.1 * rng.normal(size=60))
    assert not model.coef_.all()
    assert last_layer(model, rows).ridge is None


@pytest.mark.parametrize(
    "estimator",
    [
        *OTHERS,
        LogisticRegression(solver="saga", l1_ratio=0.5, penalty="elasticnet", **TIGHT),
        LogisticRegression(max_iter=1),
    ],
    ids=lambda e: type(e).__name__,
)
def test_no_ridge_where_the_objective_has_no_hessian_at_its_optimum(estimator):
    assert last_layer(fitted(estimator, Y), X).ridge is None


@pytest.mark.parametrize(
    "estimator",
    [
        Lasso(),
        ElasticNet(),
        SGDRegressor(),
        LinearSVR(),
        HuberRegressor(),
        pytest.param(
            LinearRegression(positive=True),
            marks=pytest.mark.skipif(
                scipy.__version__.startswith("1.13"), reason="its nnls goes round in circles here"
            ),
        ),
        Ridge(solver="sag", max_iter=1),
    ],
    ids=lambda e: type(e).__name__,
)
def test_other_regressions(estimator):
    check_regression_without_a_ridge(estimator)
