"""Spaces of a state: where rows of its views lie."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.datasets import make_blobs
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from skal import ActiveLearner
from skal.models import leaves, weighted_features
from skal.strategies import MaxHerding, Random


def state_of(estimator, X, y, **kwargs):
    return ActiveLearner(estimator, random_state=0, **kwargs).fit(X, y).query_state()


def test_rows_of_views_lie_in_the_same_space(blobs):
    X, _, y = blobs
    state = state_of(RandomForestClassifier(7, random_state=0), X, y)
    space = state.space()
    model = state.pool.model
    np.testing.assert_array_equal(space.of(state.pool).numbers, leaves(model, X[12:]))
    np.testing.assert_array_equal(space.of(state.labelled).numbers, leaves(model, X[:12]))
    part = space.of(state.pool).part(np.array([3, 1]))
    np.testing.assert_array_equal(part.numbers, space.of(state.pool.part(np.array([3, 1]))).numbers)
    assert len(part) == 2


def test_kinds_of_space(blobs):
    X, _, y = blobs
    state = state_of(make_pipeline(StandardScaler(), LogisticRegression()), X, y)
    scaled = state.pool.model[0].transform(X[12:])
    for kind in ("features", "columns"):
        np.testing.assert_allclose(state.space(kind).of(state.pool).features, scaled)
    weighted = state.space().of(state.pool).features
    np.testing.assert_allclose(weighted, weighted_features(state.pool.last_layer))


def test_a_forest_beside_is_fitted_on_the_labels(blobs):
    X, _, y = blobs
    spaces = [state_of(HistGradientBoostingClassifier(max_iter=3), X, y).space() for _ in range(2)]
    assert spaces[0].kind == "leaves"
    assert isinstance(spaces[0].model, RandomForestClassifier)
    assert spaces[0].model.score(X[:12], y[:12]) > 0.9
    state = state_of(HistGradientBoostingClassifier(max_iter=3), X, y)
    one, two = (space.of(state.pool).numbers for space in spaces)
    np.testing.assert_array_equal(one, two)


def test_without_a_model_rows_lie_where_they_are(blobs):
    X, _, _ = blobs
    state = state_of(LogisticRegression(), X, [None] * 90, strategy=Random(), initial=MaxHerding())
    np.testing.assert_array_equal(state.space().of(state.pool).features, X)


def test_other_kinds_are_refused(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="kind='leaves' must be 'model', 'features' or 'columns'"):
        state_of(LogisticRegression(), X, y).space("leaves")


def test_columns_must_be_numbers():
    X = np.array([["a"], ["b"], ["a"], ["b"]], dtype=object)
    state = state_of(make_pipeline(OneHotEncoder(), KNeighborsClassifier(1)), X, [0, 1, None, None])
    assert state.space().of(state.pool).features.shape == (2, 2)  # what the neighbours see

    class OfText(GaussianNB):
        """Sees the length of a text."""

        def fit(self, X, y):
            return super().fit([[len(x[0])] for x in X], y)

        def predict_proba(self, X):
            return super().predict_proba([[len(x[0])] for x in X])

    state = state_of(OfText(), X, [0, 1, None, None], strategy=Random())
    assert not state.space().has_distances(state.pool)
    with pytest.raises(TypeError, match="Distances between input columns require numbers"):
        state.space().of(state.pool)


def test_columns_must_be_finite(blobs):
    X, _, y = blobs

    class Tolerant(GaussianNB):
        """Takes NaN for 0."""

        def fit(self, X, y):
            return super().fit(np.nan_to_num(X), y)

        def predict_proba(self, X):
            return super().predict_proba(np.nan_to_num(X))

        def __sklearn_tags__(self):
            tags = super().__sklearn_tags__()
            tags.input_tags.allow_nan = True
            return tags

    X[40, 0] = np.nan
    state = state_of(Tolerant(), X, y, strategy=Random())
    assert not state.space().has_distances(state.pool)
    assert state.space().has_distances(state.labelled)
    with pytest.raises(ValueError, match="contain NaN or infinity, so distances"):
        state.space().of(state.pool)


def test_features_of_a_kernel_machine_need_no_probabilities(blobs, monkeypatch):
    X, _, y = blobs
    learner = ActiveLearner(SVC()).fit(X, y)
    expected = learner.query_state().pool.features
    state = learner.query_state()
    monkeypatch.setattr(SVC, "decision_function", None)
    np.testing.assert_array_equal(state.space().of(state.pool).features, expected)


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_forest_beside_boosting_is_fitted_with_its_sample_weights(wrapped):
    """Rows of weight 0 do not matter: with their labels flipped the forest is the same."""
    X, truth = make_blobs(90, 4, centers=3, cluster_std=4, random_state=0)
    weights = np.where(np.arange(90) % 3, 1.0, 0.0)
    flipped = np.where(weights > 0, truth, (truth + 1) % 3)
    numbers = []
    with config_context(enable_metadata_routing=True):
        model = HistGradientBoostingClassifier(max_iter=3).set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        model = make_pipeline(scaler, model) if wrapped else model
        for labels in (truth, flipped):
            y = np.where(np.arange(90) < 60, labels, -1)
            learner = ActiveLearner(model, Random(), missing_label=-1, random_state=0)
            state = learner.fit(X, y, sample_weight=weights).query_state()
            numbers.append(state.space().of(state.pool).numbers)
    np.testing.assert_array_equal(*numbers)


def test_weights_of_boosting_outside_of_the_context_in_which_they_were_routed(blobs):
    X, _, y = blobs
    model = HistGradientBoostingClassifier(max_iter=3)
    with config_context(enable_metadata_routing=True):
        model.set_fit_request(sample_weight=True)
        learner = ActiveLearner(model, MaxHerding(), random_state=0)
        learner.fit(X, y, sample_weight=np.arange(len(X)) + 1.0)
    assert len(learner.query(batch_size=3)) == 3
