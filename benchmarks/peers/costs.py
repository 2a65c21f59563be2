"""Seconds and memory: what one query costs, ours and the peers'.

20,000 rows × 64 features, a batch of 100; classification with 10 classes and logistic regression,
regression with Bayesian ridge; 200 rows are labelled.  Each strategy runs in a process of its own,
on one thread, its model fitted beforehand (a committee is fitted within the query, by both); the
median of three queries, or a single one where it takes more than 10 seconds.  Seconds are those of
the processor, so that others on the machine do not count; peak memory is the largest resident set
during the first query less that before it.  A strategy is ended after 300 seconds, or when it wants
more than 8 GiB.

    pip install ".[bench,experiments]"
    python benchmarks/peers/costs.py [--rows 20000] [--batch 100] [--limit 300] [--only NAME …]

For Linux, whose kernel tells the peak.  What was measured stays in results/peers/raw/costs.csv,
and a run that was stopped goes on where it was.
"""

import argparse
import functools
import math
import multiprocessing
import re
import resource
import statistics
import time
import warnings
from pathlib import Path

import numpy as np
import ours
import pandas as pd
import theirs
from folder import peers
from models import CLASSIFIER, REGRESSOR
from scikit_activeml import Peer
from threadpoolctl import threadpool_limits

from skal import ActiveLearner

D, K, LABELLED, GIBIBYTES = 64, 10, 200, 8
CLASSIFICATION = {
    **ours.CLASSIFICATION,
    **theirs.named({**theirs.CLASSIFICATION, **theirs.SLOW, **theirs.REPEATS, **theirs.TOO_SLOW}),
}
REGRESSION = {
    **ours.REGRESSION,
    **theirs.named({**theirs.REGRESSION, **theirs.SLOW_REGRESSION, **theirs.TOO_SLOW_REGRESSION}),
    **theirs.named(theirs.BMDAL, "bmdal_reg"),
}


def data(task, n):
    """Overlapping clouds, or a noisy plane; NaN where the label is unknown."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, D))
    if task == "classification":
        truth = rng.integers(0, K, n)
        X += rng.normal(size=(K, D))[truth] / 4
    else:
        truth = X @ rng.normal(size=D) + rng.normal(size=n)
    return X, np.where(np.arange(n) < LABELLED, truth, np.nan)


def query_of(strategy, task, X, y, batch):
    """A function that asks once, of a model that is fitted."""
    if isinstance(strategy, Peer):
        n_classes = K if task == "classification" else None
        return strategy.question(X, y, n_classes, 0, batch, fitted=True)
    estimator = CLASSIFIER if task == "classification" else REGRESSOR
    return ActiveLearner(estimator, strategy, batch_size=batch, random_state=0).fit(X, y).query


def memory(field):
    """The process's resident set now ("VmRSS"), at its peak ("VmHWM"), or its addresses, in MiB."""
    found = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024


def measure(task, name, n, batch, limit, pipe):
    """Seconds and peak of one strategy, in a process of its own."""
    warnings.simplefilter("ignore")
    strategy = {"classification": CLASSIFICATION, "regression": REGRESSION}[task][name]
    with threadpool_limits(1):
        query, times, peaks = query_of(strategy, task, *data(task, n), batch), [], []
        end = math.ceil(time.process_time() + limit)
        resource.setrlimit(resource.RLIMIT_CPU, (end, end))  # the kernel ends it
        most = int(memory("VmSize") * 2**20) + GIBIBYTES * 2**30
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        pipe.send("ready")
        before = memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        while len(times) < 3 and sum(times) < 10:
            start = time.process_time()
            try:
                query()
            except MemoryError:
                return pipe.send(("", f"> {GIBIBYTES * 1024}"))
            times.append(time.process_time() - start)
            peaks.append(memory("VmHWM") - before)
    pipe.send((f"{statistics.median(times):.3g}", f"{peaks[0]:.0f}"))


def measured(task, name, options):
    """What one process found, or that it was ended."""
    here, there = multiprocessing.Pipe(duplex=False)
    arguments = task, name, options.rows, options.batch, options.limit, there
    process = multiprocessing.get_context("spawn").Process(target=measure, args=arguments)
    process.start()
    there.close()
    line = {"task": task, "strategy": name, "seconds": "failed"}
    try:
        here.recv()
        line["seconds"] = f"> {options.limit}"
        seconds, peak = here.recv()
        return {**line, "seconds": seconds, "peak MiB": peak}
    except EOFError:
        process.join()
        return line if process.exitcode < 0 else {**line, "seconds": "failed"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--limit", type=int, default=300)
    parser.add_argument("--only", nargs="*", help="names of strategies, measured anew")
    options = parser.parse_args()
    file = peers("raw").raw("costs.csv")
    lines = pd.read_csv(file, dtype=str).to_dict("records") if file.exists() else []
    every = [("classification", name) for name in CLASSIFICATION]
    every += [("regression", name) for name in REGRESSION]
    for task, name in every:
        known = [line for line in lines if (line["task"], line["strategy"]) == (task, name)]
        if name in options.only if options.only else not known:
            lines = [line for line in lines if line not in known]
            lines.append(measured(task, name, options))
            print(*lines[-1].values(), sep="\t", flush=True)
            lines.sort(key=functools.partial(order, every))
            pd.DataFrame(lines).to_csv(file, index=False)


def order(every, line):
    """As the strategies are listed."""
    return every.index((line["task"], line["strategy"]))


if __name__ == "__main__":
    main()
