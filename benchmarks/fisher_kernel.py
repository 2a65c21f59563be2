"""Time and memory of FisherKernel on 200,000 pool rows × 10,000 holdout rows × 64 features.

Both parts that process all pairs of rows are compared with a lower bound, the same matrix products
in the same blocks and nothing else: labels of the nearest holdout rows (the similarities of
features), and the match of every misclassified holdout row (the products of two similarities,
ranked, with a batch as large as the holdout).  Memory is the peak of a query beyond the memory in
use before it, and the peak of the whole process.

    python benchmarks/fisher_kernel.py [--dtype float32] [--threads 1] [--quick]

Writes results/fisher-kernel/raw/speeds.txt, unless --quick.
"""

import argparse
import resource
import statistics
import time
import tracemalloc

import numpy as np
from places import Study
from sklearn.base import BaseEstimator, ClassifierMixin
from threadpoolctl import threadpool_limits

from skal import ActiveLearner
from skal.kernels.matching import similarity as matching
from skal.models import LastLayer, last_layer
from skal.strategies import FisherKernel

STUDY = Study("fisher-kernel")
N, M, D, K = 200_000, 10_000, 64, 10


class Map(ClassifierMixin, BaseEstimator):
    """A linear map drawn at random: most of the holdout is misclassified."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.weights_ = np.random.default_rng(1).normal(size=(X.shape[1], K)).astype(X.dtype) / 8
        return self

    def predict_proba(self, X):
        P = np.exp(X @ self.weights_)
        P /= P.sum(axis=1, keepdims=True)
        return P

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


@last_layer.register(Map)
def of_map(estimator, X):
    """Its features are X."""
    proba = estimator.predict_proba(X)
    return LastLayer(X, estimator.weights_, False, proba=proba, classes=estimator.classes_)


def seconds(function) -> float:
    start = time.process_time()  # of the processor: others may be at work on this machine
    function()
    return time.process_time() - start


def products(A, B, rows, others):
    """The matrix products of blocks of A with blocks of B, nothing kept."""
    for start in range(0, len(A[0]), rows):
        for first in range(0, len(B[0]), others):
            for a, b in zip(A, B, strict=True):
                a[start : start + rows] @ b[first : first + others].T


def line(name, ours, floor, repeats):
    """Medians of runs in turn, and their ratio, as a line."""
    times = [(seconds(ours), seconds(floor)) for _ in range(repeats)]
    mine, least = (statistics.median(column) for column in zip(*times, strict=True))
    ratio = statistics.median(a / b for a, b in times)
    return f"{name:34} {mine:8.2f} s   its products {least:8.2f} s   {ratio:5.2f}×"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--dtype", default="float32", choices=["float32", "float64"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    options = parser.parse_args()
    said = []

    def say(text):
        print(text, flush=True)
        said.append(text)

    n, m = (N // 10, M // 10) if options.quick else (N, M)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n + K, D)).astype(options.dtype)
    X_val, y_val = rng.normal(size=(m, D)).astype(options.dtype), rng.integers(0, K, m)
    y = np.full(n + K, -1)
    y[:K] = np.arange(K)
    with threadpool_limits(options.threads):
        learner = ActiveLearner(Map(), FisherKernel(), missing_label=-1)
        learner.fit(X, y, X_val=X_val, y_val=y_val)
        sizes = f"{n:,} × {m:,} × {D}, {K} classes, {options.dtype}"
        say(f"{sizes}, {options.threads} thread(s)")

        pool, units = X[K:], [matching.unit_rows(X_val)]
        size = min(512, matching.BLOCK_NUMBERS // D)
        nearest = line(
            "nearest holdout rows",
            lambda: matching.nearest_rows([pool], units),
            lambda: products([pool], [X_val], size, matching.BLOCK_ENTRIES // size),
            options.repeats,
        )
        say(nearest)

        wrong = int((learner.predict(X_val) != y_val).sum())
        G, G_val = (Map().fit(X, y[:K]).predict_proba(Z) for Z in (pool, X_val))
        size = matching.BLOCK_ENTRIES // matching.CENTRES

        def floor():
            products([pool], [X_val], 512, matching.BLOCK_ENTRIES // 512)
            products([pool, G], [X_val[:wrong], G_val[:wrong]], size, matching.CENTRES)

        everything = lambda: learner.query(batch_size=wrong)  # noqa: E731
        say(line(f"query of {wrong:,} rows by as many", everything, floor, options.repeats))
        say(line("query of 100 rows", lambda: learner.query(batch_size=100), floor, 1))
        tracemalloc.start()
        learner.query(batch_size=wrong)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
    whole = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    say(f"at its peak a query takes {peak:.0f} MiB, the process {whole:.0f} MiB")
    if not options.quick:
        STUDY.made("raw").raw("speeds.txt").write_text("\n".join(said) + "\n")


if __name__ == "__main__":
    main()
