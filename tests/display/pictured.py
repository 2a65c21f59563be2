"""What the tests draw: results at random, a replay, a matrix; and how they read a band."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import Margin

pd = pytest.importorskip("pandas")

STRATEGIES = ("Random", "Margin", "Badge")


def results(data=("digits",), estimators=("logistic",), strategies=STRATEGIES, seeds=4, rounds=5):
    """A frame as `compare` returns it, with numbers at random."""
    rng = np.random.default_rng(0)
    records = [
        {
            "data": d,
            "estimator": e,
            "strategy": s,
            "seed": seed,
            "round": r,
            "n_labelled": 10 + 20 * r,
            "accuracy": rng.random(),
            "imbalance": rng.random(),
            "mistakes": rng.random() if r else np.nan,
            "query_seconds": rng.random(),
            "fit_seconds": rng.random(),
            "residual": rng.random(),
            "rows": [1, 2],
        }
        for d in data
        for e in estimators
        for s in strategies
        for seed in range(seeds)
        for r in range(rounds)
    ]
    return pd.DataFrame(records)


def replayed(strategy=None, **settings):
    """Iris, and a learner that has replayed it."""
    X, y = load_iris(return_X_y=True)
    settings = {"replay_budget": 30, "batch_size": 10, "random_state": 0, **settings}
    learner = ActiveLearner(LogisticRegression(max_iter=500), strategy or Margin(), **settings)
    return learner.fit(X, y), X, y


def outline(band):
    """Lower and upper edge of a band, by the number of labels."""
    corners = band.get_paths()[0].vertices
    return {
        x: (min(ys), max(ys))
        for x in np.unique(corners[:, 0])
        if len(ys := corners[corners[:, 0] == x, 1])
    }


def penalties():
    names = ["Random", "Bait", "Margin"]
    return pd.DataFrame([[9.0, 0, 0.5], [4, 9, 2], [3, 0.25, 9]], index=names, columns=names)
