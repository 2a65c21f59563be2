"""Compare λ of `Bait` ("auto", the model's own ridge, 1) by learning curves on both halves of sets.

    python benchmarks/bait_regularization.py [choosing] [reporting] [mnist] [--seeds N] [--finished]

Pools have at most 3,000 rows; 220 labels in batches of 20 from the same 20 random rows; logistic
regression with C = 1, whose own ridge is 1 (2 for two classes).  Each λ is used with a shortlist of
the smallest margins and on the whole pool, two classes at a time, and compared with the authors'
weighting.  The half "choosing" may change the default; "reporting" shows the effect of a change;
"mnist" has two views, random and learned.  Data sets that require a pretrained net are left out
(CIFAR-10, rt-polarity).  A stopped run continues.  Writes results/bait-regularization/raw/*.jsonl
and tables/*-leads.csv: the mean of the score over rounds, minus that of "auto" in the same form.
"""

import argparse
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from places import Study
from sklearn.linear_model import LogisticRegression

from skal.experiments import compare
from skal.metrics.intervals import mean_interval
from skal.strategies import Bait, Margin, Shortlist

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "peers"), str(HERE / "papers")]
import bait_structures  # noqa: E402
import data_sets  # noqa: E402

STUDY = Study("bait-regularization")
FRAME = {"budget": 220, "batch_size": 20, "test_size": 0.3, "holdout_size": 1 / 7}
PARAMS = {
    "auto": {},
    "model": {"regularization": "model"},
    "1": {"regularization": 1.0},
    "authors": {"weighting": "authors"},
    "authors, model": {"weighting": "authors", "regularization": "model"},
}
SHORTLISTED = {
    f"shortlist, {name}": Shortlist(Bait("binary", **params), by=Margin(), factor=10)
    for name, params in PARAMS.items()
}
POOL = {f"pool, {name}": Bait("binary", **params) for name, params in PARAMS.items()}
STRATEGIES = SHORTLISTED | POOL
LARGE = ("CIFAR-10", "CIFAR-10, rare", "rt-polarity")  # features of pretrained nets


def sets_of(half):
    """Loaders of a half's sets, or of the views of MNIST."""
    if half == "mnist":
        return {"random": bait_structures.projected, "learned": bait_structures.learned}
    names = data_sets.of_half(half, data_sets.CLASSIFICATION)
    return {name: data_sets.CLASSIFICATION[name] for name in names if name not in LARGE}


def leads(half):
    """Leads of each λ over "auto" of the same form: a column a set, and the mean with interval."""
    areas = {}
    for line in STUDY.raw(f"{half}.jsonl").read_text(encoding="utf-8").splitlines():
        run = json.loads(line)
        score = "accuracy" if half == "mnist" else data_sets.CLASSIFICATION[run["data"]].score
        key = (run["data"], run["seed"], run["strategy"])
        areas[key] = np.mean([one[score] for one in run["rounds"]])
    table = pd.Series(areas).unstack(2).reindex(columns=list(STRATEGIES)).dropna()
    lines = {}
    for name in STRATEGIES:
        form = name.partition(",")[0]
        lead = table[name] - table[f"{form}, auto"]
        by_set = lead.groupby(level=0)
        lines[name] = {
            "area": table[name].mean(),
            **by_set.mean(),
            **mean_interval(lead, confidence=0.95),
            "sets ahead": (by_set.mean() > 0).sum(),
        }
    return pd.DataFrame(lines).T.round(4)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("halves", nargs="*", help="choosing, reporting, mnist; all by default")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--finished", action="store_true", help="tables of what is there already")
    options = parser.parse_args()
    STUDY.made("raw", "tables")
    warnings.filterwarnings("ignore", "The number of unique classes")
    for half in options.halves or ("choosing", "reporting", "mnist"):
        if not options.finished:
            data = {name: load() for name, load in sets_of(half).items()}
            scores, file = ["accuracy", "balanced_accuracy"], STUDY.raw(f"{half}.jsonl")
            frame = {**FRAME, "seeds": options.seeds, "scoring": scores, "results": file}
            estimator = {"logistic": LogisticRegression(max_iter=1000)}
            compare(STRATEGIES, estimator, data, progress=False, **frame)
        table = leads(half)
        table.to_csv(STUDY.table(f"{half}-leads.csv"))
        print(f"\n{half}\n{table.to_string()}")


if __name__ == "__main__":
    main()
