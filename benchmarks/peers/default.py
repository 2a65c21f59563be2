"""The default of classifiers: candidates beside margin sampling, for each model that people have.

The half of the sets that chooses decides by the rule in data_sets.py; the half that reports is
replayed after that.  Frame as in label_efficiency.py: pools of 3,000 rows at most, 1,500 to test
on, 200 labels in batches of 20 from the same 20 random rows; models of trees on the tables alone.
"one" asks for one row at a time up to 80 labels, "large" for 100 at a time up to 520.  "papers" has
the strategies of candidates.py, and "information" Epig beside Bald, on the half that chooses.

    pip install ".[bench,data,experiments]"
    python benchmarks/tables/sets.py             # what no loader of skal.datasets fetches
    python benchmarks/peers/default.py choosing [logistic] [svm] [forest] [boosting] [one] [large]
                                       [papers] [information]
    python benchmarks/peers/default.py reporting [...] [--seeds N] [--finished]

A run that was stopped goes on where it was.  Writes, to results/default, raw/<study>-<half>.csv
(each set by itself) and tables/<study>-<half>.csv: the mean lead in area over `Margin` with its
interval (t over seeds), on how many sets a strategy is reliably ahead and behind at 95%, and the
seeds that all sets have; and tables/<half>.csv, all of it as the docs show it.
"""

import argparse
import sys
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import data_sets
import pandas as pd
import tables
from candidates import CANDIDATES, OneWidth
from models import CLASSIFIER, COMMITTEE
from ours import CLASSIFICATION as OURS
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.svm import SVC

from skal import ActiveLearner
from skal.experiments import compare
from skal.strategies import Bald, Epig, Margin, Shortlist, UncertaintyHerding

sys.path.append(str(Path(__file__).parent.parent))
from places import Study

STUDY = Study("default")
DEFAULT = "UncertaintyHerding, factor 10"
FRAME = {"budget": 200, "batch_size": 20, "test_size": 0.3, "holdout_size": 1 / 7}
SCORES = ["accuracy", "balanced_accuracy"]
MOST = 20  # seeds
# Of these seeds the first rows of a set hold one class alone: the 20 random ones of abalone-17, and
# 80 random ones of hiva, where a budget ends there.
ONE_CLASS, ONE_CLASS_OF_80 = (17,), (4, 17)
HERDING = {DEFAULT: UncertaintyHerding(factor=10)}
WIDER = {"UncertaintyHerding": UncertaintyHerding()}
VARIANTS = {
    "UncertaintyHerding, factor 20": UncertaintyHerding(factor=20),
    "UncertaintyHerding, factor 10, power 3": UncertaintyHerding(factor=10, power=3),
}
MORE_VARIANTS = {
    "UncertaintyHerding, laplacian": UncertaintyHerding(kernel="laplacian"),
    "UncertaintyHerding, power 3": UncertaintyHerding(power=3),
    "UncertaintyHerding, features": UncertaintyHerding(space="features"),
}


def of_ours(*names):
    """Strategies by their names in the other tables."""
    return {name: OURS[name] for name in names}


LEADING = of_ours("Random", "Margin", "Spread(Margin, 20)")
OTHERS = of_ours("Badge", "Shortlist(Bait, binary)", "TypiClust, then Spread")


@dataclass(frozen=True)
class Replays:
    """A title, a model, strategies with so many seeds at most, and what is not as usual.

    The `candidates` that were not chosen are replayed on the half that chooses alone.
    """

    title: str
    model: object
    groups: list
    candidates: list
    frame: dict = field(default_factory=dict)
    tables_only: bool = False
    halves: tuple = (data_sets.CHOOSING, data_sets.REPORTING)
    sets: tuple | None = None  # None: all

    def groups_of(self, half):
        return self.groups + (self.candidates if half == data_sets.CHOOSING else [])


FEW = of_ours("Random", "Margin")
ONE_WIDTH = {"UncertaintyHerding, factor 10, one width": OneWidth(factor=10)}
INFORMATION = {"Bald": Bald(), "Shortlist(Epig)": Shortlist(Epig(), by=Margin(), factor=10)}
# Joint probabilities of draws take minutes a query with 26 classes.
TWO_CLASSES = ("spambase", "phoneme", "credit", "cells", "hypothyroid")
STUDIES = {
    "logistic": Replays(
        "logistic regression",
        CLASSIFIER,
        [(LEADING | HERDING | of_ours("Badge"), 20)],
        [(WIDER, 20), (VARIANTS | MORE_VARIANTS | OTHERS, 3)],
    ),
    "svm": Replays("SVM, RBF", SVC(), [(LEADING | HERDING, 10)], [(WIDER, 5), (VARIANTS, 2)]),
    "forest": Replays(
        "random forest",
        RandomForestClassifier(random_state=0),
        [(FEW | HERDING, 10)],
        [(WIDER, 5)],
        tables_only=True,
    ),
    "boosting": Replays(
        "boosting",
        HistGradientBoostingClassifier(max_iter=40, random_state=0),
        [(FEW | HERDING, 10)],
        [(WIDER, 5)],
        tables_only=True,
    ),
    "one": Replays(
        "logistic regression, one row at a time",
        CLASSIFIER,
        [(FEW | HERDING, 10)],
        [(WIDER, 5)],
        {"budget": 80, "batch_size": 1, "initial_size": 20},
    ),
    "large": Replays(
        "logistic regression, batches of 100",
        CLASSIFIER,
        [(LEADING | HERDING | ONE_WIDTH, 6)],
        [],
        {"budget": 520, "batch_size": 100, "initial_size": 20},
    ),
    "papers": Replays(
        "logistic regression, strategies of papers",
        CLASSIFIER,
        [],
        [(FEW | HERDING | CANDIDATES, 3)],
        halves=(data_sets.CHOOSING,),
    ),
    "information": Replays(
        "logistic regression, information gained",
        CLASSIFIER,
        [],
        [(FEW | INFORMATION, 8)],
        halves=(data_sets.CHOOSING,),
        sets=TWO_CLASSES,
    ),
}
# Seen through ten models of resampled labels; the model that is scored is the same.
OF_COMMITTEES = ["Bald"]


def sets_of(study, half):
    """The sets that a study is replayed on."""
    wanted = study.sets or data_sets.of_half(half, data_sets.CLASSIFICATION)
    sets = {name: data_sets.CLASSIFICATION[name] for name in wanted}
    return {name: data for name, data in sets.items() if data.table or not study.tables_only}


def seeds_of(name, half, n):
    """The first n seeds of which the random rows hold two classes on every set."""
    skipped = ()
    if half == data_sets.REPORTING:
        skipped = ONE_CLASS_OF_80 if name == "one" else ONE_CLASS
    return [seed for seed in range(n + len(skipped)) if seed not in skipped][:n]


def replay(name, half, options):
    """Replay what is missing."""
    study = STUDIES[name]
    data = {one: load() for one, load in sets_of(study, half).items()}
    for strategies, seeds in study.groups_of(half):
        for of_committee in (False, True):
            some = {
                one: strategies[one] for one in strategies if (one in OF_COMMITTEES) == of_committee
            }
            if some:
                replay_some(name, half, some, data, min(seeds, options.seeds), options.jobs)


def replay_some(name, half, strategies, data, seeds, jobs):
    """Replay strategies that are asked through the same model."""
    study = STUDIES[name]
    surrogate = clone(COMMITTEE) if strategies.keys() <= set(OF_COMMITTEES) else None
    compare(
        strategies,
        {name: ActiveLearner(clone(study.model), surrogate=surrogate)},
        data,
        seeds=seeds_of(name, half, seeds),
        results=STUDY.raw(f"{name}-{half}.jsonl"),
        scoring=SCORES,
        n_jobs=jobs,
        **FRAME | study.frame,
    )


def write(name, half):
    """The tables of what is there."""
    study = STUDIES[name]
    sets = sets_of(study, half)
    names = {one for strategies, _ in study.groups_of(half) for one in strategies}
    results = tables.finished(STUDY.raw(f"{name}-{half}.jsonl"), SCORES, (sets, names))
    results = results[results["seed"].isin(seeds_of(name, half, MOST))]
    results = tables.with_decisive(results, {one: data.score for one, data in sets.items()})
    tables.every_figure(results, "Margin").to_csv(STUDY.raw(f"{name}-{half}.csv"))
    table = summary(tables.on_every_set(results))
    table.to_csv(STUDY.table(f"{name}-{half}.csv"))
    print(f"\n{name}, {half}\n{table.to_string()}", flush=True)


def summary(results):
    """A row a strategy: mean lead over margin sampling, and how often it is reliable."""
    by_seed = tables.leads(results, "Margin")
    table = tables.with_interval(by_seed.groupby(["strategy", "seed"]).mean(), "strategy")
    table = table.rename(columns={"mean": "lead", "n_seeds": "seeds"})
    table = table.join(tables.verdicts(tables.with_interval(by_seed, ["data", "strategy"])))
    whole = ["seeds", "ahead", "level", "behind"]
    table = table.astype(dict.fromkeys(whole, int)).sort_values("lead", ascending=False)
    return table.rename_axis("strategy").round(4)


def overview(half):
    """What the docs show of a half: the leads of all studies that there are, one below another."""
    parts = []
    for name, study in STUDIES.items():
        if STUDY.table(f"{name}-{half}.csv").is_file():
            table = pd.read_csv(STUDY.table(f"{name}-{half}.csv"), index_col="strategy")
            table = table.rename(index={DEFAULT: f"**{DEFAULT}**"})
            table.index = pd.MultiIndex.from_product([[study.title], table.index])
            parts.append(table)
    if not parts:
        return
    table = pd.concat(parts)
    table = table[table["seeds"] > 1]  # of one there is no interval
    numbers = zip(table["lead"], table["low"], table["high"], strict=True)
    counts = zip(table["ahead"], table["level"], table["behind"], strict=True)
    shown = {
        "lead (95%)": [f"{mean:+.3f} ({low:+.3f} to {high:+.3f})" for mean, low, high in numbers],
        "ahead, level, behind": [f"{a}, {b}, {c}" for a, b, c in counts],
        "seeds": table["seeds"],
    }
    shown = pd.DataFrame(shown, index=table.index.rename(["model", "strategy"]))
    shown[~shown.index.isin(["Margin"], level="strategy")].to_csv(STUDY.table(f"{half}.csv"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("half", choices=[data_sets.CHOOSING, data_sets.REPORTING])
    parser.add_argument("studies", nargs="*", help=f"some of {', '.join(STUDIES)}")
    parser.add_argument("--seeds", type=int, default=MOST, help="so many at most")
    parser.add_argument("--finished", action="store_true", help="tables of what is there already")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    if unknown := set(options.studies) - STUDIES.keys():
        parser.error(f"no study {sorted(unknown)}; there are {sorted(STUDIES)}.")
    STUDY.made("raw", "tables")
    warnings.filterwarnings("ignore", "The number of unique classes")
    here = [name for name, study in STUDIES.items() if options.half in study.halves]
    for name in options.studies or here:
        if not options.finished:
            replay(name, options.half, options)
        write(name, options.half)
    overview(options.half)


if __name__ == "__main__":
    main()
