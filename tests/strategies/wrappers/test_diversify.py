"""Rows of every class, against a walk down the list."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import Diversify, Margin, Strategy
from tests.kernels.reference import slow_margin


def test_diversify_takes_a_list(blobs):
    X, _, y = blobs

    class Listed(Strategy):
        def select(self, state, n):
            return state.candidates[:n].tolist()

    rows = ActiveLearner(LogisticRegression(), Diversify(Listed())).fit(X, y).query(batch_size=3)
    assert len(set(rows)) == 3


@pytest.mark.parametrize("by", ["previous", "current"])
def test_diversify_is_algorithm_1_of_the_paper(by, blobs):
    X, truth, y = blobs
    learner = ActiveLearner(
        LogisticRegression(), Diversify(Margin(), classes=by), batch_size=4
    ).fit(X, y)
    first = learner.query()
    learner.teach(first, truth[first])
    model = learner.previous_estimator_ if by == "previous" else learner.estimator_
    plain = learner.query_state()
    order = plain.pool.rows[np.argsort([slow_margin(p) for p in plain.pool.proba], kind="stable")]
    chosen = []
    while len(chosen) < 20:  # walk down the list, one of each class a walk
        seen = set()
        for row in order:
            top = model.predict(X[[row]])[0]
            if top not in seen and row not in chosen:
                chosen.append(row)
                seen.add(top)
    np.testing.assert_array_equal(learner.query(batch_size=20), chosen[:20])
