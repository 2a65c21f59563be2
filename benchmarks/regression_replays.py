"""Compare strategies for regressors: leads over random rows in area, by model, on each half of
sets.

    python benchmarks/regression_replays.py [ridge] [splines] [forest] [process] [fives] [ones]
        [--half choosing|reporting] [--few] [--seeds N] [--finished]

At most 2,500 rows of a set, 30% of them for testing; the same 20 random rows first.  "ridge" is
Bayesian ridge on the columns, "splines" on splines of them, "process" a Gaussian process (up to 80
labels, by 10); batches of 20 up to 200 labels, "fives" up to 120, "ones" up to 60.  10 seeds for
the leading strategies, 5 for the others, which --few leaves out.  The score is R², or 0 if it is
negative: a model that is worse than the mean counts as the mean.

The rule, fixed before the reporting half was evaluated: the choice must not be reliably behind
random rows on any set (the 95% interval of the lead), and among such strategies have the largest
mean lead.

A stopped run continues; --finished makes tables of the finished replays.  Writes
results/regressions/raw/<model>-<half>.jsonl, raw/<model>-<half>.csv (the lead on each set), and
tables/<model>-<half>.csv.
"""

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from places import Study
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import BayesianRidge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer

from skal.experiments import compare
from skal.strategies import (
    Bait,
    Lcmd,
    MaxHerding,
    PredictiveStd,
    Random,
    Spread,
    TypiClust,
    UncertaintyHerding,
)

sys.path.insert(0, str(Path(__file__).parent / "peers"))
import data_sets
import tables

STUDY = Study("regressions")
ROWS, SEEDS, SEEDS_OF_OTHERS = 2_500, 10, 5
FRAME = {"test_size": 0.3, "progress": False, "scoring": "r2", "initial_size": 20}
BATCHES = {"budget": 200, "batch_size": 20}
KERNEL = 1.0 * RBF(3.0, (1e-1, 1e3)) + WhiteKernel(0.1, (1e-4, 1e1))
RIDGE = BayesianRidge()
NUMBERS = [
    *("casp", "diamonds", "wine quality", "airfoil"),
    *("compactiv", "puma32h", "treasury", "concrete", "skill", "fish"),
]
LEADING = {
    "Random": Random(),
    "Spread(Random)": Spread(Random()),
    "UncertaintyHerding": UncertaintyHerding(),
    "MaxHerding": MaxHerding(),
}
OTHERS = {"TypiClust": TypiClust(), "Lcmd": Lcmd(), "Bait": Bait()}
OF_FORESTS = {name: LEADING[name] for name in ("Random", "UncertaintyHerding", "MaxHerding")}
STUDIES = {  # estimator, sets, frame, strategies that lead, others
    "ridge": (RIDGE, list(data_sets.REGRESSION), BATCHES, LEADING, OTHERS),
    "splines": (
        make_pipeline(SplineTransformer(extrapolation="linear"), RIDGE),
        NUMBERS,
        BATCHES,
        LEADING,
        OTHERS,
    ),
    "forest": (
        RandomForestRegressor(50, random_state=0),
        ["diamonds", "airfoil", "insurance", "treasury", "concrete", "fish"],
        BATCHES,
        {},
        OF_FORESTS,
    ),
    "process": (
        GaussianProcessRegressor(KERNEL, normalize_y=True),
        NUMBERS,
        {"budget": 80, "batch_size": 10},
        {},
        {
            **LEADING,
            "PredictiveStd": PredictiveStd(),
            "Spread(PredictiveStd, 20)": Spread(PredictiveStd(), factor=20),
        },
    ),
    "fives": (
        RIDGE,
        ["wine quality", "airfoil", "communities", "concrete", "skill", "fish"],
        {"budget": 120, "batch_size": 5},
        {},
        {**LEADING, **OTHERS},
    ),
    "ones": (
        RIDGE,
        ["airfoil", "communities", "concrete", "fish"],
        {"budget": 60, "batch_size": 1},
        {},
        {**LEADING, **OTHERS},
    ),
}


def some(load):
    """Rows drawn at random from those of the peers' benchmark."""
    X, y = load()
    rows = np.sort(np.random.default_rng(0).permutation(len(y))[:ROWS])
    return X[rows], y[rows]


def replayed(name, half, options):
    """A frame of the replays of a study on a half of the sets."""
    estimator, sets, frame, leading, others = STUDIES[name]
    file, wanted = STUDY.raw(f"{name}-{half}.jsonl"), data_sets.of_half(half, data_sets.REGRESSION)
    sets = [one for one in sets if one in wanted]
    groups = [(leading, SEEDS), ({} if options.few else others, SEEDS_OF_OTHERS)]
    if not options.finished:
        data = {one: some(data_sets.REGRESSION[one]) for one in sets}
        frame = {**FRAME, **frame, "results": file}
        for strategies, seeds in groups:
            if strategies:
                seeds = min(seeds, options.seeds)
                compare(strategies, {name: estimator}, data, seeds=seeds, **frame)
    results = tables.finished(file, ["r2"], (sets, {**leading, **others}))
    return results.assign(**{tables.SCORE: results["r2"].clip(lower=0)})


def written(results, name, half):
    """The tables of a study: the lead on each set, and in short."""
    by_seed = tables.leads(results, "Random")
    each = tables.with_interval(by_seed, ["data", "strategy"]).rename_axis(["data", "strategy"])
    each.round(4).to_csv(STUDY.raw(f"{name}-{half}.csv"))
    over = tables.with_interval(by_seed.groupby(["strategy", "seed"]).mean(), "strategy")
    ranks = each["mean"].unstack("data").rank(ascending=False).mean(axis=1)
    short = over.rename(columns={"mean": "lead"}).join(tables.verdicts(each.droplevel([])))
    short["mean rank"] = ranks
    shown = pd.DataFrame({"mean rank": short["mean rank"].map("{:.1f}".format)})
    parts = zip(short["lead"], short["low"], short["high"], strict=True)
    shown["lead"] = [f"{mean:+.3f} ({low:+.3f} to {high:+.3f})" for mean, low, high in parts]
    counts = zip(short["ahead"], short["level"], short["behind"], strict=True)
    shown["ahead, level, behind"] = [f"{a:.0f}, {b:.0f}, {c:.0f}" for a, b, c in counts]
    shown["seeds"] = short["n_seeds"].astype(int)
    shown = shown.loc[short["lead"].sort_values(ascending=False).index].drop("Random")
    shown.rename_axis("strategy").to_csv(STUDY.table(f"{name}-{half}.csv"))
    print(f"\n{name}, {half}\n\n{each['mean'].unstack('data').round(3).to_string()}")
    print(f"\n{shown.to_string()}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(STUDIES)}")
    halves = (data_sets.CHOOSING, data_sets.REPORTING)
    parser.add_argument("--half", choices=halves, help="both by default")
    parser.add_argument("--few", action="store_true", help="the strategies that lead only")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="so many at most")
    parser.add_argument("--finished", action="store_true", help="tables of what is there already")
    options = parser.parse_args()
    if unknown := set(options.names) - STUDIES.keys():
        parser.error(f"no study {sorted(unknown)}; there are {sorted(STUDIES)}.")
    STUDY.made("raw", "tables")
    warnings.simplefilter("ignore", ConvergenceWarning)  # a kernel parameter at its bound
    for name in options.names or STUDIES:
        for half in halves if options.half is None else [options.half]:
            results = replayed(name, half, options)
            written(results, name, half)


if __name__ == "__main__":
    main()
