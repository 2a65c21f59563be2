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

Training schemes (section 5.1 of the paper), on the imbalanced pool: the SVM above; an SVM with an
RBF kernel and class weights, C of 1, 3 or 10 by three-fold cross-validation; logistic regression
(C of 0.01), and the same with its probabilities divided by the class frequencies (thresholding);
random rows and `Diversify` of margin shift, 8,000 images before classes are thinned out, 2,000 test
images, up to 1,000 labels, 3 seeds.

    pip install ".[nets,data,experiments]" && python benchmarks/papers/alamp_cifar10.py [--jobs 2]
    python benchmarks/papers/alamp_cifar10.py --only schemes

A run that was stopped goes on where it was.  Writes, to results/alamp-cifar10, raw/rounds.csv (the
rounds of every replay), tables/summary.csv (mean accuracy over the curve, labels to reach 50 to
80 %, labels saved against random), tables/imbalance.csv (deviation over mean of the classes
labelled, by round), what the user guide shows of both (tables/balanced.csv and imbalanced.csv),
and tables/schemes.csv.
"""

import numpy as np
import pandas as pd
from options import parser_for, study_of
from scipy.optimize import brentq
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC, LinearSVC

from skal.datasets import load_cifar10_features
from skal.experiments import compare
from skal.metrics import area_under_curve, labels_saved, labels_to_reach
from skal.nets import PriorThreshold
from skal.strategies import Bait, CoreSet, Diversify, Margin, MarginShift, Random, Shortlist, Spread

SVM = GridSearchCV(
    LinearSVC(class_weight="balanced", dual=True, tol=1e-3, random_state=0),
    {"C": [0.001, 0.003, 0.01]},
    cv=3,
)
LOGISTIC = LogisticRegression(C=0.01, max_iter=500)
SCHEMES = {
    "linear SVM, class weights": SVM,
    "RBF SVM, class weights": GridSearchCV(SVC(class_weight="balanced"), {"C": [1, 3, 10]}, cv=3),
    "logistic regression": LOGISTIC,
    "logistic regression, thresholding": PriorThreshold(LOGISTIC),
}
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


def curves(study, options):
    """Learning curves of all strategies on both pools, and the tables made of them."""
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
        results=study.raw("replays.jsonl"),
    )
    kept = results.columns[: results.columns.get_loc("imbalance") + 1]
    results[kept].round(5).to_csv(study.raw("rounds.csv"), index=False)
    table = area_under_curve(results)
    for target in (0.5, 0.6, 0.7, 0.75, 0.8):
        table[f"labels to {target:.0%}"] = labels_to_reach(results, target)["labels"]
    table = table.join(labels_saved(results, against="random")[["saved"]])
    profile = results.groupby(["data", "strategy", "n_labelled"], sort=False)["imbalance"].mean()
    profile = profile.unstack("n_labelled")
    table.round(4).to_csv(study.table("summary.csv"))
    profile.round(3).to_csv(study.table("imbalance.csv"))
    for name, part in shown(table, profile).groupby("data", sort=False):
        part.droplevel("data").to_csv(study.table(f"{name}.csv"))
    print(table.round(3).to_string())
    print(f"\ndeviation over mean of the labelled classes\n\n{profile.round(2).to_string()}")


def schemes(study, quick):
    """Accuracies of training schemes on the imbalanced pool, a row a scheme and strategy."""
    seeds, budget, batch = (1, 300, 100) if quick else (3, 1_000, 200)
    pools = data(*((2_000, 1_000) if quick else (8_000, 2_000)))
    results = compare(
        {"random": Random(), "Diversify(margin shift)": Diversify(MarginShift())},
        SCHEMES,
        {"imbalanced": pools["imbalanced"]},
        seeds=seeds,
        budget=budget,
        batch_size=batch,
        scoring=["accuracy"],
        results=study.raw("schemes.jsonl"),
    )
    table = results.pivot_table(
        index=["estimator", "strategy"], columns="n_labelled", values="accuracy", sort=False
    )
    deviation = results.groupby(["estimator", "strategy", "n_labelled"])["accuracy"].std()
    table.columns = [f"{n:,} labels" for n in table.columns]
    table["± at the end"] = deviation.groupby(["estimator", "strategy"]).last()
    table.round(3).to_csv(study.table("schemes.csv"))
    print(table.round(3).to_string())


def main():
    parser = parser_for(__doc__, "a seed, 2,000 images, 300 labels")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", choices=["curves", "schemes"], help="one of the parts (both)")
    options = parser.parse_args()
    study = study_of(options, "alamp-cifar10", "raw", "tables")
    if options.only != "schemes":
        curves(study, options)
    if options.only != "curves":
        schemes(study, options.quick)


if __name__ == "__main__":
    main()
