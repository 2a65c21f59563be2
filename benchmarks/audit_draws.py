"""Would audit rows drawn in proportion to uncertainty make the interval narrower?

    python benchmarks/audits.py run                   # the replays
    python benchmarks/audit_draws.py                  # results/audits/tables/draws.csv

Rows are drawn again from the reserves of the replays: uniformly, or in proportion to one less the
model's confidence (or its root) with a uniform floor.  A draw of probability q from N rows has the
weight 1/(Nq).  Its interval is the exact binomial one of as many rows as have the same variance,
by the second moment of weight times error over the reserve; that of uniform draws is skal's own.
`tempered` are uniform draws, with the model's probabilities recalibrated by the audit rows.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from audits import RAW, SETS, STUDY, accuracy_of, audits_of, drawn_again, labelled_of

from skal.metrics.lags import lags_of_classes
from skal.metrics.performance import estimate
from skal.metrics.random_rows import UNSURE, proportion, window

CHECKED = (200, 400)
N_DRAWS = 4
WAYS = {"by uncertainty, floor .3": (1.0, 0.3), "by its root, floor .3": (0.5, 0.3)}
WAYS |= {"by its root, floor .1": (0.5, 0.1)}
SCALES = np.exp(np.linspace(-2.5, 1.2, 38))  # inverse temperatures


def drawn_by(kept, rng, unsure, power, floor):
    """Rows of the reserve in each round, their rounds, and their weights."""
    labelled, free = labelled_of(kept), np.ones(len(kept["truth"]), bool)
    rounds, places, weights = np.sort(kept["round"]), [], []
    for model, count in zip(*np.unique(rounds, return_counts=True)):
        left = np.flatnonzero(free & ~labelled[model])
        chance = floor / len(left) + (1 - floor) * share(unsure[model][left] ** power)
        rows = rng.choice(len(left), count, replace=False, p=chance)
        places.append(left[rows])
        weights.append(1 / (len(left) * chance[rows]))
        free[left[rows]] = False
    return np.concatenate(places), rounds, np.concatenate(weights)


def share(values):
    return values / values.sum()


def weighted(audits, weights, unsure, power, floor):
    """The figure of weighted draws; unsure: of the rows left in the reserve."""
    wrong = (audits.y != audits.predicted).astype(float)
    lag = lags_of_classes(audits, audits.classes, "accuracy")[audits.round]
    n = window(1 - wrong, lag)
    wrong, lag, weights = wrong[-n:], lag[-n:].mean(), weights[-n:]
    p = float(np.clip((weights @ wrong) / weights.sum() - lag, 0, 1))
    inside = (p * n + 1) / (n + 2)
    expected = np.clip(unsure * inside / unsure.mean(), 0, 1)
    root = unsure**power
    second = (0.7 * expected + 0.3 * inside) / (floor + (1 - floor) * root / root.mean())
    variance = max(second.mean() - inside**2, 1e-6) / n + (UNSURE * lag) ** 2
    effective = inside * (1 - inside) / variance
    return proportion((1 - p) * effective, effective, 0.95)


def tempered(audits):
    """With today's probabilities made as sure as the audit rows say that models are."""
    sure = np.clip(audits.confidence, 1e-4, 1 - 1e-4)
    right = audits.y == audits.predicted
    chance = 1 / (1 + ((1 - sure) / sure) ** SCALES[:, np.newaxis])
    fit = np.log(np.where(right, chance, 1 - chance)).sum(axis=1) - (np.log(SCALES) / 0.7) ** 2 / 2
    P = np.clip(audits.watched_proba, 1e-6, 1) ** SCALES[fit.argmax()]
    return replace(audits, watched_proba=P / P.sum(axis=1, keepdims=True))


def figures(kept, model, rng):
    """(way, interval) of draws from one reserve."""
    P, predicted = kept["P"].astype(float), kept["predicted"].astype(int)
    sure = np.take_along_axis(P, predicted[..., np.newaxis], axis=2)[..., 0]
    unsure = np.maximum(1 - sure, 1e-3)
    left = unsure[model - 1, ~labelled_of(kept)[model - 1]]
    for _ in range(N_DRAWS):
        audits = audits_of(kept, model, drawn_again(kept, rng))
        yield "uniform", estimate(audits, "accuracy", 0.95)
        yield "tempered", estimate(tempered(audits), "accuracy", 0.95)
        for way, (power, floor) in WAYS.items():
            places, rounds, weights = drawn_by(kept, rng, unsure, power, floor)
            audits = audits_of(kept, model, (places, rounds))
            yield way, weighted(audits, weights[rounds < model], left, power, floor)


def main():
    rows = []
    for place in sorted(RAW.glob("logistic/*/0.[12]-*.npz")):
        with np.load(place) as file:
            kept = dict(file)
        data = place.parent.name
        for model in np.flatnonzero(np.isin(kept["known"], CHECKED)):
            right, rng = accuracy_of(kept)[model], np.random.default_rng(int(model))
            for way, found in figures(kept, model, rng):
                facts = (SETS[data].half, data, way, found.low <= right <= found.high)
                rows.append((*facts, found.value - right, found.high - found.low))
    frame = pd.DataFrame(rows, columns=["half", "data", "way", "covered", "error", "width"])
    by_set = frame.astype({"covered": float}).groupby(["half", "way", "data"]).mean()
    ratio = by_set["width"] / by_set["width"].xs("uniform", level="way")
    by_set["of uniform"] = ratio.reorder_levels(by_set.index.names)
    means = by_set.groupby(["half", "way"]).agg(
        coverage=("covered", "mean"),
        least=("covered", "min"),
        error=("error", "mean"),
        median_width_of_uniform=("of uniform", "median"),
    )
    STUDY.made("tables")
    means.round(4).to_csv(STUDY.table("draws.csv"))
    print(means.round(3).to_string())


if __name__ == "__main__":
    main()
