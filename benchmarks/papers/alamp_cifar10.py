"""CIFAR-10 on frozen features: margin shift between rounds, and its like, with an SVM on top.

The transfer scheme of Aggarwal, Popescu and Hudelot, Optimizing active learning for low annotation
budgets, 2021, with this protocol, fixed before its first run:

- Features of EfficientNet-Lite0, pretrained on ImageNet, as 128 principal components of the pool,
  divided by one number; pool: the first 20,000 training images, 2,000 a class (`balanced`), or
  classes of sizes that fall geometrically from 2,000 so that their standard deviation over their
  mean is 0.75, in an order drawn once (`imbalanced`); test: the first 5,000 test images, 500 a
  class.
- A linear SVM, C of 0.001, 0.003 or 0.01 by three-fold cross-validation on the labels of a round,
  class weights "balanced".  (The paper's SVC with default parameters has an RBF kernel; a linear
  one has a last layer for BAIT to look at.  The range holds the best of seven on 4,000 images of
  the pool, seen before the first run.)
- 200 images drawn at random, the same for all strategies of a seed, then 15 batches of 200; 5
  seeds.
- Strategies: random, margin, CoreSet, margin shift, `Diversify` of each of random, margin and
  margin shift (by the previous round, as in the paper for margin shift; by the current model for
  the others), BAIT (class by class), the same on a shortlist by margin, and
  margin spread over clusters.

The claims: about 20 % fewer labels than random; larger gains on the imbalanced pool.

    pip install ".[nets,data,experiments]" && python benchmarks/papers/alamp_cifar10.py [--jobs 2]

A run that was stopped goes on where it was.  Writes results/alamp-cifar10.csv (mean accuracy over
the curve, labels to reach 50 to 80 %, labels saved against random),
results/alamp-cifar10-imbalance.csv (deviation over mean of the classes labelled, by round), what
the user guide shows of both (alamp-cifar10-balanced.csv and -imbalanced.csv), and the rounds of
every replay, results/alamp-cifar10-rounds.csv.
"""

import numpy as np
import pandas as pd
from options import parser_for, results_folder
from scipy.optimize import brentq
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.svm import LinearSVC

from skal.datasets import load_cifar10_features
from skal.experiments import compare
from skal.metrics import area_under_curve, labels_saved, labels_to_reach
from skal.strategies import Bait, CoreSet, Diversify, Margin, MarginShift, Random, Shortlist, Spread

SVM = GridSearchCV(
    LinearSVC(class_weight="balanced", dual=True, tol=1e-3, random_state=0),
    {"C": [0.001, 0.003, 0.01]},
    cv=3,
)
DEVIATION_OVER_MEAN = 0.75


def all_strategies():
    """By the names of the results."""
    return {
        "random": Random(),
        "margin": Margin(),
        "CoreSet": CoreSet(),
        "margin shift": MarginShift(),
        "Diversify(random)": Diversify(Random(), classes="current"),
        "Diversify(margin)": Diversify(Margin(), classes="current"),
        "Diversify(margin shift)": Diversify(MarginShift()),
        "BAIT": Bait("block"),
        "Shortlist(BAIT)": Shortlist(Bait("block"), by=Margin()),
        "Spread(margin)": Spread(Margin()),
    }


def imbalanced(y, rng):
    """Rows of classes whose sizes fall geometrically to the deviation over mean that is wanted."""
    sizes = np.bincount(y)
    places = np.arange(len(sizes))

    def excess(ratio):
        shares = ratio**places
        return shares.std() / shares.mean() - DEVIATION_OVER_MEAN

    wanted = np.round(sizes[0] * brentq(excess, 0.1, 0.999) ** places).astype(int)
    order = rng.permutation(len(sizes))
    rows = [rng.permutation(np.flatnonzero(y == c))[:n] for c, n in zip(order, wanted, strict=True)]
    return np.sort(np.concatenate(rows))


def data(n_pool, n_test):
    """The two pools, each with the same test rows."""
    X, y = load_cifar10_features("train", n=n_pool)
    test = load_cifar10_features("test", n=n_test)
    components = PCA(128, random_state=0).fit(X)
    scale = np.sqrt(components.explained_variance_.mean())
    X, test = components.transform(X) / scale, (components.transform(test[0]) / scale, test[1])
    rows = imbalanced(y, np.random.default_rng(0))
    return {"balanced": (X, y, *test), "imbalanced": (X[rows], y[rows], *test)}


def shown(table, profile):
    """What the user guide shows of it."""
    mean, low, high = (table[name].map("{:.3f}".format) for name in ("mean", "low", "high"))
    part = pd.DataFrame({"mean accuracy": mean + " (" + low + " to " + high + ")"})
    for target in ("75%", "80%"):
        labels = table[f"labels to {target}"]
        part[f"labels to {target}"] = labels.map("{:,.0f}".format).replace("inf", "not reached")
    part["labels saved"] = table["saved"].map("{:.0%}".format)
    part = part.droplevel("estimator")
    last = profile.iloc[:, -1].rename("imbalance of the labels at the end")
    return part.join(last.map("{:.2f}".format))


def main():
    parser = parser_for(__doc__, "a seed, 2,000 images, 300 labels")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    folder = results_folder(options)
    seeds, budget, batch = (1, 300, 100) if options.quick else (options.seeds, 3_200, 200)
    results = compare(
        all_strategies(),
        {"SVM": SVM},
        data(*((2_000, 1_000) if options.quick else (20_000, 5_000))),
        seeds=seeds,
        budget=budget,
        batch_size=batch,
        scoring=["accuracy"],
        n_jobs=options.jobs,
        results=folder / "alamp-cifar10.jsonl",
    )
    kept = results.columns[: results.columns.get_loc("imbalance") + 1]
    results[kept].round(5).to_csv(folder / "alamp-cifar10-rounds.csv", index=False)
    table = area_under_curve(results)
    for target in (0.5, 0.6, 0.7, 0.75, 0.8):
        table[f"labels to {target:.0%}"] = labels_to_reach(results, target)["labels"]
    table = table.join(labels_saved(results, against="random")[["saved"]])
    profile = results.groupby(["data", "strategy", "n_labelled"], sort=False)["imbalance"].mean()
    profile = profile.unstack("n_labelled")
    table.round(4).to_csv(folder / "alamp-cifar10.csv")
    profile.round(3).to_csv(folder / "alamp-cifar10-imbalance.csv")
    for name, part in shown(table, profile).groupby("data", sort=False):
        part.droplevel("data").to_csv(folder / f"alamp-cifar10-{name}.csv")
    print(table.round(3).to_string())
    print(f"\ndeviation over mean of the labelled classes\n\n{profile.round(2).to_string()}")


if __name__ == "__main__":
    main()
