"""The oracle: what it takes, and how far it looks."""

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.linear_model import LogisticRegression, Ridge

from skal import ActiveLearner
from skal.strategies import Oracle

IRIS = load_iris(return_X_y=True)
MODEL = LogisticRegression(max_iter=500)


def test_the_oracle_takes_what_raises_the_holdout_score_most():
    X, y = load_digits(return_X_y=True)
    X, y = X[:300] / 16, y[:300]
    learner = ActiveLearner(MODEL, Oracle(4), batch_size=1, replay_budget=31, initial_size=30,
                            validation_fraction=0.3, random_state=0).fit(X, y)  # fmt: skip
    holdout = np.flatnonzero(learner._session.training.status == 4)
    first, picked = learner.history_[0]["rows"], learner.history_[1]["rows"][0]

    def right(rows):
        rows = np.sort(rows)
        return MODEL.fit(X[rows], y[rows]).score(X[holdout], y[holdout])

    # nothing that it drew is better, so few of all the rows are
    others = [right([*first, row]) for row in range(300) if row not in {*first, *holdout}]
    assert np.mean(np.array(others) > right([*first, picked])) < 0.5


def test_the_oracle_takes_targets_as_a_column():
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = X[:, 0] + X[:, 1] ** 2
    learner = ActiveLearner(Ridge(), Oracle(5), replay_budget=9, batch_size=3, initial_size=6,
                            validation_fraction=0.3, random_state=0)  # fmt: skip
    rows = learner.fit(X, y).history_[-1]["rows"]
    np.testing.assert_array_equal(learner.fit(X, y[:, None]).history_[-1]["rows"], rows)


def test_an_oracle_looks_ahead():
    """The first of the pair that is best of all pairs, when all rows are candidates."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:70] / 16, y[:70]
    learner = ActiveLearner(
        MODEL, Oracle(100, lookahead=2), initial_size=20, replay_budget=21, validation_fraction=0.6,
        random_state=1,
    ).fit(X, y)  # fmt: skip
    status = learner._session.training.status
    holdout, first = np.flatnonzero(status == 4), learner.history_[0]["rows"]
    pool = np.setdiff1d(np.flatnonzero(status != 4), first)

    def right(*more):
        rows = np.sort([*first, *more])
        return MODEL.fit(X[rows], y[rows]).score(X[holdout], y[holdout])

    best = max(right(i, j) for i in pool for j in pool if i < j)
    picked = learner.history_[1]["rows"][0]
    assert max(right(picked, j) for j in pool if j != picked) == best


def test_an_oracle_without_labels():
    X, y = IRIS
    partly = np.where(np.arange(150) % 3 > 0, y, np.nan)
    learner = ActiveLearner(MODEL, Oracle(3), validation_fraction=0.2).fit(X, partly)
    with pytest.raises(ValueError, match="only in replays of known labels"):
        learner.query()
