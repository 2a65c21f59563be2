"""Bait's structures beside the exact one: trace reached, overlap of picks, labels saved.

Figures 2 and 4 of the BAIT paper set the objectives side by side on two views of MNIST: a random
projection, and what a net learned; here with the approximations that the paper leaves open, on
letter as well, and casp for a regression.  Two tables:

- one query each from the same model and labels: tr(M⁻¹F) of the whole problem after the batch, as
  a multiple of what "full" reaches, the share of picks in common, and the certificate's gap;
- learning curves through the harness: mean accuracy (R²) over the curve.

    python benchmarks/papers/bait_structures.py [--quick] [--part queries|curves]

Wants `pip install "skal[data,experiments]"`.  One thread.  A run that was stopped goes on where it
was.  Writes bait_structures-queries.csv and bait_structures-curves.csv in benchmarks/results.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from skal import ActiveLearner, datasets
from skal.experiments import compare
from skal.kernels.structures import Full, Regression
from skal.metrics import area_under_curve
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
from skal.strategies.information import as_scale, data_of, prior_of, strengths_of

RESULTS = Path(__file__).parent.parent / "results"
ROWS = 6_000
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


def some(load, rows=ROWS):
    """Rows drawn at random, flat."""
    X, y = load()
    drawn = np.sort(np.random.default_rng(0).permutation(len(y))[:rows])
    return X[drawn].reshape(len(drawn), -1).astype(np.float64), y[drawn]


def projected():
    """MNIST through a Gaussian matrix, to 128 dimensions."""
    X, y = some(datasets.load_mnist)
    X = X / 255 @ np.random.default_rng(1).normal(size=(X.shape[1], 128))
    return X / X.std(), y


def learned():
    """What the first layer of a net makes of MNIST rows that it was not fitted on."""
    X, y = some(datasets.load_mnist, 2 * ROWS)
    X, seen = X / 255, np.arange(len(y)) % 2 == 0
    net = MLPClassifier((128,), max_iter=30, early_stopping=True, random_state=0)
    net.fit(X[seen], y[seen])
    return np.maximum(X[~seen] @ net.coefs_[0] + net.intercepts_[0], 0), y[~seen]


def scaled(load):
    X, y = some(load)
    return StandardScaler().fit_transform(X), y


DATA = {
    "MNIST, random projection": projected,
    "MNIST, learned": learned,
    "letter": lambda: scaled(datasets.load_letter),
    "casp": lambda: scaled(datasets.load_casp),
}


def whole_objective(state, picks):
    """tr(M⁻¹F) of the whole problem, by matrices computed afresh."""
    pool, labelled = data_of(state.pool), data_of(state.labelled)
    structure = Regression() if pool.P is None else Full()
    scale = as_scale(strengths_of("auto", structure, [pool, labelled]), pool)
    F = sum(structure.information(data, scale) for data in (pool, labelled)) / (pool.n + labelled.n)
    M = prior_of(structure, labelled, scale, mean=False)()[0]
    M = M + structure.information(pool.part(picks), scale)[0]
    return float(np.trace(np.linalg.solve(M, F[0])))


def queries(quick):
    """One query of every structure from the same model, at several numbers of labels."""
    lines, batch = [], 10 if quick else 50
    for name, load in DATA.items():
        X, y = load()
        regress = name == "casp"
        structures = STRUCTURES | SHORTLISTS if not regress else {
            kind: STRUCTURES[kind] for kind in ("full", "full, forward only")
        }  # fmt: skip
        for seed in range(1 if quick else 3):
            order = np.random.default_rng(seed).permutation(len(y))
            for known in (100,) if quick else (100, 400):
                labels = y.astype(float)
                labels[order[known:]] = np.nan
                estimator = Ridge() if regress else LogisticRegression(max_iter=500)
                state = ActiveLearner(estimator, Random()).fit(X, labels).query_state()
                reached, full = {}, None
                for kind, strategy in structures.items():
                    picks = strategy.select(state, batch)
                    full = picks if kind == "full" else full
                    reached[kind] = whole_objective(state, picks)
                    line = {"data": name, "seed": seed, "labelled": known, "batch": batch}
                    line |= {"structure": kind, "objective": reached[kind] / reached["full"]}
                    lines.append(line | {"in_common": len(np.intersect1d(picks, full)) / batch})
                for kind, oversample in (("full", 2), ("full, forward only", 1)):
                    if not quick:
                        Bait("full", oversample=oversample, certify=True).select(state, batch)
                        gap = state.records["gap"]
                        lines.append({**line, "structure": kind + ": gap", "objective": gap})
                print(name, seed, known, flush=True)
                pd.DataFrame(lines).to_csv(RESULTS / "bait_structures-queries.csv", index=False)
    table = pd.DataFrame(lines)
    shown = table.groupby(["data", "labelled", "structure"], sort=False)
    print(shown[["objective", "in_common"]].mean().round(3).to_string())


def curves(quick):
    """Learning curves of the structures and of what the paper measures them against."""
    settings = {"seeds": 1 if quick else 5, "budget": 60 if quick else 300}
    settings |= {"batch_size": 20, "n_jobs": 1, "results": RESULTS / "bait_structures.jsonl"}
    kinds = {name: load for name, load in DATA.items() if name != "casp"}
    strategies = STRUCTURES | SHORTLISTS | OTHERS
    if quick:
        strategies = {name: strategies[name] for name in ("full", "binary", "Margin")}
    logistic = compare(
        strategies, {"logistic": LogisticRegression(max_iter=500)}, kinds, **settings
    )
    for_numbers = ("full", "full, forward only", "CoreSet", "Random")
    numbers = {name: strategies[name] for name in for_numbers if name in strategies}
    ridge = compare(numbers, {"ridge": Ridge()}, {"casp": DATA["casp"]}, **settings)
    tables = [area_under_curve(logistic, "accuracy"), area_under_curve(ridge, "r2")]
    table = pd.concat(tables).round(4)
    table.to_csv(RESULTS / "bait_structures-curves.csv")
    print(table.to_string())


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small batches, one seed")
    parser.add_argument("--part", choices=["queries", "curves"])
    options = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    with threadpool_limits(1):
        for part in (queries, curves):
            if options.part in (None, part.__name__):
                part(options.quick)


if __name__ == "__main__":
    main()
