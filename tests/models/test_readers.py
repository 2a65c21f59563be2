"""Whose last layer is known, and how to add one."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.models import LastLayer, last_layer
from skal.strategies import CoreSet
from tests.models.problems import X, Y


def test_what_has_no_last_layer_names_the_surrogate():
    forest = RandomForestClassifier(2).fit(X, Y)
    with pytest.raises(TypeError, match=r"RandomForestClassifier is not known.*surrogate="):
        last_layer(forest, X)
    for estimator in (
        RandomForestClassifier(),
        make_pipeline(StandardScaler(), RandomForestClassifier()),
    ):
        with pytest.raises(ValueError, match=r"needs a last layer.*surrogate="):
            ActiveLearner(estimator, CoreSet()).fit(X, Y)


def test_users_can_register_their_own():
    class Mine(RandomForestClassifier):
        pass

    @last_layer.register(Mine)
    def mine(estimator, X):
        return LastLayer(
            features=X[:, :2], weights=None, intercept=False, classes=estimator.classes_
        )

    y = np.where(np.arange(120) < 30, Y, np.nan)
    learner = ActiveLearner(Mine(3), CoreSet(), random_state=0).fit(X, y)
    assert learner.query_state().pool.features.shape == (90, 2)
    assert learner.query(batch_size=3).shape == (3,)
