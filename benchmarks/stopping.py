"""Where would stopping rules have stopped, at what regret?  And are outlooks right?

    python benchmarks/audits.py run                   # the replays
    python benchmarks/stopping.py [--seeds 5]         # results/stopping/tables/*.csv

A label costs 1; a point of accuracy is worth as many labels as a price says.  The cost of an end is
that of its labels and of the points that are lacking; its regret is how much more that is than at
the best round of the same replay.  `KappaAverage` and `ClassificationChange` are written from their
papers, and look at the same rows as the rules of skal: the reserve's, as far as they have no label.
"""

import argparse
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
from audits import BATCH, RAW, SETS, accuracy_of, audits_of
from places import Study

from skal.metrics.outlook import outlook
from skal.stopping import Agreement, Plateau, Worth
from skal.stopping.agreement import kappa

STUDY = Study("stopping")
PRICES = (2, 10, 50)  # labels that a point of accuracy is worth
AHEAD = 100  # labels, of an outlook
FIRST = 40  # labels known: rules are asked from here on


def kappa_average(audits, window=3, least=0.99):
    """Bloodgood and Vijay-Shanker 2009: the mean of the last kappas is high enough."""
    watched = audits.watched[-window - 1 :]
    kappas = [kappa(one, other) for one, other in pairwise(watched)]
    return len(kappas) == window and np.mean(kappas) >= least


def classification_change(audits):
    """Zhu, Wang and Hovy 2008: no prediction has changed from one model to the next."""
    return len(audits.watched) > 1 and np.array_equal(*audits.watched[-2:])


def asked(kept):
    """By round: labels, accuracy, what each rule says, and the outlook."""
    accuracy = accuracy_of(kept)
    for model, (known, right) in enumerate(zip(kept["known"], accuracy)):
        record = {"labels": int(known), "accuracy": right}
        if known >= FIRST:
            audits = audits_of(kept, model)
            learner = SimpleNamespace(audits=lambda audits=audits: audits, batch_size=BATCH)
            worth = Worth(1, 1).advise(learner)
            record |= {
                "Agreement": Agreement().advise(learner).stop,
                "Plateau": Plateau().advise(learner).stop,
                "gain": worth.expected_gain,
                "KappaAverage": kappa_average(audits),
                "ClassificationChange": classification_change(audits),
            }
            later = np.flatnonzero(kept["known"] == known + AHEAD)
            if len(later):
                ahead = outlook(learner, AHEAD)
                true = accuracy[later[0]]
                record |= {
                    "covered": ahead.low <= true <= ahead.high,
                    "error": ahead.value - true,
                    "width": ahead.high - ahead.low,
                    "expected": ahead.gain,
                    "gained": true - right,
                }
        yield record


def all_asked(seeds, model="logistic"):
    """A row a round of every replay."""
    rows = []
    for place in sorted(RAW.glob(f"{model}/*/0.[12]-*.npz")):
        share, seed = place.stem.split("-")
        if int(seed) >= seeds:
            continue
        facts = {"data": place.parent.name, "audit": float(share), "seed": int(seed)}
        with np.load(place) as file:
            rows += [facts | record for record in asked(dict(file))]
    frame = pd.DataFrame(rows)
    frame.insert(0, "half", frame["data"].map({name: data.half for name, data in SETS.items()}))
    return frame


RULES = ("Worth", "Plateau", "Agreement", "KappaAverage", "ClassificationChange")


def regrets(frame):
    """A row a replay, price and rule."""
    budgets = {price: best_budget(frame, price) for price in PRICES}
    for keys, replay in frame.groupby(["half", "data", "audit", "seed"]):
        replay = replay.sort_values("labels")
        labels, accuracy = replay["labels"].to_numpy(), replay["accuracy"].to_numpy()
        for price in PRICES:
            cost = labels + 100 * (1 - accuracy) * price
            worth = replay["gain"].to_numpy(dtype=float) * 100 * price < BATCH
            says = {name: replay[name].eq(True).to_numpy() for name in RULES[1:]} | {"Worth": worth}
            says["best fixed budget"] = labels >= budgets[price]
            says["whole budget"] = np.zeros(len(labels), bool)
            for rule, stops in says.items():
                end = stops.argmax() if stops.any() else -1
                yield {
                    **dict(zip(("half", "data", "audit", "seed"), keys)),
                    "price": price,
                    "rule": rule,
                    "labels": labels[end],
                    "accuracy": accuracy[end],
                    "regret": cost[end] - cost.min(),
                }


def best_budget(frame, price):
    """The number of labels of the least mean cost on the sets that choose."""
    choosing = frame[frame["half"] == "choosing"]
    means = choosing.groupby(["data", "labels"])["accuracy"].mean().groupby("labels").mean()
    return (means.index + 100 * (1 - means) * price).values.argmin() * BATCH + means.index[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=500)
    frame = all_asked(parser.parse_args().seeds)
    frame.to_csv(RAW / "asked.csv", index=False)
    STUDY.made("tables")
    ends = pd.DataFrame(regrets(frame))
    keys = ["half", "data", "price", "rule"]
    by_set = ends.groupby(keys).agg(
        replays=("regret", "size"),
        labels=("labels", "mean"),
        accuracy=("accuracy", "mean"),
        regret=("regret", "mean"),
    )
    by_set.round(4).to_csv(STUDY.table("regret.csv"))
    mean = by_set["regret"].groupby(["half", "price", "rule"]).mean().unstack("rule")
    mean.round(2).to_csv(STUDY.table("mean_regret.csv"))
    print(f"mean regret over the sets\n{mean.round(1).to_string()}\n")
    seen = frame.dropna(subset=["covered"]).astype({"covered": float})
    by = ["half", "data", "audit"]
    names = ["covered", "error", "width", "expected", "gained"]
    ahead = seen.groupby(by)[names].mean().join(seen.groupby(by)["seed"].nunique())
    ahead.round(4).to_csv(STUDY.table("outlook.csv"))
    print(f"outlook\n{ahead.round(3).to_string()}")
    means = ahead.groupby("half")[names].mean()
    means["correlation"] = [
        part["expected"].corr(part["gained"]) for _, part in seen.groupby("half")
    ]
    means.round(4).to_csv(STUDY.table("mean_outlook.csv"))
    print(means.round(3).to_string())


if __name__ == "__main__":
    main()
