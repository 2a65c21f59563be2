"""Support vector machines: the decision is reproduced from kernels with the support vectors."""

import pytest
from sklearn.svm import SVC, SVR, NuSVC, NuSVR

from skal.models import last_layer
from tests.models.problems import X, Y, check_decision, check_regression_without_a_ridge, fitted

CLASSIFIERS = [
    SVC(decision_function_shape="ovo"),
    SVC(kernel="linear", decision_function_shape="ovo"),
    NuSVC(kernel="poly", degree=2, decision_function_shape="ovo"),
    SVC(kernel=lambda A, B: (A @ B.T + 1) ** 2, decision_function_shape="ovo"),
]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=lambda e: type(e).__name__)
def test_the_decision_is_reproduced(estimator, n_classes):
    check_decision(estimator, n_classes)


@pytest.mark.parametrize(
    "estimator",
    CLASSIFIERS,
    ids=lambda e: type(e).__name__,
)
def test_no_ridge_where_the_objective_has_no_hessian_at_its_optimum(estimator):
    assert last_layer(fitted(estimator, Y), X).ridge is None


@pytest.mark.parametrize(
    "estimator",
    [SVR(), SVR(kernel="linear"), NuSVR()],
    ids=lambda e: type(e).__name__,
)
def test_other_regressions(estimator):
    check_regression_without_a_ridge(estimator)
