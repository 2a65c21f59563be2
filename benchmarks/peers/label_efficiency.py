"""Labels: our strategies and the peers', on the same data, splits, model, first batch and budget.

Classification: fourteen sets, logistic regression.  Regression: three sets, Bayesian ridge.  Pools
of 3,000 rows at most, 1,500 to test on and 500 put aside for the oracle, 200 labels in batches of
20 from the same 20 random rows, 10 seeds.  Accuracy decides, balanced accuracy on imbalanced sets,
R² of a regression.  The default was chosen on the half of the sets that data_sets.py calls
"choosing"; what counts is how it does on the other half.

    pip install ".[bench,data,experiments]" torch bmdal_reg==3.0.2
    python benchmarks/peers/label_efficiency.py [classification] [regression] [tables] [--quick]

A run that was stopped goes on where it was.  Writes results/peers-*.csv.
"""

import argparse
import warnings
from pathlib import Path

import data_sets
import ours
import pandas as pd
import tables
import theirs
from models import CLASSIFIER, REGRESSOR

from skal.experiments import compare
from skal.strategies import Oracle

RESULTS = Path(__file__).parent.parent / "results"
SEEDS, SEEDS_OF_SLOW, SEEDS_OF_ORACLE = 10, 5, 3
FRAME = {"budget": 200, "batch_size": 20, "test_size": 0.3, "holdout_size": 1 / 7}
QUICK = {**FRAME, "budget": 60}
SCORES = ["accuracy", "balanced_accuracy"]


def classification(options):
    """All replays of classifiers: those that the most depends on come first."""
    data = data_sets.classification()
    groups = [
        (ours.CLASSIFICATION, SEEDS),
        (theirs.named(theirs.CLASSIFICATION), SEEDS),
        (theirs.named(theirs.SLOW), SEEDS_OF_SLOW),
        ({"Oracle": Oracle(candidates=10)}, SEEDS_OF_ORACLE),
    ]
    estimator = {"logistic": CLASSIFIER}
    return replays(groups, estimator, data, options, "peers-classification", scoring=SCORES)


def regression(options):
    """All replays of regressions."""
    groups = [
        (ours.REGRESSION, SEEDS),
        (theirs.named(theirs.REGRESSION), SEEDS),
        (theirs.named(theirs.BMDAL, "bmdal_reg"), SEEDS),
        (theirs.named(theirs.SLOW_REGRESSION), SEEDS_OF_ORACLE),
        ({"Oracle": Oracle(candidates=10)}, SEEDS_OF_ORACLE),
    ]
    estimator, data = {"ridge": REGRESSOR}, data_sets.regression()
    return replays(groups, estimator, data, options, "peers-regression", scoring="r2")


def replays(groups, estimator, data, options, name, scoring):
    """A frame of all groups."""
    frame, file = FRAME, f"{name}.jsonl"
    if options.quick:
        frame, file = QUICK, f"{name}-quick.jsonl"
    frame = {**frame, "scoring": scoring, "results": RESULTS / file, "n_jobs": options.jobs}
    return pd.concat(
        compare(strategies, estimator, data, seeds=2 if options.quick else seeds, **frame)
        for strategies, seeds in groups
    )


def write(results, name, against):
    """The tables of some data sets."""
    few = results[results["seed"] < SEEDS_OF_ORACLE]
    without = results[results["strategy"] != "Oracle"]
    table = tables.summary(without, against, oracle=few)
    table.round(4).to_csv(RESULTS / f"{name}-summary.csv")
    tables.rounded(table).to_csv(RESULTS / f"{name}-table.csv")
    every = tables.complete(without)
    tables.pairwise_penalty(every, tables.SCORE).round(2).to_csv(RESULTS / f"{name}-penalty.csv")
    gaps = tables.gap_closed(few, tables.SCORE).droplevel("estimator").round(3)
    gaps.to_csv(RESULTS / f"{name}-gaps.csv")
    print(f"\n{name}\n\n{tables.rounded(table).to_string()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", help="classification, regression; both by default")
    parser.add_argument("--quick", action="store_true", help="two seeds, 60 labels, no tables kept")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    warnings.filterwarnings("ignore", "The number of unique classes")  # 26 of 40 labels
    parts = options.parts or ["classification", "regression"]
    if "classification" in parts:
        results = classification(options)
        score_of = {name: data.score for name, data in data_sets.CLASSIFICATION.items()}
        results = tables.with_decisive(results, score_of)
        for half in (data_sets.CHOOSING, data_sets.REPORTING):
            part = results[results["data"].isin(data_sets.of_half(half))]
            write(part, f"peers-{half}", "Margin")
        without = results[results["strategy"] != "Oracle"]
        tables.every_figure(without).to_csv(RESULTS / "peers-classification.csv")
    if "regression" in parts:
        results = regression(options)
        results = tables.with_decisive(results, dict.fromkeys(data_sets.REGRESSION, "r2"))
        write(results, "peers-regression", "Random")
        without = results[results["strategy"] != "Oracle"]
        tables.every_figure(without, "Random").to_csv(RESULTS / "peers-regression.csv")


if __name__ == "__main__":
    main()
