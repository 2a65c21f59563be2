"""Compare strategies for Gaussian processes: deviations, spread, coverage, random rows.

Six regressions, an RBF kernel with noise whose parameters are fitted in each round.  Pools have at
most 2,000 rows, 1,000 rows are for testing; 60 labels in batches of 10 from the same 10 random
rows, 5 seeds.  The criterion is R², averaged over the curve; each half of the sets has its own
table.

    pip install ".[data,experiments]" && python benchmarks/gaussian_processes.py

A stopped run continues.  Writes, to results/gaussian-processes, raw/areas.csv (areas with their
intervals, R² at 30 and 60 labels) and a table for each half, tables/choosing.csv and
tables/reporting.csv; a quick run writes the same to results/quick/gaussian-processes.
"""

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from places import QUICK, RESULTS, Study
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel

from skal.experiments import compare
from skal.metrics import area_under_curve, labels_saved, mean_ranks
from skal.strategies import (
    Lcmd,
    PredictiveStd,
    Random,
    Sequential,
    Spread,
    TypiClust,
)

sys.path.insert(0, str(Path(__file__).parent / "peers"))
from data_sets import BESIDE_PEERS, CHOOSING, REGRESSION, REPORTING, of_half

ROWS, TEST_SIZE = 3_000, 1 / 3
KERNEL = 1.0 * RBF(3.0, (1e-1, 1e3)) + WhiteKernel(0.1, (1e-4, 1e1))
PROCESS = GaussianProcessRegressor(KERNEL, normalize_y=True)


STRATEGIES = {
    "Random": Random(),
    "Spread(Random)": Spread(Random()),
    "PredictiveStd": PredictiveStd(),
    "Sequential(PredictiveStd)": Sequential(PredictiveStd()),
    "Spread(PredictiveStd)": Spread(PredictiveStd()),
    "Spread(PredictiveStd, 20)": Spread(PredictiveStd(), factor=20),
    "Lcmd": Lcmd(),
    "TypiClust": TypiClust(),
}


def prepared(load):
    """Rows drawn at random from those of the peers' benchmark."""
    X, y = load()
    rows = np.sort(np.random.default_rng(0).permutation(len(y))[:ROWS])
    return X[rows], y[rows]


def summary(results):
    """A row a strategy, the best mean rank first; R² over the curve, data set by data set."""
    areas = area_under_curve(results, "r2")["mean"].droplevel("estimator").unstack("data")
    saved = labels_saved(results, "r2")["saved"].droplevel("estimator").unstack("data")
    table = pd.DataFrame(
        {
            "mean rank": mean_ranks(results, "r2")["mean_rank"].round(1),
            "labels saved": (100 * saved.median(axis=1)).round().map("{:.0f}%".format),
            "mean R²": areas.mean(axis=1).map("{:.3f}".format),
        }
    )
    table = table.join(areas[list(results["data"].unique())].map("{:.3f}".format))
    return table.sort_values("mean rank", kind="stable").rename_axis("strategy")


def everything(results):
    """Areas with their intervals, and R² on the way, for each data set and strategy."""
    areas = area_under_curve(results, "r2").droplevel("estimator")
    for n in (30, 60):
        then = results[results["n_labelled"] == n].groupby(["data", "strategy"])
        areas[f"r2_at_{n}"] = then["r2"].mean()
    return areas.round(4)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one seed, 30 labels")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    seeds, budget = (1, 30) if options.quick else (5, 60)
    study = Study("gaussian-processes", QUICK if options.quick else RESULTS).made("raw", "tables")
    warnings.simplefilter("ignore", ConvergenceWarning)  # a kernel parameter at its bound
    data = {name: prepared(REGRESSION[name]) for name in BESIDE_PEERS}
    results = compare(
        STRATEGIES,
        {"process": PROCESS},
        data,
        seeds=seeds,
        budget=budget,
        batch_size=10,
        test_size=TEST_SIZE,
        scoring="r2",
        n_jobs=options.jobs,
        results=study.raw("replays.jsonl"),
    )
    everything(results).to_csv(study.raw("areas.csv"))
    for half in (CHOOSING, REPORTING):
        table = summary(results[results["data"].isin(of_half(half, REGRESSION))])
        table.to_csv(study.table(f"{half}.csv"))
        print(f"\n{half}\n\n{table.to_string()}")


if __name__ == "__main__":
    main()
