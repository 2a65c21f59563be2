"""Overhead of `compare` over a hand-written loop with the same fits, queries and scores.

The data are digits (a round takes 35 ms), and 20,000 rows x 50 features of 5 classes; logistic
regression, margin sampling, 200 labels in batches of 20, one process, one thread. Both run
alternately; a ratio is that of the processor times of three runs each, and the result is the median
over the splits, with quartiles.

    python benchmarks/replay_overhead.py
"""

import argparse
import time

import numpy as np
from sklearn.datasets import load_digits, make_classification
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from skal.experiments import compare
from skal.strategies import Margin

BUDGET, BATCH = 200, 20
DATA = {
    "digits": load_digits(return_X_y=True),
    "20,000 rows": make_classification(20_000, 50, n_informative=20, n_classes=5, random_state=0),
}
MODEL = {"C": 1.0, "max_iter": 1000}


def by_hand(X, y, train, test, first):
    """The loop that people write: fit, look at the pool, take the smallest margins, score."""
    known, scores = list(first), []
    while True:
        rows = np.sort(known)
        model = LogisticRegression(**MODEL).fit(X[rows], y[rows])
        scores.append(model.score(X[test], y[test]))
        if len(known) >= BUDGET:
            return scores
        pool = np.setdiff1d(train, known)
        proba = np.sort(model.predict_proba(X[pool]), axis=1)
        margins = proba[:, -1] - proba[:, -2]
        known.extend(pool[np.argsort(margins, kind="stable")[:BATCH]])


def ours(X, y, seed):
    return compare(
        Margin(), LogisticRegression(**MODEL), (X, y), [seed], BUDGET, BATCH, progress=False
    )


def seconds(function, *arguments):
    start = time.process_time()
    function(*arguments)
    return time.process_time() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--splits", type=int, default=10)
    options = parser.parse_args()
    with threadpool_limits(1):
        for name, (X, y) in DATA.items():
            ratios = [ratio(X / np.abs(X).max(), y, seed) for seed in range(options.splits)]
            low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
            print(f"{name}: compare / loop by hand {middle:.3f} ({low:.3f} to {high:.3f})")


def ratio(X, y, seed):
    """Ours over theirs, on one split."""
    train = everything(X, y, seed)
    test = np.setdiff1d(np.arange(len(y)), train)
    results = ours(X, y, seed)
    hand = X, y, train, test, results["rows"].iloc[0]
    assert np.allclose(by_hand(*hand), results["accuracy"]), "not the same replay"
    pairs = [(seconds(ours, X, y, seed), seconds(by_hand, *hand)) for _ in range(3)]
    mine, theirs = np.sum(pairs, axis=0)
    return mine / theirs


def everything(X, y, seed):
    """The training rows of a seed: half of them at random, then all others."""
    n = len(y) - round(0.3 * len(y))
    model = LogisticRegression(max_iter=5, tol=1)
    results = compare(Margin(), model, (X, y), [seed], n, n, initial_size=n // 2, progress=False)
    return np.sort(np.concatenate(results["rows"].tolist()))


if __name__ == "__main__":
    main()
