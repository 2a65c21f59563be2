"""Labels that tell the most about other labels."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import SVC

from skal import ActiveLearner
from skal.strategies import Epig


def full(X):
    return np.c_[X, np.ones(len(X))]


def test_numbers_by_the_inverse_of_the_hessian(blobs):
    X, _, y = blobs
    y = np.where(np.isnan(y), np.nan, X[:, 0])
    target = X[30:40] * 0.3
    learner = ActiveLearner(Ridge(0.5), Epig(target)).fit(X, y)
    H = np.diag([0.5, 0.5, 0]) + full(X[:12]).T @ full(X[:12])
    picks = []
    for _ in range(4):
        S = np.linalg.inv(H)
        C, s, t = (
            full(X) @ S @ full(target).T,
            *(np.diag(full(A) @ S @ full(A).T) for A in (X, target)),
        )
        gains = -np.log(1 - C**2 / np.outer(s + 1, t + 1)).mean(1)
        gains[[*range(12), *picks]] = -1
        picks.append(int(np.argmax(gains)))
        H += np.outer(full(X)[picks[-1]], full(X)[picks[-1]])
    assert learner.query(batch_size=4).tolist() == picks


def test_classes_by_sampled_weights(blobs):
    """Against the mutual information of labels under weights drawn from N(θ̂, H⁻¹) in one piece."""
    X, truth, _ = blobs
    X, y = X / 4, np.where(np.arange(90) < 12, truth == 1, np.nan)
    target = X[60:70]
    learner = ActiveLearner(LogisticRegression(), Epig(target, draws=4_000), random_state=0).fit(
        X, y
    )
    model = learner.estimator_
    p = model.predict_proba(X[:12])[:, 1]
    H = np.diag([1.0, 1.0, 0]) + (full(X[:12]).T * (p * (1 - p))) @ full(X[:12])
    theta = np.append(model.coef_[0], model.intercept_)
    draws = np.random.default_rng(1).multivariate_normal(theta, np.linalg.inv(H), 20_000)

    def proba(A):
        logits = full(A) @ draws.T
        return softmax(np.stack([np.zeros_like(logits), logits]), axis=0)

    def entropy(P):
        return -(P * np.log(P)).sum(0)

    P, T = proba(X), proba(target)
    joint = np.einsum("ang,bmg->abnm", P, T) / 20_000
    told = entropy(P.mean(2))[:, None] + entropy(T.mean(2)) - entropy(joint.reshape(4, 90, 10))
    gains = told.mean(1)
    gains[:12] = -1
    state = learner.query_state()
    row = 12 + int(learner.strategy.select(state, 1)[0])
    assert gains[row] > 0.98 * gains.max()
    assert state.records["information"] == pytest.approx(gains[row], rel=0.1)


def test_a_batch_does_not_repeat_itself():
    """What a twin tells is known once one of them is labelled."""
    X = np.array([[2.0, 0], [0, 2], [6, 0], [6, 0], [6, 0], [0, 5.5], [0, 5.5], [1, 1]])
    y = [0, 1, *6 * [None]]
    rows = ActiveLearner(Ridge(), Epig(size=None)).fit(X, y).query(batch_size=2)
    assert sorted(np.argmax(X[rows], axis=1).tolist()) == [0, 1]


def test_it_asks_where_the_targets_are(blobs):
    X, truth, y = blobs
    target = X[truth == 2]
    y_numbers = np.where(np.isnan(y), np.nan, X[:, 1])
    told = {
        name: ActiveLearner(Ridge(), Epig(rows)).fit(X, y_numbers).query(batch_size=5)
        for name, rows in {"all": X, "one cluster": target}.items()
    }
    assert not np.array_equal(told["all"], told["one cluster"])


def test_the_curvature_must_be_known(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="Epig looks at the curvature"):
        ActiveLearner(SVC(), Epig()).fit(X, y).query()
    with pytest.raises(ValueError, match="needs a trusted holdout"):
        ActiveLearner(LogisticRegression(), Epig("holdout")).fit(X, y)


def test_targets_of_the_holdout(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), Epig("holdout", size=5), random_state=0)
    assert len(learner.fit(X, y, X[50:60], truth[50:60]).query(batch_size=3)) == 3
