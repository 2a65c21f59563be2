"""Reading results: what is missing is said, and makes a number "not run"."""

import json
from functools import cache

import numpy as np
import pandas as pd
from options import Study

from evidence.verdicts import NotRun


@cache
def _text(path, changed):
    return path.read_text()


def _found(folder, study, name):
    path = Study(study, folder).raw(name)
    if not path.is_file():
        raise NotRun(f"no {path.relative_to(folder)} yet ({study.replace('-', '_')}.py)")
    return path


def read_json(folder, study, name):
    """What the script of a study wrote as JSON."""
    path = _found(folder, study, name)
    return json.loads(_text(path, path.stat().st_mtime_ns))


def read_frame(folder, study, name):
    """What the script of a study wrote as CSV."""
    return pd.read_csv(_found(folder, study, name))


def read_gpu(folder, name):
    """What ../gpu/run.sh wrote: a line a round, `strategy` for the run, `n_labelled` for labels."""
    path = folder / "gpu" / "raw" / f"{name}.json"
    if not path.is_file():
        raise NotRun(f"no {path.relative_to(folder)} yet (benchmarks/gpu/run.sh)")
    frame = pd.read_json(path)
    return frame.rename(columns={"run": "strategy", "labels": "n_labelled"})


def missing(reason):
    """A measure of what was not run."""

    def measure(folder):
        raise NotRun(reason)

    return measure


def entry(results, key, name):
    """`results[key]`, with at least one seed in it."""
    if not results.get(key):
        raise NotRun(f"{name} has no {key!r} yet")
    return results[key]


def paired(first, second):
    """The seeds that two entries have in common, first come first."""
    seeds = [seed for seed in first if seed in second]
    if not seeds:
        raise NotRun("there is no seed that both have done")
    return [(first[seed], second[seed]) for seed in seeds]


def heights(frame, strategy, score="score"):
    """Seeds × rounds of one strategy: a table indexed by seed, a column a number of labels."""
    part = frame[frame["strategy"] == strategy]
    if part.empty:
        raise NotRun(f"{strategy!r} has no rounds yet")
    return part.pivot(index="seed", columns="n_labelled", values=score)


def lead(frame, strategy, other, score="score", rounds=slice(None)):
    """The mean difference of two curves over some rounds, one number a seed that both have."""
    first, second = heights(frame, strategy, score), heights(frame, other, score)
    difference = (first - second).dropna().iloc[:, rounds]
    if not difference.size:
        raise NotRun(f"{strategy!r} and {other!r} have no such rounds in common")
    return np.asarray(difference.mean(axis=1))
