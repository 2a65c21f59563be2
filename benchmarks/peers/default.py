"""The default of classifiers: candidates beside margin sampling, for each model that people have.

The half of the sets that chooses decides by the rule in data_sets.py; the half that reports is
replayed after that.  Frame as in label_efficiency.py: pools of 3,000 rows at most, 1,500 to test
on, 200 labels in batches of 20 from the same 20 random rows; models of trees on the tables alone.
"one" asks for one row at a time up to 80 labels, "large" for 100 at a time up to 520.

    pip install ".[bench,data,experiments]"
    python benchmarks/tables/sets.py             # what no loader of skal.datasets fetches
    python benchmarks/peers/default.py choosing [logistic] [svm] [forest] [boosting] [one] [large]
    python benchmarks/peers/default.py reporting [...] [--seeds N] [--finished]

A run that was stopped goes on where it was.  Writes, to results/default, raw/<study>-<half>.csv
(each set by itself) and tables/<study>-<half>.csv: the mean lead in area over `Margin` with its
interval (t over seeds), on how many sets a strategy is reliably ahead and behind at 95%, and the
seeds that all sets have.
"""

import argparse
import sys
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import data_sets
import tables
from models import CLASSIFIER
from ours import CLASSIFICATION as OURS
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.svm import SVC

from skal.experiments import compare
from skal.strategies import UncertaintyHerding

sys.path.append(str(Path(__file__).parent.parent))
from places import Study

STUDY = Study("default")
FRAME = {"budget": 200, "batch_size": 20, "test_size": 0.3, "holdout_size": 1 / 7}
SCORES = ["accuracy", "balanced_accuracy"]
HERDING = {"UncertaintyHerding": UncertaintyHerding()}
FEWER = {"UncertaintyHerding, factor 10": UncertaintyHerding(factor=10)}
VARIANTS = {
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
    """A model, the frame, and strategies with so many seeds, at most, as the half has."""

    model: object
    groups: list
    frame: dict = field(default_factory=dict)
    sets: tuple = ()  # all
    tables_only: bool = False


STUDIES = {
    "logistic": Replays(CLASSIFIER, [(LEADING | HERDING | FEWER, 20), (VARIANTS, 3), (OTHERS, 3)]),
    "svm": Replays(SVC(), [(LEADING | HERDING | FEWER, 5)]),
    "forest": Replays(
        RandomForestClassifier(random_state=0),
        [(of_ours("Random", "Margin") | HERDING | FEWER, 5)],
        tables_only=True,
    ),
    "boosting": Replays(
        HistGradientBoostingClassifier(max_iter=40, random_state=0),
        [(of_ours("Random", "Margin") | HERDING | FEWER, 3)],
        tables_only=True,
    ),
    "one": Replays(
        CLASSIFIER,
        [(of_ours("Random", "Margin") | HERDING, 5)],
        {"budget": 80, "batch_size": 1, "initial_size": 20},
    ),
    "large": Replays(
        CLASSIFIER,
        [(LEADING | HERDING, 5)],
        {"budget": 520, "batch_size": 100, "initial_size": 20},
    ),
}


def sets_of(study, half):
    """The sets that a study is replayed on."""
    wanted = data_sets.of_half(half, data_sets.CLASSIFICATION)
    sets = {name: data_sets.CLASSIFICATION[name] for name in wanted}
    return {name: data for name, data in sets.items() if data.table or not study.tables_only}


def replay(name, half, options):
    """Replay what is missing."""
    study = STUDIES[name]
    data = {one: load() for one, load in sets_of(study, half).items()}
    for strategies, seeds in study.groups:
        compare(
            strategies,
            {name: clone(study.model)},
            data,
            seeds=min(seeds, options.seeds),
            results=STUDY.raw(f"{name}-{half}.jsonl"),
            scoring=SCORES,
            n_jobs=options.jobs,
            **FRAME | study.frame,
        )


def write(name, half):
    """The tables of what is there."""
    study = STUDIES[name]
    sets = sets_of(study, half)
    names = {one for strategies, _ in study.groups for one in strategies}
    results = tables.finished(STUDY.raw(f"{name}-{half}.jsonl"), SCORES, (sets, names))
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("half", choices=[data_sets.CHOOSING, data_sets.REPORTING])
    parser.add_argument("studies", nargs="*", help=f"some of {', '.join(STUDIES)}")
    parser.add_argument("--seeds", type=int, default=20, help="so many at most")
    parser.add_argument("--finished", action="store_true", help="tables of what is there already")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    if unknown := set(options.studies) - STUDIES.keys():
        parser.error(f"no study {sorted(unknown)}; there are {sorted(STUDIES)}.")
    STUDY.made("raw", "tables")
    warnings.filterwarnings("ignore", "The number of unique classes")
    for name in options.studies or STUDIES:
        if not options.finished:
            replay(name, options.half, options)
        write(name, options.half)


if __name__ == "__main__":
    main()
