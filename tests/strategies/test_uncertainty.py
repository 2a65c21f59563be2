"""Utilities of classes against loops over rows."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import Entropy, LeastConfidence, Margin
from tests.kernels.reference import slow_entropy, slow_margin


@pytest.mark.parametrize(
    ("strategy", "slow"),
    [
        (LeastConfidence(), lambda p: 1 - max(p)),
        (Margin(), lambda p: -slow_margin(p)),
        (Entropy(), slow_entropy),
    ],
    ids=["LeastConfidence", "Margin", "Entropy"],
)
def test_query_scores(strategy, slow, blobs):
    X, _, y = blobs
    learner = ActiveLearner(LogisticRegression(), strategy).fit(X, y)
    scores = learner.query_utilities()
    expected = [slow(p) for p in LogisticRegression().fit(X[:12], y[:12]).predict_proba(X)]
    assert np.isnan(scores[:12]).all()
    np.testing.assert_allclose(scores[12:], expected[12:], rtol=1e-12)
    np.testing.assert_array_equal(learner.query(batch_size=5), np.argsort(-scores[12:])[:5] + 12)


def test_impossible_parameters(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="'draws' parameter"):
        ActiveLearner(LogisticRegression(), Entropy(draws=0)).fit(X, y)
