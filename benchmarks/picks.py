"""Record the rows that every strategy selects, to detect changes in a refactoring.

    python benchmarks/picks.py record        # writes results/picks.json
    python benchmarks/picks.py extend        # adds the cases that it lacks, and keeps the others
    python benchmarks/picks.py check         # recomputes it, and prints what differs

A case is a strategy in a setting (a model, a container of X, a form of query): the rows of three
rounds of five, or the type of the error if the two are incompatible.  Under "scores of" a setting
are some scores after the third round, with six digits.  Labels of cases stay the same when
parameters are renamed: in that case, change picks_strategies.py, and `learner_of` and `scores`
here.  Each command takes about 230 s on one core.
"""

import argparse
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import sklearn
import skorch
import torch
from picks_settings import ALL_X, POOL, SETTINGS, TARGETS, single

from skal import ActiveLearner

FILE = Path(__file__).parent / "results" / "picks.json"
KNOWN, BATCH, ROUNDS = 15, 5, 3  # labels known at first
SCORED = ("logistic", "forest", "net", "Ridge", "goals: logistic", "goals: Ridge")
SCORED += ("logistic, balanced", "logistic, counted priors", "both, three classes")


def learner_of(setting, strategy):
    """A learner that asks with the strategy."""
    options = {"initial" if setting.way == "initial" else "strategy": strategy}
    if setting.way == "replay":
        options |= {"initial_size": KNOWN, "replay_budget": KNOWN + ROUNDS * BATCH}
    options |= {"batch_size": BATCH, "random_state": 0, "surrogate": setting.surrogate}
    missing = np.nan if setting.target == "numbers" else -1
    return ActiveLearner(setting.model, missing_label=missing, **options)


def data_of(setting):
    """X, all of its labels, and the holdout."""
    y = TARGETS[setting.target]
    if isinstance(setting.model, skorch.NeuralNetRegressor):
        y = single(y)[:, None]
    X, holdout = (setting.container(part) for part in (ALL_X[:POOL], ALL_X[POOL:]))
    return X, y[:POOL], (holdout, y[POOL:])


def picks(learner, setting):
    """The rows of each round."""
    X, truth, holdout = data_of(setting)
    if setting.way == "replay":
        learner.fit(X, truth, *holdout)
        return [record["rows"].tolist() for record in learner.history_[-ROUNDS:]]
    y, taught, pool, first = truth.copy(), [], None, 0
    y[0 if setting.way == "initial" else KNOWN :] = learner.missing_label
    if setting.way == "pool":
        X, pool, y, first = X[:KNOWN], X[KNOWN:], y[:KNOWN], KNOWN
    learner.fit(X, y, *holdout)
    for _ in range(ROUNDS):
        rows = learner.query(pool, exclude=[row for batch in taught for row in batch])
        taught.append(rows.tolist())
        learner.teach(rows, truth[first:][rows], X=pool)
    return taught


def scores(learner):
    """Scores of some candidates with six digits."""
    values = learner.query_utilities()
    return [float(f"{value:.6g}") for value in values[np.isfinite(values)][::12]]


def outcome(function, *args):
    """What comes of it, or the type of the error."""
    try:
        return function(*args)
    except Exception as error:
        return type(error).__name__


def every_case():
    """The label and the outcome of each case."""
    for name, setting in SETTINGS.items():
        for label, strategy in setting.strategies.items():
            learner = learner_of(setting, strategy)
            rows = outcome(picks, learner, setting)
            yield f"{name} | {label}", rows
            if name in SCORED and isinstance(rows, list) and learner.strategy_.utilities_by:
                yield f"scores of {name} | {label}", outcome(scores, learner)


def versions():
    """What picks may depend on beside our code."""
    return {module.__name__: module.__version__ for module in (sklearn, np, torch, skorch)}


def record(cases):
    """Write the file."""
    write({"versions": versions(), **cases})


def extend(cases):
    """Write the cases that the file lacks after those that it has; whether these are the same."""
    recorded = json.loads(FILE.read_text())
    added = {label: value for label, value in cases.items() if label not in recorded}
    write(recorded | added)
    print(f"{len(added)} cases added")
    return check(cases)


def write(entries):
    """Write the file, one case a line."""
    lines = (f"{json.dumps(label)}: {json.dumps(value)}" for label, value in entries.items())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def same(label, old, new):
    """Whether a case came out as it did; scores may differ by rounding."""
    if label.startswith("scores of") and isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and np.allclose(old, new, rtol=1e-5, atol=0)
    return old == new


def check(cases):
    """Print what differs from the file; whether all is the same."""
    recorded = json.loads(FILE.read_text())
    if (then := recorded.pop("versions")) != versions():
        print(f"Versions differ: {then} then, {versions()} now.")
    differ = 0
    for label in {**recorded, **cases}:
        old, new = (some.get(label, "no such case") for some in (recorded, cases))
        if not same(label, old, new):
            print(f"{label}:\n  was {old}\n  is  {new}")
            differ += 1
    print(f"{len(cases)} cases, {f'{differ} differ' if differ else 'all the same'}")
    return not differ


def main():
    """Record, extend or check."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    command = parser.add_argument("command", choices=["record", "extend", "check"]).dest
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    start, wanted = time.perf_counter(), getattr(parser.parse_args(), command)
    cases = dict(every_case())
    n_errors = sum(isinstance(outcome, str) for outcome in cases.values())
    seconds = f"{time.perf_counter() - start:.0f} s, {time.process_time():.0f} s of them computing"
    print(f"{n_errors} of {len(cases)} are errors; {seconds}")
    if wanted == "record":
        record(cases)
    elif not {"extend": extend, "check": check}[wanted](cases):
        sys.exit(1)


if __name__ == "__main__":
    main()
