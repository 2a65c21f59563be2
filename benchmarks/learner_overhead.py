"""Overhead of a learner compared with its estimator: fit and predict_proba, as ratios.

100,000 labelled rows × 50 features, 10 classes, logistic regression, one thread.  The two run
alternately, and the ratio is taken pair by pair, to cancel changes in machine load.

    python benchmarks/learner_overhead.py
"""

import statistics
import time

import numpy as np
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from skal import ActiveLearner

N_PAIRS = 9


def seconds(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def paired(ours, theirs, repeat=1):
    """Median ratio and quartiles of ours over theirs, run in turns."""
    ratios = []
    for i in range(N_PAIRS):
        pair = [ours, theirs] if i % 2 else [theirs, ours]
        took = {f: sum(seconds(f) for _ in range(repeat)) for f in pair}
        ratios.append(took[ours] / took[theirs])
    low, median, high = statistics.quantiles(ratios, n=4)
    return f"{median:.3f} (quartiles {low:.3f} to {high:.3f}, {N_PAIRS} pairs)"


def main():
    X, y = make_classification(
        100_000, 50, n_informative=20, n_classes=10, n_clusters_per_class=1, random_state=0
    )
    estimator = LogisticRegression(max_iter=50, tol=1e-2)
    learner = ActiveLearner(estimator)
    with threadpool_limits(1):
        estimator.fit(X, y)
        learner.fit(X, y)
        np.testing.assert_array_equal(estimator.coef_, learner.estimator_.coef_)
        print(
            "fit, learner / estimator:          ",
            paired(lambda: learner.fit(X, y), lambda: estimator.fit(X, y)),
        )
        ours, theirs = lambda: learner.predict_proba(X), lambda: estimator.predict_proba(X)
        print("predict_proba, learner / estimator:", paired(ours, theirs, repeat=10))


if __name__ == "__main__":
    main()
