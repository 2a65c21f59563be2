"""Weights of classes as the estimators themselves apply them."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal.models import class_weights

X = np.random.default_rng(0).normal(size=(60, 3))
Y = np.repeat(["a", "b", "c"], [40, 15, 5])


@pytest.mark.parametrize("given", ["balanced", {"a": 0.5, "b": 2.0, "c": 7.0}])
@pytest.mark.parametrize("weights", [None, np.arange(1.0, 61)], ids=["alike", "weighted"])
def test_a_fit_with_them_as_sample_weights_is_the_same(given, weights):
    model = LogisticRegression(class_weight=given, tol=1e-10, max_iter=1000)
    model.fit(X, Y, sample_weight=weights)
    of_rows = class_weights(model, Y, weights) * (1 if weights is None else weights)
    plain = LogisticRegression(tol=1e-10, max_iter=1000).fit(X, Y, sample_weight=of_rows)
    np.testing.assert_allclose(plain.coef_, model.coef_, atol=1e-5)


def test_they_are_found_inside_of_other_estimators():
    model = LogisticRegression(class_weight={"a": 1, "b": 2, "c": 3})
    expected = class_weights(model.fit(X, Y), Y)
    assert np.unique(expected).tolist() == [1, 2, 3]
    for outer in (
        make_pipeline(StandardScaler(), model),
        GridSearchCV(model, {"C": [1.0]}, cv=2),
        CalibratedClassifierCV(make_pipeline(StandardScaler(), model), cv=2),
    ):
        np.testing.assert_array_equal(class_weights(outer.fit(X, Y), Y), expected)


@pytest.mark.parametrize("estimator", [LogisticRegression(), Ridge(), None])
def test_where_there_are_none_all_rows_count_alike(estimator):
    assert class_weights(estimator, Y) is None
