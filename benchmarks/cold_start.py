"""Compare strategies for the first twenty labels, before there is a model.

    python benchmarks/cold_start.py [--half choosing|reporting] [--seeds N] [--finished]

Data sets are of five kinds: embeddings of sentences and images, images, tables of numbers, of
numbers and categories (encoded by `TableFeatures`), and of categories (one column each).  At most
2,000 rows, 30% of them for testing.  20 first rows, then `UncertaintyHerding` in batches of 20 up
to 120 labels; logistic regression, or Bayesian ridge if labels are numbers.  The score is accuracy,
or R² (0 if it is negative), after the first rows and as the mean over all rounds.

The rule, fixed in advance: the choice must not be worse than random rows on any kind, by the mean
over its sets, and among such choices have the largest mean lead; it may use the columns of X, but
not labels.

Writes results/cold-start/raw/<half>-<task>.jsonl, raw/<half>.csv (each set) and tables/<half>.csv.
"""

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from places import Study
from sklearn.linear_model import BayesianRidge, LogisticRegression

from skal import ActiveLearner, datasets
from skal.experiments import compare
from skal.strategies import MaxHerding, Random, TypiClust, UncertaintyHerding

sys.path.insert(0, str(Path(__file__).parent / "peers"))
import data_sets
import regression_sets
import tables
from data_sets import CHOOSING, REPORTING

STUDY = Study("cold-start")
ROWS, SEEDS = 2_000, 4
FRAME = {"budget": 120, "batch_size": 20, "test_size": 0.3, "progress": False}
MODELS = {"classes": LogisticRegression(max_iter=1000), "numbers": BayesianRidge()}
ASKED = {"Random": Random(), "TypiClust": TypiClust(), "MaxHerding": MaxHerding()}
EMBEDDINGS, IMAGES = "embeddings", "images"
NUMBERS, MIXED = "tables of numbers", "tables of numbers and categories"
CATEGORIES = "tables of categories"


def table(name, target):
    """A table of modeldata with categories."""
    return regression_sets.of_modeldata(name, target)


def categories(name, half, columns="as they are"):
    """A KEEL table nearly all of whose columns are categories, one column each."""
    return data_sets.DataSet(half, data_sets.keel(name), columns)


def photographs():
    """2,000 of CIFAR-10, by 64 main components of what EfficientNet-Lite0 sees."""
    return data_sets.prepared(*datasets.load_cifar10_features("train", ROWS), 64)


SETS = {  # kind, half, what makes X and y
    "CIFAR-10": (EMBEDDINGS, CHOOSING, photographs),
    "tweets": (EMBEDDINGS, CHOOSING, data_sets.REGRESSION["tweets"]),
    "optdigits": (IMAGES, CHOOSING, data_sets.CLASSIFICATION["optdigits"]),
    "letter": (NUMBERS, CHOOSING, data_sets.CLASSIFICATION["letter"]),
    "spambase": (NUMBERS, CHOOSING, data_sets.CLASSIFICATION["spambase"]),
    "page-blocks": (NUMBERS, CHOOSING, data_sets.CLASSIFICATION["page-blocks"]),
    "airfoil": (NUMBERS, CHOOSING, data_sets.REGRESSION["airfoil"]),
    "communities": (NUMBERS, CHOOSING, data_sets.REGRESSION["communities"]),
    "attrition": (MIXED, CHOOSING, table("attrition", "Attrition")),
    "credit": (MIXED, CHOOSING, table("credit_data", "Status")),
    "insurance": (MIXED, CHOOSING, data_sets.REGRESSION["insurance"]),
    "houses in Ames": (MIXED, CHOOSING, data_sets.REGRESSION["houses in Ames"]),
    "car": (CATEGORIES, CHOOSING, categories("car", CHOOSING)),
    "flare": (CATEGORIES, CHOOSING, categories("flare", CHOOSING)),
    "german": (CATEGORIES, CHOOSING, categories("german", CHOOSING, "scaled")),
    "rt-polarity": (EMBEDDINGS, REPORTING, data_sets.CLASSIFICATION["rt-polarity"]),
    "films": (EMBEDDINGS, REPORTING, data_sets.REGRESSION["films"]),
    "MNIST": (IMAGES, REPORTING, data_sets.CLASSIFICATION["MNIST"]),
    "satimage": (NUMBERS, REPORTING, data_sets.CLASSIFICATION["satimage"]),
    "magic": (NUMBERS, REPORTING, data_sets.CLASSIFICATION["magic"]),
    "texture": (NUMBERS, REPORTING, data_sets.CLASSIFICATION["texture"]),
    "concrete": (NUMBERS, REPORTING, data_sets.REGRESSION["concrete"]),
    "skill": (NUMBERS, REPORTING, data_sets.REGRESSION["skill"]),
    "customers": (MIXED, REPORTING, table("wa_churn", "churn")),
    "churn": (MIXED, REPORTING, table("mlc_churn", "churn")),
    "houses in Sacramento": (MIXED, REPORTING, data_sets.REGRESSION["houses in Sacramento"]),
    "salaries": (MIXED, REPORTING, data_sets.REGRESSION["salaries"]),
    "tic-tac-toe": (CATEGORIES, REPORTING, categories("tic-tac-toe", REPORTING)),
    "crx": (CATEGORIES, REPORTING, categories("crx", REPORTING, "scaled")),
}


def loaded(half):
    """The sets of a half, by task and name."""
    found = {"classes": {}, "numbers": {}}
    for name, (_, own, load) in SETS.items():
        if own != half:
            continue
        X, y = load()
        rows = np.sort(np.random.default_rng(0).permutation(len(y))[:ROWS])
        found["numbers" if y.dtype.kind == "f" else "classes"][name] = X[rows], y[rows]
    return found


def replayed(half, options):
    """A frame of the replays of a half; the strategy is who asked first."""
    data = {} if options.finished else loaded(half)
    frames = []
    for task, model in MODELS.items():
        file = STUDY.raw(f"{half}-{task}.jsonl")
        scoring = "accuracy" if task == "classes" else "r2"
        if not options.finished:
            learners = {who: ActiveLearner(model, initial=asks) for who, asks in ASKED.items()}
            frame = {**FRAME, "seeds": options.seeds, "scoring": scoring, "results": file}
            compare({"then": UncertaintyHerding()}, learners, data[task], **frame)
        results = tables.finished(file, [scoring], (SETS, ["then"]))
        results = results.assign(strategy=results["estimator"], estimator="model")
        frames.append(results.assign(**{tables.SCORE: results[scoring].clip(lower=0)}))
    return pd.concat(frames)


def written(results, half):
    """The tables: each set, and means over the sets of a kind."""
    first = results[results["n_labelled"] <= FRAME["batch_size"]]
    parts = {"first": first, "area": results}
    areas = {
        name: part.groupby(["data", "strategy", "seed"])[tables.SCORE].mean().rename(name)
        for name, part in parts.items()
    }
    by_seed = pd.concat(areas, axis=1)
    each = by_seed.groupby(["data", "strategy"]).mean()
    lead = tables.with_interval(tables.leads(results, "Random"), ["data", "strategy"])
    each[["lead", "low", "high"]] = lead[["mean", "low", "high"]]
    each["kind"] = [SETS[name][0] for name, _ in each.index]
    each.round(4).to_csv(STUDY.raw(f"{half}.csv"))
    kinds = each.groupby(["kind", "strategy"])[["first", "area"]].mean().unstack("strategy")
    kinds.columns = [f"{who}, {'first 20' if what == 'first' else what}" for what, who in kinds]
    kinds.map("{:.3f}".format).to_csv(STUDY.table(f"{half}.csv"))
    print(each.round(3).to_string(), "\n\n", kinds.round(3).to_string(), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--half", choices=(CHOOSING, REPORTING), help="both by default")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--finished", action="store_true", help="tables of what is there already")
    options = parser.parse_args()
    STUDY.made("raw", "tables")
    warnings.filterwarnings("ignore", "The number of unique classes")
    for half in (CHOOSING, REPORTING) if options.half is None else [options.half]:
        written(replayed(half, options), half)


if __name__ == "__main__":
    main()
