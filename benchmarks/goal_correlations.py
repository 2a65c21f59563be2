"""Correlation of the closed forms of goals with true retraining, and with the query's own check.

For each setting, 8 candidates are drawn at random, with every label: the utilities of
`GoalInfluence` (Newton order) are compared with those of `GoalRetraining`, which refits the model
for each of them, for the goals "holdout" and "entropy".  Correlations are of the utilities by
label, and of those that the rule "expected" computes from them.  `remainder` and `median` are the
largest and the median ratio of the next Newton step to the one taken, over the rows and labels that
the query looks at.  `said` is the value that the query recorded of its own refits (empty: the loss
of the old rows was close enough to its quadratic approximation that it made none).

    python benchmarks/goal_correlations.py [--only SETTING ...]

Writes results/goal-correlations/tables/correlations.csv, in which --only replaces its settings.
"""

import argparse
import warnings

import numpy as np
import pandas as pd
from places import Study
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import scale

from skal import ActiveLearner
from skal.nets import PriorThreshold
from skal.strategies import GoalInfluence, GoalRetraining

STUDY = Study("goal-correlations")
CANDIDATES = 8


EXACTLY = {"solver": "newton-cholesky", "tol": 1e-12, "max_iter": 1000}  # of few weights


def logistic(**params):
    return LogisticRegression(**{"tol": 1e-6, "max_iter": 20_000} | params)


def exact(**params):
    return logistic(**EXACTLY, **params)


def three_and_eight(return_X_y):
    """Two classes of digits that look alike."""
    X, y = load_digits(return_X_y=True)
    rows = np.isin(y, (3, 8))
    return X[rows], y[rows]


TENFOLD = {label: 1.0 + 9.0 * (label < 3) for label in range(10)}
SETTINGS = {
    "digits, raw pixels": (load_digits, 1, 60, exact()),
    "digits, scaled": (load_digits, 16, 60, logistic()),
    "digits, scaled, C = 100": (load_digits, 16, 60, logistic(C=100)),
    "digits, three classes weigh 10": (load_digits, 16, 100, logistic(class_weight=TENFOLD)),
    "digits, balanced": (load_digits, 16, 100, logistic(class_weight="balanced")),
    "digits, priors divided out": (load_digits, 16, 100, PriorThreshold(logistic())),
    "digits 3 and 8, C = 100": (three_and_eight, 16, 40, exact(C=100)),
    "cancer, C = 100": (load_breast_cancer, None, 40, exact(C=100)),
    "iris, C = 1e6": (load_iris, 1, 40, logistic(C=1e6, **EXACTLY)),
    "iris": (load_iris, 1, 40, logistic(**EXACTLY)),
    "wine": (load_wine, None, 40, exact()),
    "cancer": (load_breast_cancer, None, 40, exact()),
    "cancer, C = 0.05": (load_breast_cancer, None, 40, exact(C=0.05)),
    "cancer, balanced": (load_breast_cancer, None, 40, exact(class_weight="balanced")),
}


def learner_of(name, seed):
    """Labelled rows, 20 candidates, and up to 60 rows each of a holdout and of the rest."""
    load, unit, n_labelled, estimator = SETTINGS[name]
    X, y = load(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(y))
    X, y = (scale(X) if unit is None else X / unit)[order], y[order]
    end = len(y) - 60
    known = np.where(np.arange(end) < n_labelled, y[:end], -1)[: n_labelled + 60]
    learner = ActiveLearner(estimator, missing_label=-1, random_state=seed)
    return learner.fit(X[: len(known)], known, X_val=X[end:], y_val=y[end:])


def refitting_once(state):
    """The state, which refits once for each row and label, whatever goal asks."""
    refit, known = state.refit, {}

    def remembered(position, y):
        key = int(position), y.item()
        if key not in known:
            known[key] = refit(position, y)
        return known[key]

    state.refit = remembered
    return state


def measured(name, seed, n=CANDIDATES):
    """Two rows of the table."""
    state = refitting_once(learner_of(name, seed).query_state())
    state = state.restrict(state.candidates[:n])
    P = state.pool.part(state.candidates).proba
    for goal in ("holdout", "entropy"):
        state.records.clear()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            strategy = GoalInfluence(goal, "expected")
            ours, settled = strategy.utilities_by_label(state), strategy.utilities(state)
        true = GoalRetraining(goal, "expected").utilities_by_label(state)
        yield {
            "setting": name,
            "goal": goal,
            "seed": seed,
            "by label": float(np.corrcoef(ours.ravel(), true.ravel())[0, 1]),
            "expected": float(np.corrcoef(settled, (true * P).sum(axis=1))[0, 1]),
            "remainder": state.records["remainder"],
            "median": state.records["median_remainder"],
            "said": state.records.get("refit_correlation", np.nan),
            "warned": any("real refits" in str(one.message) for one in caught),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    options = parser.parse_args()
    rows = []
    for name in options.only:
        for seed in range(options.seeds):
            for row in measured(name, seed):
                rows.append(row)
                print(row, flush=True)
    frame = pd.DataFrame(rows).round(3)
    print(frame.to_string())
    path = STUDY.made("tables").table("correlations.csv")
    if path.is_file():  # what was measured of other settings stays
        known = pd.read_csv(path)
        frame = pd.concat([known[~known["setting"].isin(options.only)], frame])
    order = {name: place for place, name in enumerate(SETTINGS)}
    frame = frame[frame["setting"].isin(order)]
    frame.sort_values("setting", key=lambda names: names.map(order), kind="stable").to_csv(
        path, index=False
    )


if __name__ == "__main__":
    main()
