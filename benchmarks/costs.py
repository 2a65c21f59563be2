"""Time and memory of every strategy, and their growth with n, d, k and b.

n is the number of rows of the pool, d of features, k of classes, b of rows to select.  Each
strategy has a size at which it takes a fraction of a second; from there, one of the four is doubled
twice.  Each cell runs in its own process, on one thread, with a fitted model: once for the
processor time (several times if it is short), and once for the peak memory that NumPy and Python
allocate beside X.  An exponent is the logarithm to base 4 of the factor by which the cost of a
fourfold value grows.

    pip install ".[nets,experiments]" && python benchmarks/costs.py [--limit 60] [--only NAME …]

Requires a system that can fork.  A stopped run continues.  Writes, to results/costs, raw/cells.csv
and tables/seconds.csv and tables/memory.csv, which the page "Time and memory" shows.
"""

import argparse
import json
import math
import multiprocessing
import time
import tracemalloc
import warnings
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from costs_stated import stated
from places import Study
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import BayesianRidge, LogisticRegression, Ridge
from threadpoolctl import threadpool_limits

from skal import ActiveLearner
from skal import strategies as s
from skal.state import QueryState, Rows

AXES, FACTORS = ("n", "d", "k", "b"), (1, 2, 4)
LABELLED, HOLDOUT = 128, 100
SHORT, REPEATS = 0.5, 4  # seconds below which a query is timed this often


def doubt(state):
    """A function that rates rows."""
    return 1 - state.pool.part(state.candidates).proba.max(axis=1)


doubt.needs = frozenset({"model", "proba", "classifier"})


@dataclass(frozen=True)
class Case:
    """A strategy, the size to begin at, and the model that is asked."""

    strategy: s.Strategy
    n: int = 50_000
    d: int = 16
    k: int = 4
    b: int = 50
    estimator: object = field(default_factory=lambda: LogisticRegression(max_iter=300))
    numbers: bool = False  # a regression, which has no classes
    labels_known: bool = False  # the strategy looks at the truth

    def sizes(self):
        """The cells: the first size, then one of n, d, k, b two and four times that."""
        base = {axis: getattr(self, axis) for axis in AXES}
        yield base
        for axis in AXES:
            if not (self.numbers and axis == "k"):
                yield from (base | {axis: factor * base[axis]} for factor in FACTORS[1:])


FOREST = RandomForestClassifier(10, random_state=0, max_depth=6)
PASSES = {"n": 10_000, "d": 32}  # one pass over the pool a pick
SMALL = {"n": 2_500, "d": 8, "b": 10}
REFITS = {"n": 30, "d": 8, "b": 5, "k": 3}
CASES = {
    "Random": Case(s.Random()),
    "LeastConfidence": Case(s.LeastConfidence()),
    "Margin": Case(s.Margin()),
    "Entropy": Case(s.Entropy()),
    "MarginShift": Case(s.MarginShift()),
    "ExpectedGradientLength": Case(s.ExpectedGradientLength()),
    "FunctionStrategy": Case(s.FunctionStrategy(doubt)),
    "QueryByCommittee": Case(s.QueryByCommittee(3)),
    "Bald": Case(s.Bald(draws=10), n=20_000, estimator=FOREST),
    "VariationRatio": Case(s.VariationRatio(draws=10), n=20_000, estimator=FOREST),
    "ExpectedModelChange": Case(s.ExpectedModelChange(3), estimator=Ridge(), numbers=True),
    "PredictiveStd": Case(s.PredictiveStd(), estimator=BayesianRidge(), numbers=True),
    "CoreSet": Case(s.CoreSet(), **PASSES),
    "Badge": Case(s.Badge(), **PASSES),
    "MaxHerding": Case(s.MaxHerding(size=2_000), n=20_000),
    "UncertaintyHerding": Case(s.UncertaintyHerding(size=2_000), n=20_000),
    "Epig": Case(s.Epig(size=50, draws=100), n=2_500, d=8, b=5),
    "Lcmd": Case(s.Lcmd(), **PASSES),
    "GreedySampling": Case(s.GreedySampling(), **PASSES, estimator=Ridge(), numbers=True),
    "TypiClust": Case(s.TypiClust(), n=4_000),
    "ColdStart": Case(s.ColdStart(), n=4_000),
    "Bait": Case(s.Bait(), n=4_000, d=16, b=20),
    'Bait("binary")': Case(s.Bait("binary"), n=10_000, d=32, b=20),
    "Bait, regression": Case(s.Bait(), n=10_000, d=32, b=20, estimator=Ridge(), numbers=True),
    "Determinantal": Case(s.Determinantal(), n=4_000, d=16, b=20),
    'Determinantal("one")': Case(s.Determinantal("one"), n=10_000, d=32, b=20),
    "FisherKernel": Case(s.FisherKernel(), n=20_000),
    "GoalInfluence": Case(s.GoalInfluence("holdout"), **SMALL),
    'GoalInfluence("entropy")': Case(s.GoalInfluence("entropy"), n=2_500, d=4, k=2, b=5),
    'GoalInfluence("fisher", "mean", order="linear")': Case(
        s.GoalInfluence("fisher", "mean", order="linear")
    ),
    "WrongPrediction": Case(s.WrongPrediction(), n=2_000),
    "GoalRetraining": Case(s.GoalRetraining(), **REFITS),
    "ErrorReduction": Case(s.ErrorReduction(), **REFITS),
    "Oracle": Case(s.Oracle(10), **REFITS | {"n": 200}, labels_known=True),
    "Vaal": Case(s.Vaal(max_epochs=2), n=1_000),
    "Spread(Margin())": Case(s.Spread(s.Margin())),
    "Diversify(Margin())": Case(s.Diversify(s.Margin())),
    "Shortlist(Bait())": Case(s.Shortlist(s.Bait()), n=10_000, b=10),
    "Subsample(Margin())": Case(s.Subsample(s.Margin(), size=0.5)),
    "Stages(Margin())": Case(s.Stages([(0, s.Margin())])),
    "Sequential(Margin())": Case(s.Sequential(s.Margin()), n=2_000, b=10),
}


# ---------------------------------------------------------------------- one cell
def state_of(case, n, d, k, b):
    """What the strategy sees: a fitted model, n rows to ask for, and a holdout."""
    rng = np.random.default_rng(0)
    total = LABELLED + n + HOLDOUT
    X, plane = rng.normal(size=(total, d)), rng.normal(size=(d, k))
    if case.numbers:
        truth = X @ plane[:, 0] + rng.normal(size=total)
        y = np.where(np.arange(total) < LABELLED, truth, np.nan)
    else:
        truth = (X @ plane / d**0.5 + rng.gumbel(size=(total, k))).argmax(axis=1)
        truth[:k] = truth[-k:] = np.arange(k)
        y = np.where(np.arange(total) < LABELLED, truth, -1)
    held, X = X[-HOLDOUT:], X[:-HOLDOUT]
    missing = np.nan if case.numbers else -1
    learner = ActiveLearner(
        case.estimator, case.strategy, missing_label=missing, random_state=0, batch_size=1
    )
    learner.fit(X, y[:-HOLDOUT], X_val=held, y_val=truth[-HOLDOUT:])
    if isinstance(case.strategy, s.MarginShift):  # of the change since the last query
        rows = learner.query()
        learner.teach(rows, truth[rows])
    state = learner.query_state()
    if case.labels_known:
        pool = replace(state.source.pool, labels=truth[: len(X)][state.pool.rows], known=None)
        source = replace(state.source, pool=Rows(X, pool.numbers, pool.labels))
        state = QueryState(source, state.candidates, np.random.default_rng(0))
    return state


def seconds_of(case, state, b):
    """Seconds of the processor that one query takes; views are made anew."""
    state = QueryState(state.source, state.candidates, np.random.default_rng(0))
    start = time.process_time()
    case.strategy.select(state, b)
    return time.process_time() - start


def bytes_of(case, state, b):
    """The peak of what a query allocates."""
    state = QueryState(state.source, state.candidates, np.random.default_rng(0))
    tracemalloc.start()
    try:
        case.strategy.select(state, b)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def measure(pipe, case, size):
    """In a process of its own: seconds and bytes of a cell."""
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        state = state_of(case, **size)
        seconds = seconds_of(case, state, size["b"])
        for _ in range(REPEATS if seconds < SHORT else 0):
            seconds = min(seconds, seconds_of(case, state, size["b"]))
        pipe.send({"seconds": seconds})
        pipe.send({"bytes": bytes_of(case, state, size["b"])})


def cell(case, size, limit):
    """What was measured; less of it where the process took longer than it may."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=measure, args=(theirs, case, size), daemon=True)
    process.start()
    theirs.close()
    found, end = {}, time.monotonic() + limit
    try:
        while len(found) < 2 and ours.poll(max(0.0, end - time.monotonic())):
            found |= ours.recv()
    except EOFError:
        pass
    process.kill()
    process.join()
    return found


# ---------------------------------------------------------------------- all of them
def measured(study, names, limit, again):
    """A frame of cells: those of the file, and those that were missing there.

    Of a cell that was measured `again` the fewest seconds count: others use the machine too.
    """
    file = study.raw("cells.jsonl")
    lines = file.read_text().splitlines() if file.exists() else []
    rows = [json.loads(line) for line in lines]
    done = {(row["strategy"], *(row[axis] for axis in AXES)) for row in rows}
    with file.open("a") as out:
        for name in names:
            for size in CASES[name].sizes():
                if (name, *size.values()) in done and not again:
                    continue
                row = {"strategy": name, **size, **cell(CASES[name], size, limit)}
                rows.append(row)
                out.write(json.dumps(row) + "\n")
                out.flush()
            print(name, flush=True)
    frame = least(rows)
    return frame[frame["strategy"].isin(names)]


def least(rows):
    """A row a cell, in the order of the strategies."""
    frame = pd.DataFrame(rows, columns=["strategy", *AXES, "seconds", "bytes"])
    order = frame["strategy"].map({name: place for place, name in enumerate(CASES)})
    frame = frame.assign(order=order).sort_values(["order", *AXES], kind="stable")
    cells = frame.groupby(["strategy", *AXES], sort=False)[["seconds", "bytes"]]
    return cells.min().reset_index()


def exponents(part, case, of):
    """The exponent of each of n, d, k, b; NaN where a cell is missing."""
    base = {axis: getattr(case, axis) for axis in AXES}
    values = part.set_index(list(AXES))[of]
    first, found = values.get(tuple(base.values()), np.nan), {}
    for axis in AXES:
        last = values.get(tuple((base | {axis: FACTORS[-1] * base[axis]}).values()), np.nan)
        found[axis] = math.log(last / first, FACTORS[-1]) if first > 0 and last > 0 else np.nan
    return found


def table(frame, of, unit):
    """A row a strategy: what its docstring says, the first size, what that costs, exponents."""
    rows = []
    for name, part in frame.groupby("strategy", sort=False):
        case = CASES[name]
        first = part.set_index(list(AXES)).loc[tuple(getattr(case, axis) for axis in AXES)]
        said = stated(case.strategy)
        found = exponents(part, case, of)
        row = {"strategy": name, "stated": said[of]}
        row["n, d, k, b"] = ", ".join(f"{getattr(case, axis):,}".replace(",", " ") for axis in AXES)
        row[unit] = shown(first[of] / (1 if of == "seconds" else 1e6))
        row |= {axis: "" if math.isnan(found[axis]) else f"{found[axis]:.1f}" for axis in AXES}
        rows.append(row)
    return pd.DataFrame(rows)


def shown(value):
    """Two digits that count."""
    return "" if math.isnan(value) else f"{value:.2g}" if value < 10 else f"{value:.0f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--limit", type=float, default=60, help="seconds that a cell may take")
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES), metavar="NAME")
    parser.add_argument("--again", action="store_true", help="measure what there is once more")
    parser.add_argument("--tables", action="store_true", help="from raw/cells.csv, nothing anew")
    options = parser.parse_args()
    study = Study("costs").made("raw", "tables")
    if options.tables:
        frame = pd.read_csv(study.raw("cells.csv"))
    else:
        frame = measured(study, options.only, options.limit, options.again)
        frame.round({"seconds": 5}).to_csv(study.raw("cells.csv"), index=False)
    for of, unit, name in (("seconds", "s", "seconds"), ("bytes", "MB", "memory")):
        made = table(frame, of, unit)
        made.to_csv(study.table(f"{name}.csv"), index=False)
        print(f"\n{made.to_string(index=False)}")


if __name__ == "__main__":
    main()
