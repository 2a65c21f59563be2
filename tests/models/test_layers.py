"""The record of a last layer."""

import inspect

import numpy as np
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skal import ActiveLearner
from skal.models import LastLayer, last_layer
from tests.models.problems import X, Y


def test_sparse_rows_stay_sparse():
    S = sparse.csr_matrix(X)
    layer = last_layer(LogisticRegression().fit(S, Y), S)
    assert sparse.issparse(layer.features)
    np.testing.assert_allclose(layer.decision, LogisticRegression().fit(S, Y).decision_function(S))


def test_views_join_blocks():
    y = np.where(np.arange(120) % 3 == 0, Y, np.nan)
    learner = ActiveLearner(make_pipeline(StandardScaler(), SVC())).fit(X, y)
    whole = learner.query_state().pool.last_layer
    with config_context(working_memory=0.02):
        blocks = learner.query_state().pool.last_layer
    np.testing.assert_allclose(blocks.features, whole.features)
    np.testing.assert_allclose(blocks.proba, whole.proba)
    part = learner.query_state().pool.part(np.array([4, 2])).last_layer
    np.testing.assert_allclose(part.features, whole.features[[4, 2]])


def test_the_old_name_of_the_ridge():
    layer = LastLayer(X, None, False, 2.0)
    with pytest.warns(DeprecationWarning, match="read layer.ridge"):
        assert layer.penalty == layer.ridge == 2.0
    with pytest.raises(TypeError, match="the curvature is called ridge="):
        LastLayer(X, None, False, penalty=2.0)
    assert list(inspect.signature(LastLayer).parameters)[3] == "ridge"
