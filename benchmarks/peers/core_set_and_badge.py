"""CoreSet and Badge beside scikit-activeml 1.0.1: seconds, ratios, peak memory.

20,000 rows × 512 features, 10 classes, a batch of 100; one process, one thread, the same fitted
logistic regression, the same type of numbers for both.  The two take turns; a ratio is that of
their medians.  A CoreSet pick is also held against its floor, one product of the pool with a
vector.

    pip install ".[bench]" && python benchmarks/peers/core_set_and_badge.py [--dtype float32]
"""

import argparse
import statistics
import time
import tracemalloc
import warnings

import numpy as np
from skactiveml.classifier import SklearnClassifier
from skactiveml.pool import Badge as TheirBadge
from skactiveml.pool import CoreSet as TheirCoreSet
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from skal import ActiveLearner
from skal.strategies import Badge, CoreSet

N, D, K, BATCH, LABELLED = 20_000, 512, 10, 100, 200


def data(dtype):
    """Ten overlapping clouds; the first rows are labelled."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, K, N)
    X = (rng.normal(size=(N, D)) + rng.normal(size=(K, D))[truth] / 4).astype(dtype)
    return X, np.where(np.arange(N) < LABELLED, truth, np.nan)


def seconds(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def peak_megabytes(function) -> float:
    """What a call takes at its peak beyond what was there."""
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def compare(name, ours, theirs, repeats):
    """A line of the table."""
    times = [(seconds(ours), seconds(theirs)) for _ in range(repeats)]
    mine, other = (statistics.median(column) for column in zip(*times, strict=True))
    print(
        f"{name:8} {mine:8.2f} s {other:8.2f} s {other / mine:7.1f}× "
        f"{peak_megabytes(ours):9.0f} MiB {peak_megabytes(theirs):9.0f} MiB"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--dtype", default="float32", choices=["float32", "float64"])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # theirs, of their own future
    X, y = data(options.dtype)
    with threadpool_limits(1):
        estimator = LogisticRegression(max_iter=200)
        core = ActiveLearner(estimator, CoreSet(), batch_size=BATCH, random_state=0).fit(X, y)
        badge = ActiveLearner(estimator, Badge(), batch_size=BATCH, random_state=0).fit(X, y)
        classifier = SklearnClassifier(estimator, classes=range(K)).fit(X, y)
        their_core, their_badge = TheirCoreSet(random_state=0), TheirBadge(random_state=0)

        def theirs():
            return their_core.query(X, y, batch_size=BATCH)

        same = len(np.intersect1d(core.query(), theirs()))
        print(f"{N:,} × {D}, {K} classes, batch {BATCH}, {options.dtype}, one thread")
        print(f"CoreSet: {same} of {BATCH} rows are the same")
        print("             skal    their own    ratio          peak          peak")
        compare("CoreSet", core.query, theirs, options.repeats)
        compare(
            "Badge",
            badge.query,
            lambda: their_badge.query(X, y, classifier, fit_clf=False, batch_size=BATCH),
            options.repeats,
        )
        pool, vector = np.ascontiguousarray(X[LABELLED:]), X[0].copy()
        floor = statistics.median(seconds(lambda: pool @ vector) for _ in range(30))
        both = [
            (seconds(lambda: core.query(batch_size=201)), seconds(lambda: core.query(batch_size=1)))
            for _ in range(5)
        ]
        pick = statistics.median(long - short for long, short in both) / 200
        print(f"a CoreSet pick is {pick / floor:.2f} products of the pool with a vector")


if __name__ == "__main__":
    main()
