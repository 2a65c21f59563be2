"""Typical rows of clusters against a loop over rows."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import TypiClust


def test_typiclust(blobs):
    X, _, y = blobs
    strategy = TypiClust(n_neighbors=5)
    learner = ActiveLearner(LogisticRegression(), strategy, batch_size=6, random_state=0).fit(X, y)
    state = learner.query_state()
    seed = int(state.rng.integers(2**31 - 1))
    Z = np.vstack([X[12:], X[:12]])
    clusters = KMeans(18, n_init=1, random_state=seed).fit_predict(Z)
    labels = {c: int((clusters[78:] == c).sum()) for c in range(18)}
    picks = []
    for _ in range(6):
        left = [c for c in range(18) if any(clusters[i] == c and i not in picks for i in range(78))]
        turn = min(left, key=lambda c: (labels[c], -(clusters[:78] == c).sum(), c))
        members = [i for i in range(78) if clusters[i] == turn]

        def mean_distance(i, members=members):
            d = sorted(np.linalg.norm(X[12 + i] - X[12 + j]) for j in members if j != i)[:5]
            return np.mean(d) if d else 0

        picks.append(min((i for i in members if i not in picks), key=mean_distance))
        labels[turn] += 1
    np.testing.assert_array_equal(learner.query(), 12 + np.array(picks))


def test_impossible_parameters(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="'max_clusters' parameter"):
        ActiveLearner(LogisticRegression(), TypiClust(max_clusters=0)).fit(X, y)
