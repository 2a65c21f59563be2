"""Margins that shrank since the previous model."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import Margin, MarginShift
from tests.kernels.reference import slow_margin


def test_margin_shift_asks_the_previous_model_again(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), MarginShift(), batch_size=4).fit(X, y)
    before = LogisticRegression().fit(X[:12], y[:12])
    first = learner.query()
    np.testing.assert_array_equal(
        first, ActiveLearner(LogisticRegression(), Margin()).fit(X, y).query(batch_size=4)
    )
    learner.teach(first, truth[first])
    rows = np.r_[np.arange(12), np.sort(first)]
    after = LogisticRegression().fit(X[rows], truth[rows])
    for i, score in enumerate(learner.query_utilities()):
        if i in rows:
            assert np.isnan(score)
        else:
            old, new = (slow_margin(model.predict_proba(X[[i]])[0]) for model in (before, after))
            assert score == pytest.approx((old - new) / (old + new), rel=1e-6)
