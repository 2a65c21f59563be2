"""Largest clusters first, against a loop that assigns every row anew."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import Lcmd


def test_lcmd(blobs):
    X, _, y = blobs
    rows = ActiveLearner(LogisticRegression(), Lcmd(), batch_size=15).fit(X, y).query()
    centres = list(range(12))
    for _ in range(15):
        free = [i for i in range(12, 90) if i not in centres]
        owner = {i: min(centres, key=lambda c: np.sum((X[i] - X[c]) ** 2)) for i in free}
        distance = {i: np.sum((X[i] - X[owner[i]]) ** 2) for i in free}
        sizes = {c: sum(distance[i] for i in free if owner[i] == c) for c in set(owner.values())}
        largest = max(sizes, key=sizes.get)
        centres.append(max((i for i in free if owner[i] == largest), key=distance.get))
    assert rows.tolist() == centres[12:]
