"""Compare strategies on eight data sets, with logistic regression and an SVM, and three of a peer.

Pools have at most 3,000 rows, 1,500 rows are for testing; 200 labels in batches of 20 from the same
20 random rows, 10 seeds.  Random, margin sampling and BADGE of scikit-activeml 1.0.1 are replayed
by the same harness (the last two with logistic regression only, because they require probabilities,
which an SVM does not have).

    pip install ".[bench,data,experiments]" && python benchmarks/strategies.py

A stopped run continues.  Writes, to results/strategies, raw/areas.csv (areas with their intervals,
labels saved, seconds) and a table for each estimator, tables/logistic.csv and tables/svm.csv; a
quick run writes the same to results/quick/strategies.
"""

import argparse

import numpy as np
import pandas as pd
from peers.scikit_activeml import Peer
from places import QUICK, RESULTS, Study
from skactiveml.pool import Badge as TheirBadge
from skactiveml.pool import RandomSampling, UncertaintySampling
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skal import datasets
from skal.experiments import compare
from skal.metrics import area_under_curve, labels_saved, mean_ranks, pairwise_penalty
from skal.strategies import (
    Badge,
    CoreSet,
    Diversify,
    Entropy,
    ExpectedGradientLength,
    Lcmd,
    LeastConfidence,
    Margin,
    MarginShift,
    QueryByCommittee,
    Random,
    Shortlist,
    Spread,
    Stages,
    TypiClust,
)

ROWS, TEST_SIZE = 4_500, 1 / 3
ESTIMATORS = {"logistic": LogisticRegression(max_iter=1000), "svm": SVC()}
STRATEGIES = {
    "Random": Random(),
    "LeastConfidence": LeastConfidence(),
    "Margin": Margin(),
    "Entropy": Entropy(),
    "MarginShift": MarginShift(),
    "Diversify(Random)": Diversify(Random()),
    "Diversify(Margin)": Diversify(Margin()),
    "Diversify(MarginShift)": Diversify(MarginShift()),
    "Spread(Margin)": Spread(Margin()),
    "Shortlist(Badge)": Shortlist(Badge()),
    "Badge": Badge(),
    "CoreSet": CoreSet(),
    "TypiClust": TypiClust(),
    "TypiClust, then Margin": Stages([(0, TypiClust()), (100, Margin())]),
    "Lcmd": Lcmd(),
    "ExpectedGradientLength": ExpectedGradientLength(),
    "QueryByCommittee": QueryByCommittee(5),
}
THEIRS = {"scikit-activeml random": Peer(RandomSampling())}
THEIRS_WITH_PROBA = {
    "scikit-activeml margin": Peer(
        UncertaintySampling(method="margin_sampling"), ESTIMATORS["logistic"]
    ),
    "scikit-activeml BADGE": Peer(TheirBadge(), ESTIMATORS["logistic"]),
}
DATA = {
    "letter": datasets.load_letter,
    "magic": datasets.load_magic,
    "spambase": datasets.load_spambase,
    "satimage": lambda: datasets.load_keel("satimage"),
    "optdigits": lambda: datasets.load_keel("optdigits"),
    "page-blocks": lambda: datasets.load_keel("page-blocks"),
    "MNIST": datasets.load_mnist,
    "rt-polarity": datasets.load_rt_polarity_features,
}


def prepared(load):
    """Rows drawn at random; columns of mean 0 and variance 1.

    Of images the 64 main components, of embeddings all; both as they are, to mean square 1.
    """
    X, y = load()
    rows = np.sort(np.random.default_rng(0).permutation(len(y))[:ROWS])
    X, y = X[rows].reshape(len(rows), -1).astype(np.float64), y[rows]
    if load is datasets.load_mnist:
        X = PCA(64, random_state=0).fit_transform(X)
    if load in (datasets.load_mnist, datasets.load_rt_polarity_features):
        return (X - X.mean(axis=0)) / X.std(), y
    return StandardScaler().fit_transform(X), y


def replay(seeds, budget, n_jobs, file):
    """The frame of all replays, which a file keeps."""
    data = {name: prepared(load) for name, load in DATA.items()}
    both = {"data": data, "seeds": seeds, "budget": budget, "n_jobs": n_jobs}
    both |= {"batch_size": 20, "scoring": ["accuracy", "balanced_accuracy"]}
    both |= {"test_size": TEST_SIZE, "results": file}
    logistic = {"logistic": ESTIMATORS["logistic"]}
    return pd.concat(
        [
            compare(STRATEGIES | THEIRS, ESTIMATORS, **both),
            compare(THEIRS_WITH_PROBA, logistic, **both),
        ]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two seeds, 60 labels")
    parser.add_argument("--jobs", type=int, default=-1)
    options = parser.parse_args()
    seeds, budget = (2, 60) if options.quick else (10, 200)
    study = Study("strategies", QUICK if options.quick else RESULTS).made("raw", "tables")
    results = replay(seeds, budget, options.jobs, study.raw("replays.jsonl"))
    for estimator, part in results.groupby("estimator"):
        table = summary(part)
        print(f"\n{estimator}\n\n{table.to_string()}")
        table.to_csv(study.table(f"{estimator}.csv"))
    everything(results).to_csv(study.raw("areas.csv"))


def summary(results):
    """A row a strategy, the best mean rank first: the table of the docs."""
    areas = area_under_curve(results, "accuracy")["mean"].droplevel("estimator").unstack("data")
    beaten = pairwise_penalty(results, "accuracy")
    saved = labels_saved(results, "accuracy")["saved"].droplevel("estimator").unstack("data")
    table = pd.DataFrame(
        {
            "mean rank": mean_ranks(results, "accuracy")["mean_rank"].round(1),
            "beaten": (beaten.sum() / (len(beaten) - 1)).round(2),
            "labels saved": (100 * saved.median(axis=1)).round().astype(int).astype(str) + "%",
        }
    )
    by_data = areas[list(DATA)].map("{:.3f}".format)
    return table.join(by_data).sort_values("mean rank", kind="stable").rename_axis("strategy")


def everything(results):
    """Areas with their intervals, labels saved and seconds, for each data set and estimator."""
    areas = area_under_curve(results, "accuracy")
    areas["balanced"] = area_under_curve(results, "balanced_accuracy")["mean"]
    saved = labels_saved(results, "accuracy")
    areas[["saved", "saved_low", "saved_high"]] = saved[["saved", "low", "high"]]
    asked = results[results["round"] > 0].groupby(["data", "estimator", "strategy"])
    areas["query_seconds"] = asked["query_seconds"].median()
    return areas.round(4)


if __name__ == "__main__":
    main()
