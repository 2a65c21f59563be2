"""Where models see rows."""

import numpy as np
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.utils.metadata_routing import get_routing_for_object

from skal.models import (
    LastLayer,
    columns_seen,
    forest_beside,
    kernel_features_alone,
    last_layer,
    leaves,
    natural_space,
    weighted_features,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y = (X[:, 0] + X[:, 1] > 0).astype(int) + (X[:, 2] > 1)


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (LogisticRegression(), "weighted"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "weighted"),
        (LinearSVC(), "weighted"),
        (SVC(kernel="linear"), "weighted"),
        (SVC(), "features"),
        (Ridge(), "weighted"),
        (RandomForestClassifier(3), "leaves"),
        (make_pipeline(StandardScaler(), GridSearchCV(SVC(), {"C": [1]}, cv=2)), "features"),
        (HistGradientBoostingClassifier(max_iter=2), "beside"),
        (MLPClassifier((3,), solver="lbfgs", alpha=1.0, max_iter=5000, random_state=0), "columns"),
        (KNeighborsClassifier(), "columns"),
        (make_pipeline(StandardScaler(), GaussianNB()), "columns"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_each_model_has_a_space(model, kind):
    assert natural_space(model.fit(X, Y)) == kind


def test_a_feature_that_weighs_more_is_longer():
    layer = last_layer(LogisticRegression().fit(X, Y), X)
    W = LogisticRegression().fit(X, Y).coef_.T
    W = W - W.mean(axis=1, keepdims=True)
    lengths = [sum(w * w) for w in W]
    expected = [np.sqrt((1 + length / np.mean(lengths)) / 2) for length in lengths]
    np.testing.assert_allclose(weighted_features(layer), X * expected)
    thin = LastLayer(
        sparse.csr_matrix(X), layer.weights, True, None, layer.proba, None, layer.classes
    )
    np.testing.assert_allclose(weighted_features(thin).toarray(), X * expected)


def test_without_weights_features_are_as_they_are():
    layer = LastLayer(X, np.zeros((5, 2)), True, prediction=np.zeros((60, 2)))
    np.testing.assert_array_equal(weighted_features(layer), X)


def test_the_last_step_sees_what_the_others_make():
    model = make_pipeline(StandardScaler(), GaussianNB()).fit(X, Y)
    np.testing.assert_allclose(columns_seen(model, X), StandardScaler().fit_transform(X))


def test_a_forest_stands_beside_trees_that_hide_their_leaves():
    model = make_pipeline(StandardScaler(), HistGradientBoostingClassifier(max_iter=2)).fit(X, Y)
    beside = forest_beside(model, X)
    assert [name for name, _ in beside.steps] == ["standardscaler", "forest"]
    assert leaves(beside.fit(X, Y), X).shape == (60, 100)


@pytest.mark.parametrize("asked", [True, False, "importance"])
def test_the_forest_gets_the_sample_weights_of_the_model(asked):
    with config_context(enable_metadata_routing=True):
        model = HistGradientBoostingClassifier(max_iter=2).set_fit_request(sample_weight=asked)
        forest = forest_beside(model.fit(X, Y), X)
        assert get_routing_for_object(forest).fit.requests["sample_weight"] == asked


def test_the_forest_takes_categories_and_missing_values():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": X[:, 0], "b": pandas.Categorical(list("xyz") * 20)})
    frame.loc[3, "a"] = np.nan
    frame.loc[4, "b"] = None
    model = HistGradientBoostingClassifier(max_iter=2, categorical_features="from_dtype")
    beside = forest_beside(model.fit(frame, Y), frame).fit(frame, Y)
    assert leaves(beside, frame).shape == (60, 100)


@pytest.mark.parametrize(
    "model",
    [
        SVC(),
        SVC(kernel="poly", degree=2),
        make_pipeline(StandardScaler(), SVC()),
        GridSearchCV(SVC(), {"C": [1.0]}, cv=2),
    ],
    ids=["rbf", "poly", "pipeline", "search"],
)
def test_features_of_a_kernel_machine_without_its_decisions(model):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 3)), np.tile([0, 1, 2, 1], 10)
    model.fit(X, y)
    np.testing.assert_array_equal(kernel_features_alone(model, X), last_layer(model, X).features)
    for other in (SVC(kernel="linear"), LogisticRegression()):
        assert kernel_features_alone(other.fit(X, y), X) is None
