"""Query a pool on one Dask worker, on two, and in this process: the same picks, and the time.

    python benchmarks/big_pools_workers.py --save

The pool lies in files that a worker maps into its memory, 2**18 rows a file.  The default rates it
with a logistic regression, which is limited by memory and messages, and `Margin()` with a forest,
which is limited by the processor.  Each worker is a process with one thread; a query follows
another one, so that the files are in the memory of the system.  `--save` writes
results/big-pools/tables/workers.csv.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from big_pools import BATCH, BLOCK, N_LABELLED, blocks
from dask import array
from distributed import Client, LocalCluster
from places import Study
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import Margin

CHUNK = 2**18
CASES = {  # rows, model, strategy
    "logistic regression, default": (20 * CHUNK, LogisticRegression(max_iter=300), None),
    "forest, Margin()": (2 * CHUNK, RandomForestClassifier(100, random_state=0), Margin()),
}
FEATURES = 64


def write_stack(folder, n):
    """The pool as `dask.array.from_npy_stack` reads it."""
    made = [array.from_array(block) for block, _ in blocks(n, FEATURES, np.float32)]
    array.to_npy_stack(folder, array.concatenate(made).rechunk((CHUNK, FEATURES)))


def learner_of(model, strategy):
    X, truth = next(blocks(BLOCK, FEATURES, np.float32))
    learner = ActiveLearner(model, strategy, batch_size=BATCH, random_state=0)
    return learner.fit(X[:N_LABELLED], truth[:N_LABELLED])


def timed(learner, pool, repeats):
    """The picks, and the median of the seconds."""
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        picks = learner.query(pool)
        seconds.append(time.perf_counter() - began)
    return picks, statistics.median(seconds)


def with_workers(n_workers, learner, folder, repeats):
    """Query the pool on so many workers, after a query that imports what they need."""
    with (
        LocalCluster(
            n_workers=n_workers, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        Client(cluster),
    ):
        pool = array.from_npy_stack(folder)
        learner.query(pool)
        return timed(learner, pool, repeats)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args()
    lines = []
    for name, (n, model, strategy) in CASES.items():
        with tempfile.TemporaryDirectory(prefix="skal-workers-") as folder:
            write_stack(folder, n)
            learner = learner_of(model, strategy)
            pool = array.from_npy_stack(folder)
            learner.query(pool)
            picks, here = timed(learner, pool, given.repeats)
            line = {"model": name, "rows": n, "this process s": round(here, 2)}
            for n_workers in (1, 2):
                others, seconds = with_workers(n_workers, learner, folder, given.repeats)
                assert np.array_equal(picks, others)
                line[f"workers: {n_workers}, s"] = round(seconds, 2)
            line["load"] = round(os.getloadavg()[0], 1)
            lines.append(line)
            print(line, flush=True)
    if given.save:
        study = Study("big-pools")
        pd.DataFrame(lines).to_csv(Path(study.table("workers.csv")), index=False)


if __name__ == "__main__":
    main()
