"""What `compare` costs beside a loop written by hand with the same fits, queries and scores.

Digits, logistic regression, margin sampling, 200 labels in batches of 20, one process, one thread.
Both take turns; a ratio is that of the processor seconds of three runs each, the figure the median
over the splits, with quartiles.

    python benchmarks/replay_overhead.py
"""

import argparse
import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from skal.experiments import compare
from skal.strategies import Margin

BUDGET, BATCH = 200, 20
X, Y = load_digits(return_X_y=True)
X = X / 16
MODEL = {"C": 1.0, "max_iter": 1000}


def by_hand(train, test, first):
    """The loop that people write: fit, look at the pool, take the smallest margins, score."""
    known, scores = list(first), []
    while True:
        rows = np.sort(known)
        model = LogisticRegression(**MODEL).fit(X[rows], Y[rows])
        scores.append(model.score(X[test], Y[test]))
        if len(known) >= BUDGET:
            return scores
        pool = np.setdiff1d(train, known)
        proba = np.sort(model.predict_proba(X[pool]), axis=1)
        margins = proba[:, -1] - proba[:, -2]
        known.extend(pool[np.argsort(margins, kind="stable")[:BATCH]])


def ours(seed):
    return compare(
        Margin(), LogisticRegression(**MODEL), (X, Y), [seed], BUDGET, BATCH, progress=False
    )


def seconds(function, *arguments):
    start = time.process_time()
    function(*arguments)
    return time.process_time() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--splits", type=int, default=10)
    options = parser.parse_args()
    ratios = []
    with threadpool_limits(1):
        for seed in range(options.splits):
            asked = everything(seed)
            results = ours(seed)
            first = results["rows"].iloc[0]
            test = np.setdiff1d(np.arange(len(Y)), asked)
            assert np.allclose(by_hand(asked, test, first), results["accuracy"]), "not the same"
            pairs = [(seconds(ours, seed), seconds(by_hand, asked, test, first)) for _ in range(3)]
            mine, hand = np.sum(pairs, axis=0)
            ratios.append(mine / hand)
    low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
    print(f"compare / loop by hand: {middle:.3f} ({low:.3f} to {high:.3f}), {len(ratios)} splits")


def everything(seed):
    """The training rows of a seed: all of them, asked for at once."""
    n = len(Y) - round(0.3 * len(Y))
    results = compare(
        Margin(), LogisticRegression(max_iter=5, tol=1), (X, Y), [seed], n, n, progress=False
    )
    return np.sort(results["rows"].iloc[0])


if __name__ == "__main__":
    main()
