"""Features of tables: skrub's, one scale a text, beside those before, at 50 to 200 random labels.

Seven tables with texts and seven without, 8 draws of the labels, all other rows (3,000 at most) to
score on: accuracy, of numbers R².  The features learn from all rows, as in `skal query`.  Three
ways: "before" (`before.py`: 100 directions of the words' tf-idf, each of variance 1), "now"
(`skal.tables`) and "now, C chosen" (the same, and C of 0.1 to 10 by 5-fold cross-validation at each
fit; "now" is a ridge whose alpha each fit chooses anyway).

    pip install ".[tables]" rdata xarray && python benchmarks/tables/sets.py
    python benchmarks/tables/texts.py

Writes, to results/tables, raw/scores.csv and tables/texts.csv, tables/others.csv (means over draws,
and of the lead of "now" over "before" the 95% interval).
"""

import argparse
import time
import warnings

import numpy as np
import pandas as pd
from before import as_numbers
from folder import tables
from scipy import stats
from sets import TABLES, TEXTS
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, Ridge
from sklearn.model_selection import StratifiedKFold

from skal.tables import TableFeatures
from skal.tables.models import linear_model

LABELS, SEEDS, TESTED = (50, 100, 200), 8, 3_000
STRENGTHS = [0.1, 0.3, 1, 3, 10]


def chosen(task):
    """A model whose regularisation each fit chooses by cross-validation."""
    if task == "regression":
        return linear_model(task)  # which does so anyway
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return LogisticRegressionCV(Cs=STRENGTHS, cv=folds, max_iter=1000, l1_ratios=(0,))


def before(task):
    return Ridge() if task == "regression" else LogisticRegression(max_iter=1000)


WAYS = {"before": before, "now": linear_model, "now, C chosen": chosen}


def scores(name, load, n_seeds):
    """A record a way, a number of labels and a draw."""
    frame, y = load()
    task = "regression" if y.dtype.kind == "f" else "classification"
    old, new = as_numbers(frame)[0], TableFeatures().fit_transform(frame)
    for way, model in WAYS.items():
        X = old if way == "before" else new
        for n in LABELS:
            for seed in range(n_seeds):
                rows = np.random.default_rng(seed).permutation(len(y))
                train, test = rows[:n], rows[n:][:TESTED]
                start = time.process_time()
                fitted = model(task).fit(X[train], y[train])
                seconds = time.process_time() - start
                score = fitted.score(X[test], y[test])
                yield {"data": name, "way": way, "n_labels": n, "seed": seed,
                       "score": score, "fit_seconds": seconds}  # fmt: skip


def summary(frame):
    """A row a data set and a number of labels: the means, and the lead."""
    means = frame.groupby(["data", "n_labels", "way"], sort=False)["score"].mean().unstack("way")
    each = frame.pivot_table("score", ["data", "n_labels", "seed"], "way", sort=False)
    lead = (each["now"] - each["before"]).groupby(["data", "n_labels"], sort=False)
    half = lead.sem() * stats.t.ppf(0.975, lead.size() - 1)
    table = means[list(WAYS)].assign(
        lead=lead.mean(), low=lead.mean() - half, high=lead.mean() + half
    )
    return table.round(3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two draws, two sets of each kind")
    options = parser.parse_args()
    study = tables(quick=options.quick)
    all_scores = {}
    for kind, sets in {"texts": TEXTS, "others": TABLES}.items():
        names = list(sets)[:2] if options.quick else list(sets)
        records = []
        for name in names:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of LogisticRegressionCV: rare classes, old names
                records += scores(name, sets[name], 2 if options.quick else SEEDS)
        all_scores[kind] = pd.DataFrame(records)
        table = summary(all_scores[kind])
        table.to_csv(study.table(f"{kind}.csv"))
        print(f"\n{kind}\n\n{table.to_string()}")
        print(table.groupby("n_labels").mean().round(3).to_string(), flush=True)
    pd.concat(all_scores.values()).round(4).to_csv(study.raw("scores.csv"), index=False)


if __name__ == "__main__":
    main()
