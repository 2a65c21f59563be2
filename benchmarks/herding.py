"""Processor time and peak memory of herding, Epig and large batches, with lower bounds.

    python benchmarks/herding.py [NAME ...] [--quick]

The lower bound for herding is one product of all candidates with all rows to be covered, in
float32; for a spread batch, one product of the clustered rows with the centres.  One thread.
Memory is allocated by a query beside the pool and the model's output, measured by tracemalloc in a
separate run. "default, ..." is a whole query of 100 rows of 20,000 × 64 and ten classes, including
the model's own output, with 300 labels and the default strategy.  Writes
results/herding/raw/speeds.json.
"""

import argparse
import json
import os
import time
import tracemalloc
import warnings

import numpy as np
from places import QUICK, Study
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from skal import ActiveLearner
from skal.strategies import Epig, Margin, MaxHerding, Shortlist, Spread, UncertaintyHerding

LINEAR, FOREST = LogisticRegression(max_iter=50), RandomForestClassifier(random_state=0)
SIZE, FACTOR = 10_000, 50  # of herding, by default
SHAPES = {  # rows, features, batch, labelled rows, model, strategy, rows of the floor's product
    "MaxHerding, 20,000": (20_000, 64, 100, 100, LINEAR, MaxHerding(), (SIZE, SIZE)),
    "MaxHerding, 20,000, all": (
        *(20_000, 64, 100, 100, LINEAR, MaxHerding(size=None)),
        (20_000, 20_000),
    ),
    "MaxHerding, 1,000,000": (1_000_000, 64, 100, 100, LINEAR, MaxHerding(), (SIZE, SIZE)),
    "UncertaintyHerding, 20,000": (
        *(20_000, 64, 100, 100, LINEAR, UncertaintyHerding()),
        (FACTOR * 100, SIZE),
    ),
    "UncertaintyHerding, 1,000,000": (
        *(1_000_000, 64, 100, 100, LINEAR, UncertaintyHerding()),
        (FACTOR * 100, SIZE),
    ),
    "UncertaintyHerding, batch of 1,000": (
        *(100_000, 256, 1_000, 1_000, LINEAR, UncertaintyHerding()),
        (SIZE, SIZE),
    ),
    "UncertaintyHerding, forest": (
        *(20_000, 64, 100, 500, FOREST, UncertaintyHerding()),
        (FACTOR * 100, SIZE),
    ),
    "Spread, batch of 1,000": (
        *(100_000, 256, 1_000, 1_000, LINEAR, Spread(Margin(), factor=20)),
        (20_000, 1_000),
    ),
    "Spread, quick, batch of 1,000": (
        *(100_000, 256, 1_000, 1_000, LINEAR, Spread(Margin(), factor=20, quick=True)),
        (20_000, 1_000),
    ),
    "Shortlist(Epig)": (20_000, 64, 20, 100, LINEAR, Shortlist(Epig()), (200, 100)),
}
DEFAULTS = {
    "default, logistic regression": LogisticRegression(max_iter=1000),
    "default, neighbours": KNeighborsClassifier(),
    "default, forest": FOREST,
    "default, SVM": SVC(),
    "default, boosting": HistGradientBoostingClassifier(max_iter=40, random_state=0),
}


def state_of(n, d, n_labelled, model):
    """A function that makes states of a pool of twenty clusters, in five classes."""
    rng = np.random.default_rng(0)
    centres, cluster = rng.normal(size=(20, d)), rng.integers(0, 20, n)
    X = (centres[cluster] + rng.normal(size=(n, d))).astype(np.float32)
    y = np.where(np.arange(n) < n_labelled, cluster % 5, np.nan)
    learner = ActiveLearner(model, Margin(), random_state=0).fit(X, y)

    def state():
        made = learner.query_state()
        _ = made.pool.proba  # any query by uncertainty pays for it
        return made

    return state


def seconds(function):
    """Processor time of a call."""
    start = time.process_time()
    function()
    return time.process_time() - start


def peak(function):
    """MiB that a call allocates on top of what there is."""
    tracemalloc.start()
    function()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 2**20


def measured(n, d, batch, n_labelled, model, strategy, product):
    """Median seconds of a query and of its floor, in turn, and the peak memory of a query."""
    state = state_of(n, d, n_labelled, model)
    rng = np.random.default_rng(0)
    A, B = (rng.normal(size=(rows, d)).astype(np.float32) for rows in product)
    times, floors = [], []
    for _ in range(3):
        made = state()
        times.append(seconds(lambda made=made: strategy.select(made, batch)))
        floors.append(seconds(lambda: [A[i : i + 1000] @ B.T for i in range(0, len(A), 1000)]))
    made = state()
    return {
        "seconds": round(float(np.median(times)), 3),
        "floor": round(float(np.median(floors)), 3),
        "peak_mib": round(peak(lambda: strategy.select(made, batch)), 1),
    }


def whole_query(model, n):
    """Median seconds of a whole query of 100 rows where no strategy is named."""
    X, truth = make_classification(n, 64, n_informative=16, n_classes=10, random_state=0)
    known = np.random.default_rng(0).permutation(n) < 300
    learner = ActiveLearner(model, random_state=0).fit(X, np.where(known, truth, np.nan))
    times = [seconds(lambda: learner.query(batch_size=100)) for _ in range(3)]
    return {"seconds": round(float(np.median(times)), 3)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help=f"some of {', '.join([*SHAPES, *DEFAULTS])}")
    parser.add_argument("--quick", action="store_true", help="a twentieth of the rows")
    options = parser.parse_args()
    if unknown := set(options.names) - SHAPES.keys() - DEFAULTS.keys():
        parser.error(f"no measurement {sorted(unknown)}; there are {[*SHAPES, *DEFAULTS]}.")
    study = (Study("herding", QUICK) if options.quick else Study("herding")).made("raw")
    warnings.filterwarnings("ignore", "lbfgs failed to converge")
    file = study.raw("speeds.json")
    found = json.loads(file.read_text()) if file.exists() else {}
    small = 20 if options.quick else 1
    for name in options.names or [*SHAPES, *DEFAULTS]:
        with threadpool_limits(1):
            if name in DEFAULTS:
                found[name] = whole_query(DEFAULTS[name], 20_000 // small)
            else:
                n, *rest = SHAPES[name]
                found[name] = measured(n // small, *rest)
        print(name, found[name], flush=True)
        file.write_text(json.dumps(found, indent=1) + os.linesep)


if __name__ == "__main__":
    main()
