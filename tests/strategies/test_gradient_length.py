"""Lengths of gradients against loops over labels."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from skal import ActiveLearner
from skal.strategies import ExpectedGradientLength, ExpectedModelChange


def test_expected_gradient_length(blobs):
    X, _, y = blobs
    learner = ActiveLearner(LogisticRegression(), ExpectedGradientLength()).fit(X, y)
    expected = []
    for x, p in zip(X[12:], learner.predict_proba(X[12:])):
        z = np.append(x, 1)
        expected.append(sum(p[c] * np.linalg.norm(np.outer(z, p - np.eye(3)[c])) for c in range(3)))
    np.testing.assert_allclose(learner.query_utilities()[12:], expected)


def test_expected_model_change(blobs):
    X, _, _ = blobs
    y = np.where(np.arange(90) < 12, np.sin(X[:, 0]), np.nan)
    learner = ActiveLearner(Ridge(), ExpectedModelChange(7), random_state=0).fit(X, y)
    members = learner.query_state().committee(7)  # the same draws as those of the score
    expected = [
        np.linalg.norm(np.append(x, 1))
        * np.mean([abs(member.prediction[i] - f) for member in members])
        for i, (x, f) in enumerate(zip(X[12:], learner.predict(X[12:])))
    ]
    np.testing.assert_allclose(learner.query_utilities()[12:], expected)


def test_impossible_parameters(blobs):
    X, _, _ = blobs
    with pytest.raises(ValueError, match="'committee' parameter"):
        ActiveLearner(Ridge(), ExpectedModelChange(1)).fit(X, X[:, 0])
