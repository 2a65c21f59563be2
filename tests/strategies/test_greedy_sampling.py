"""Greedy sampling of regressions against loops over pairs of rows."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from skal import ActiveLearner
from skal.strategies import GreedySampling


@pytest.mark.parametrize("by", ["features", "outputs", "both"])
def test_greedy_sampling(by, blobs):
    X, _, _ = blobs
    truth = np.sin(X[:, 0]) + X[:, 1]
    y = np.where(np.arange(90) < 12, truth, np.nan)
    learner = ActiveLearner(Ridge(), GreedySampling(space=by), batch_size=15).fit(X, y)
    f = learner.predict(X)
    picked, value = list(range(12)), {i: truth[i] for i in range(12)}
    for _ in range(15):

        def nearest(i):
            dx = [np.linalg.norm(X[i] - X[j]) if by != "outputs" else 1 for j in picked]
            dy = [abs(f[i] - value[j]) if by != "features" else 1 for j in picked]
            return min(a * b for a, b in zip(dx, dy))

        best = max((i for i in range(12, 90) if i not in picked), key=nearest)
        picked.append(best)
        value[best] = f[best]
    assert learner.query().tolist() == picked[12:]


def test_impossible_parameters(blobs):
    X, _, _ = blobs
    with pytest.raises(ValueError, match="'space' parameter"):
        ActiveLearner(Ridge(), GreedySampling(space="luck")).fit(X, X[:, 0])
