"""Compare herding with margin sampling, and Epig with Bald, on the half of sets for choosing.

    python benchmarks/herding_replays.py [logistic] [forest] [hist] [large] [epig] [--finished]

Pools have at most 3,000 rows, three seeds; 220 labels in batches of 20, or 520 in batches of 100
("large"), from the same 20 random rows.  A stopped run continues; --finished makes tables of the
pairs of a set and a seed that all strategies have finished.  A table has one column per set: the
mean of the score over rounds (accuracy; balanced accuracy for page-blocks), minus that of `Margin`.
Writes results/herding/raw/*.jsonl and tables/*-leads.csv.
"""

import argparse
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from places import Study
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from skal.experiments import compare
from skal.kernels.expected_information import draw_classes, proba_blocks
from skal.kernels.uncertainty import mutual_information
from skal.strategies import (
    Epig,
    Margin,
    MaxHerding,
    QueryByCommittee,
    Random,
    Shortlist,
    Spread,
    UncertaintyHerding,
    UtilityStrategy,
)
from skal.strategies._goals.hessian import Curvature, ridge_of

sys.path.insert(0, str(Path(__file__).parent / "peers"))
import data_sets

STUDY = Study("herding")
TABLES = ["spambase", "phoneme", "page-blocks"]
FRAME = {"seeds": 3, "test_size": 0.3, "holdout_size": 1 / 7, "progress": False}
SMALL = {"budget": 220, "batch_size": 20}
LARGE = {"budget": 520, "batch_size": 100, "initial_size": 20}
LOGISTIC = LogisticRegression(max_iter=1000)
SPREAD = {"Spread": Spread(Margin(), factor=20)}


class LaplaceBald(UtilityStrategy):
    """`Bald` over the draws of the last layer that `Epig` has."""

    needs = frozenset({"model", "last_layer", "classifier"})

    def utilities(self, state):
        """The mutual information of each candidate's label and the weights."""
        known = state.labelled.last_layer
        draws = draw_classes(
            Curvature(state, ridge=None, max_memory=4e9, who="Bald").inverse,
            known.features,
            known.proba,
            ridge_of(state.labelled, None, "Bald"),
            None,
            200,
            state.rng,
        )
        layer, utilities = state.pool.part(state.candidates).last_layer, []
        for _, P in proba_blocks(draws, layer.features, layer.decision):
            utilities.append(mutual_information(np.moveaxis(P, 1, 0)))
        return np.concatenate(utilities)


def herding(**variants):
    """Random rows, margins, herding as it is, and variants of it."""
    strategies = {"Random": Random(), "Margin": Margin(), "UH": UncertaintyHerding()}
    return strategies | {f"UH {k}": UncertaintyHerding(**v) for k, v in variants.items()}


STUDIES = {  # estimator, sets, frame, strategies
    "logistic": (
        LOGISTIC,
        ["letter", "optdigits", *TABLES],
        SMALL,
        SPREAD
        | {"MaxHerding": MaxHerding()}
        | herding(
            features={"space": "features"},
            p1={"power": 1},
            p3={"power": 3},
            f10={"factor": 10},
            f20={"factor": 20},
            all={"factor": None},
            lapl={"kernel": "laplacian"},
            pool={"width": "pool"},
            size1000={"size": 1000},
            entropy={"uncertainty": "entropy"},
        ),
    ),
    "forest": (
        RandomForestClassifier(random_state=0),
        TABLES,
        SMALL,
        herding(gauss={"kernel": "gaussian"}, f20={"factor": 20}),
    ),
    "hist": (
        HistGradientBoostingClassifier(max_iter=40, random_state=0),
        TABLES,
        SMALL,
        herding(columns={"space": "columns"}),
    ),
    "large": (
        LOGISTIC,
        ["letter", "optdigits", "spambase", "phoneme"],
        LARGE,
        SPREAD | herding() | {"Spread quick": Spread(Margin(), factor=20, quick=True)},
    ),
    "epig": (
        LOGISTIC,
        TABLES[::-1],
        SMALL,
        {
            "Margin": Margin(),
            "Bald (Laplace)": LaplaceBald(),
            "QBC divergence": QueryByCommittee(10, measure="divergence"),
            "Epig": Epig(size=50, draws=100),
            "Shortlist(Epig)": Shortlist(Epig(), factor=10),
            "Shortlist(Bald)": Shortlist(LaplaceBald(), factor=10),
        },
    ),
}


def leads(name, strategies):
    """The lead over `Margin` on each set, of the pairs that all strategies have finished."""
    lines = STUDY.raw(f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = []
    for run in map(json.loads, lines):
        score = data_sets.CLASSIFICATION[run["data"]].score
        area = np.mean([one[score] for one in run["rounds"]])
        rows.append((run["data"], run["seed"], run["strategy"], area))
    runs = pd.DataFrame(rows, columns=["data", "seed", "strategy", "area"])
    runs = runs[runs["strategy"].isin(strategies)]
    areas = runs.pivot_table(index="strategy", columns=["data", "seed"], values="area").dropna(
        axis=1
    )
    if len(areas) < len(strategies):
        return None
    by_set = (areas - areas.loc["Margin"]).T.groupby(level="data").agg(["mean", "count"])
    table = by_set.xs("mean", axis=1, level=1).T
    table["mean"] = table.mean(axis=1)
    table["pairs"] = areas.shape[1]
    return table.sort_values("mean", ascending=False).round(4)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(STUDIES)}")
    parser.add_argument("--finished", action="store_true", help="tables of what is there already")
    options = parser.parse_args()
    if unknown := set(options.names) - STUDIES.keys():
        parser.error(f"no study {sorted(unknown)}; there are {sorted(STUDIES)}.")
    STUDY.made("raw", "tables")
    warnings.filterwarnings("ignore", "The number of unique classes")
    for name in options.names or STUDIES:
        estimator, sets, frame, strategies = STUDIES[name]
        if not options.finished:
            data = {one: data_sets.CLASSIFICATION[one]() for one in sets}
            scores, file = ["accuracy", "balanced_accuracy"], STUDY.raw(f"{name}.jsonl")
            frame = {**FRAME, **frame, "scoring": scores, "results": file}
            compare(strategies, {name: estimator}, data, **frame)
        table = leads(name, strategies)
        print(f"\n{name}\n{'nothing is complete' if table is None else table.to_string()}")
        if table is not None:
            table.to_csv(STUDY.table(f"{name}-leads.csv"))


if __name__ == "__main__":
    main()
