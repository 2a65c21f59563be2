"""Weights of classes as the estimators themselves apply them."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal.models import class_weights
from skal.models.class_weights import recounted_class_weights

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


@pytest.mark.parametrize("weights", [None, np.arange(1.0, 61)], ids=["alike", "weighted"])
@pytest.mark.parametrize("kind", [LogisticRegression, SGDClassifier])
def test_counted_anew_with_one_more_row_of_each_class(kind, weights):
    """As the estimators count themselves: once more, with the row appended."""
    model = kind(class_weight="balanced").fit(X, Y)
    found = recounted_class_weights(make_pipeline(StandardScaler(), model), Y, weights)
    more = None if weights is None else np.append(weights, 1)
    for row, label in zip(found, "abc", strict=True):
        of_rows = class_weights(model, np.append(Y, label), more)
        np.testing.assert_allclose(row, of_rows[[0, 40, 55]])


@pytest.mark.parametrize("given", [None, {"a": 1, "b": 2, "c": 3}])
def test_weights_that_no_row_changes(given):
    assert recounted_class_weights(LogisticRegression(class_weight=given), Y) is None
