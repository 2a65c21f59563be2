"""Bait's structures beside the exact one: trace reached, overlap of picks, labels saved.

Figures 2 and 4 of the BAIT paper set the objectives side by side on two views of MNIST: a random
projection, and what a net learned; here with the approximations that the paper leaves open, on
letter as well, and casp for a regression.  Two tables:

- one query each from the same model and labels: tr(M⁻¹F) of the whole problem after the batch, as
  a multiple of what "full" reaches, the share of picks in common, and the certificate's gap;
- learning curves through the harness: mean accuracy (R²) over the curve, labels saved.

    python benchmarks/papers/bait_structures.py [--part queries|curves] [--rows 2000] [--seeds 3]

Small on purpose, to be done in a quarter of an hour on one core: the results in the repository
are of 64 projected or learned dimensions, batches of 20, up to 120 labels; `queries` with
--rows 2000 --seeds 2, from 100 and from 400 labels; `curves` with --rows 1000 --seeds 5, and 1,500
other rows to test on.

Wants `pip install "skal[data,experiments]"`.  One thread.  Curves that were stopped go on where
they were; queries begin again.  Writes, to results/bait-structures, raw/queries.csv and its means,
tables/queries-means.csv; of the curves raw/rounds.csv (every round), tables/curves.csv (areas),
tables/saved.csv and tables/points.csv (means).
"""

from functools import cache

import numpy as np
import pandas as pd
from options import parser_for, study_of
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from skal import ActiveLearner, datasets
from skal.experiments import compare
from skal.kernels.fisher.structures import Full, Regression
from skal.metrics import area_under_curve, labels_saved
from skal.strategies import (
    Badge,
    Bait,
    CoreSet,
    Determinantal,
    LeastConfidence,
    Margin,
    Random,
    Shortlist,
)
from skal.strategies._fisher.information import (
    Known,
    as_scale,
    data_of,
    prior_of,
    strengths_of,
)

ROWS, TEST_ROWS, DIMENSIONS = 2_000, 1_500, 64  # ROWS is of a pool
BATCH, BUDGET = 20, 120
STRUCTURES = {
    "full": Bait("full"),
    "block": Bait("block"),
    "binary": Bait("binary"),
    "rank 2": Bait("full", rank=2),
    "rank 3": Bait("full", rank=3),
    "rank 5": Bait("full", rank=5),
    "full, forward only": Bait("full", oversample=1),
}
SHORTLISTS = {
    f"Margin × {factor}, then full": Shortlist(Bait("full"), by=Margin(), factor=factor)
    for factor in (2, 5, 10, 20, 50)
}
OTHERS = {
    "identity": Bait("full", target="identity"),
    "determinant": Determinantal(),
    "determinant, rank one": Determinantal("one"),
    "Badge": Badge(),
    "CoreSet": CoreSet(),
    "LeastConfidence": LeastConfidence(),
    "Margin": Margin(),
    "Random": Random(),
}


def some(load, start=0):
    """A pool and rows to test on, drawn at random, flat; from another start other rows."""
    X, y = load()
    drawn = np.random.default_rng(0).permutation(len(y))[start : start + ROWS + TEST_ROWS]
    return X[drawn].reshape(len(drawn), -1).astype(np.float64), y[drawn]


@cache
def projected():
    """MNIST through a Gaussian matrix."""
    X, y = some(datasets.load_mnist)
    X = X / 255 @ np.random.default_rng(1).normal(size=(X.shape[1], DIMENSIONS))
    return X / X.std(), y


@cache
def learned():
    """What the first layer of a net makes of MNIST rows that it was not fitted on."""
    (X, y), (seen, labels) = some(datasets.load_mnist), some(datasets.load_mnist, 10_000)
    net = MLPClassifier((DIMENSIONS,), max_iter=30, early_stopping=True, random_state=0)
    net.fit(seen / 255, labels)
    return np.maximum(X / 255 @ net.coefs_[0] + net.intercepts_[0], 0), y


@cache
def letter():
    """Letter, each feature scaled."""
    X, y = some(datasets.load_letter)
    return StandardScaler().fit_transform(X), y


@cache
def casp():
    """Casp, a regression, features and target scaled."""
    X, y = some(datasets.load_casp)
    return StandardScaler().fit_transform(X), (y - y.mean()) / y.std()


DATA = {
    "MNIST, random projection": projected,
    "MNIST, learned": learned,
    "letter": letter,
    "casp": casp,
}


def whole_objective(state, picks):
    """tr(M⁻¹F) of the whole problem, by matrices computed afresh."""
    pool, labelled = data_of(state.pool), data_of(state.labelled)
    structure = Regression() if pool.P is None else Full()
    strengths = strengths_of("auto", structure, [pool, labelled], state.labelled)
    scale = as_scale(strengths, pool)
    F = sum(structure.information(data, scale) for data in (pool, labelled)) / (pool.n + labelled.n)
    known = Known.of(state.labelled, labelled, "sum", len(picks))
    M = prior_of(structure, labelled, known, scale)()[0]
    M = M + structure.information(pool.part(picks), scale)[0]
    return float(np.trace(np.linalg.solve(M, F[0])))


def certified(strategy):
    """The strategy, with the bound on every batch where it has one."""
    exact = isinstance(strategy, Bait) and strategy.structure == "full" and strategy.rank is None
    return clone(strategy).set_params(certify=True) if exact else strategy


def queries(seeds, study):
    """One query of every structure from the same model, at several numbers of labels."""
    lines = []
    for name, load in DATA.items():
        X, y = (part[:ROWS] for part in load())
        regress = name == "casp"
        kinds = STRUCTURES | SHORTLISTS | {"Random": Random()}
        if regress:
            kinds = {kind: kinds[kind] for kind in ("full", "full, forward only", "Random")}
        for seed in range(seeds):
            order = np.random.default_rng(seed).permutation(len(y))
            for known in (100, 400):
                labels = y.astype(float)
                labels[order[known:]] = np.nan
                estimator = Ridge() if regress else LogisticRegression(max_iter=500)
                learner = ActiveLearner(estimator, Random(), random_state=seed).fit(X, labels)
                state, reached, full = learner.query_state(), {}, None
                for kind, strategy in kinds.items():
                    state.records.clear()
                    picks = certified(strategy).select(state, BATCH)
                    full = picks if kind == "full" else full
                    reached[kind] = whole_objective(state, picks)
                    line = {"data": name, "seed": seed, "labelled": known, "structure": kind}
                    line |= {"objective": reached[kind] / reached["full"]}
                    line |= {"in_common": len(np.intersect1d(picks, full)) / BATCH}
                    lines.append(line | {"gap": state.records.get("gap")})
                print(name, seed, known, flush=True)
                pd.DataFrame(lines).to_csv(study.raw("queries.csv"), index=False)
    table = pd.DataFrame(lines).groupby(["data", "labelled", "structure"], sort=False)
    table = table[["objective", "in_common", "gap"]].mean().round(3)
    table.to_csv(study.table("queries-means.csv"))
    print(table.to_string())


def curves(seeds, study):
    """Learning curves of the structures and of what the paper measures them against."""
    settings = {"seeds": seeds, "budget": BUDGET, "batch_size": BATCH, "n_jobs": 1}
    settings |= {"test_size": TEST_ROWS, "results": study.raw("replays.jsonl")}
    kinds = {name: load for name, load in DATA.items() if name != "casp"}
    strategies = STRUCTURES | SHORTLISTS | OTHERS
    for_numbers = ("full", "full, forward only", "identity", "CoreSet", "Random")
    numbers = {name: strategies[name] for name in for_numbers}
    ridge = compare(numbers, {"ridge": Ridge()}, {"casp": casp}, **settings)
    logistic = compare(
        strategies, {"logistic": LogisticRegression(max_iter=500)}, kinds, **settings
    )
    tables = [area_under_curve(logistic, "accuracy"), area_under_curve(ridge, "r2")]
    table = pd.concat(tables).round(4)
    table.to_csv(study.table("curves.csv"))
    print(table.to_string())
    saved = [labels_saved(logistic, "accuracy"), labels_saved(ridge, "r2")]
    pd.concat(saved).round(4).to_csv(study.table("saved.csv"))
    for results, score in ((logistic, "accuracy"), (ridge, "r2")):
        results["score"] = results[score]
    every = pd.concat([logistic, ridge])
    columns = ["data", "estimator", "strategy", "seed", "n_labelled", "score"]
    every[columns].round(5).to_csv(study.raw("rounds.csv"), index=False)
    means = every.groupby(["data", "strategy", "n_labelled"], sort=False)["score"]
    means = means.agg(["mean", "std"]).round(4)
    means.to_csv(study.table("points.csv"))


def main():
    global ROWS, TEST_ROWS, BUDGET
    parser = parser_for(__doc__, "a seed, 500 rows, 40 labels")
    parser.add_argument("--part", choices=["queries", "curves"])
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of a pool")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    ROWS, seeds = options.rows, options.seeds
    study = study_of(options, "bait-structures", "raw", "tables")
    if options.quick:
        ROWS, TEST_ROWS, BUDGET, seeds = 500, 300, 40, 1
    with threadpool_limits(1):
        for part in (queries, curves):
            if options.part in (None, part.__name__):
                part(seeds, study)


if __name__ == "__main__":
    main()
