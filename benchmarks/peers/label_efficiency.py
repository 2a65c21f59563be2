"""Labels: our strategies and the peers', on the same data, splits, model, first batch and budget.

Classification: fourteen sets, logistic regression.  Regression: six sets, Bayesian ridge.  Pools
of 3,000 rows at most, 1,500 to test on and 500 put aside for the oracle, 200 labels in batches of
20 from the same 20 random rows, 10 seeds.  Accuracy decides, balanced accuracy on imbalanced sets,
R² of a regression.  The default was chosen on the half of the sets that data_sets.py calls
"choosing"; what counts is how it does on the other half.

    pip install ".[bench,data,experiments]"
    python benchmarks/peers/label_efficiency.py [classification] [regression] [--seeds N] [--quick]

A run that was stopped goes on where it was; --finished makes tables of what there is.  Writes, to
results/peers, raw/classification.csv and raw/regression.csv (every data set by itself), their
-curves.csv, and the tables of each half; a quick run the same to results/quick/peers.
"""

import argparse
import warnings

import data_sets
import numpy as np
import ours
import pandas as pd
import tables
import theirs
from folder import peers
from models import CLASSIFIER, REGRESSOR

from skal.experiments import compare
from skal.metrics import pairwise_penalty
from skal.strategies import Oracle

SEEDS, SEEDS_OF_ORACLE = 10, 3
FRAME = {"budget": 200, "batch_size": 20, "test_size": 0.3, "holdout_size": 1 / 7}
QUICK = {**FRAME, "budget": 60}
ORACLE = {"Oracle": Oracle(size=10)}
SCORES = ["accuracy", "balanced_accuracy"]


def classification(options):
    """All replays of classifiers: those that the most depends on come first."""
    groups = [
        (ours.CLASSIFICATION, SEEDS),
        (theirs.named(theirs.CLASSIFICATION), SEEDS),
        (ORACLE, SEEDS_OF_ORACLE),
        (theirs.named(theirs.SLOW), SEEDS),
    ]
    sets = data_sets.CLASSIFICATION
    return replays(groups, {"logistic": CLASSIFIER}, sets, options, "classification", SCORES)


def regression(options):
    """All replays of regressions."""
    groups = [
        (ours.REGRESSION, SEEDS),
        (theirs.named(theirs.REGRESSION), SEEDS),
        (theirs.named(theirs.BMDAL, "bmdal_reg"), SEEDS),
        (ORACLE, SEEDS_OF_ORACLE),
        (theirs.named(theirs.SLOW_REGRESSION), SEEDS),
    ]
    sets = {name: data_sets.REGRESSION[name] for name in data_sets.BESIDE_PEERS}
    return replays(groups, {"ridge": REGRESSOR}, sets, options, "regression", ["r2"])


def replays(groups, estimator, sets, options, task, scores):
    """A frame of all groups; of what is finished only, if that is wanted."""
    file = options.study.raw(f"{task}.jsonl")
    if options.finished:
        names = {name for strategies, _ in groups for name in strategies}
        results = tables.finished(file, scores, (sets, names))
        return results[results["seed"] < options.seeds]
    frame = {**(QUICK if options.quick else FRAME), "scoring": scores, "n_jobs": options.jobs}
    data = {name: load() for name, load in sets.items()}
    return pd.concat(
        compare(strategies, estimator, data, seeds=min(seeds, options.seeds), results=file, **frame)
        for strategies, seeds in groups
    )


def write(results, name, against, study, default):
    """The tables of some data sets; in short, the ten best with what all have to beat."""
    few, without = results[results["seed"] < SEEDS_OF_ORACLE], without_oracle(results)
    table = tables.summary(without, against, few)
    shown = tables.rounded(table, default)
    short = shown[(np.arange(len(shown)) < 10) | shown.index.isin(["Margin", "Random"])]
    penalty = pairwise_penalty(tables.complete(without), tables.SCORE).round(2)
    gaps = tables.gaps(few).round(3)
    parts = {"summary": table.round(4), "table": shown, "short": short}
    parts |= {"penalty": penalty, "gaps": gaps}
    for part, content in parts.items():
        content.to_csv(study.table(f"{name}-{part}.csv"))
    print(f"\n{name}\n\n{shown.to_string()}")


def write_halves(results, sets, task, against, study, default):
    """The tables of those that chose, and of those that report."""
    for half in (data_sets.CHOOSING, data_sets.REPORTING):
        part = results[results["data"].isin(data_sets.of_half(half, sets))]
        write(tables.on_every_set(part), f"{task}{half}", against, study, default)


def without_oracle(results):
    """Of those who do not know the labels."""
    return results[results["strategy"] != "Oracle"]


def write_every(results, name, against, study):
    """Each data set by itself, and the learning curves."""
    tables.every_figure(without_oracle(results), against).to_csv(study.raw(f"{name}.csv"))
    tables.curves(results).to_csv(study.raw(f"{name}-curves.csv"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", help="classification, regression; both by default")
    parser.add_argument("--quick", action="store_true", help="two seeds, 60 labels")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="so many at most")
    parser.add_argument("--finished", action="store_true", help="tables of what is there already")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    options.study = peers("raw", "tables", quick=options.quick)
    options.seeds = 2 if options.quick else options.seeds
    warnings.filterwarnings("ignore", "The number of unique classes")  # 26 of 40 labels
    reasons = pd.Series(theirs.not_replayed(), name="why").rename_axis("scikit-activeml")
    reasons.to_csv(options.study.table("not-replayed.csv"))
    parts = options.parts or ["classification", "regression"]
    if "classification" in parts:
        results = classification(options)
        score_of = {name: data.score for name, data in data_sets.CLASSIFICATION.items()}
        results = tables.with_decisive(results, score_of)
        write_every(results, "classification", "Margin", options.study)
        sets, default = data_sets.CLASSIFICATION, "Spread(Margin, 20)"
        write_halves(results, sets, "", "Margin", options.study, default)
    if "regression" in parts:
        results = regression(options)
        results = tables.with_decisive(results, dict.fromkeys(data_sets.BESIDE_PEERS, "r2"))
        write_every(results, "regression", "Random", options.study)
        sets, default = data_sets.REGRESSION, "Spread(Random)"
        write_halves(results, sets, "regression-", "Random", options.study, default)


if __name__ == "__main__":
    main()
