"""Measure the coverage, width and price of the interval of `performance_today`.

    python benchmarks/audits.py run [--seeds 500] [--minutes 30] [--only letter,ring]
    python benchmarks/audits.py table

`run` replays 400 labels in batches of 20 with logistic regression and `STRATEGY` (--models: with an
SVM, or a forest, which has no last layer to spread in and asks by `Margin()`), with audits of
10%, 20% and none, in pools of at most 1,500 rows.  It stores the predictions of each model for the
reserve, and its confusion matrices on the rows outside the pool.  A stopped run continues; raw
files (in $SKAL_AUDITS) are not kept in the repository.  `table` computes estimates from these
files, and writes results/audits/tables/*.csv.  Formulas were chosen on the half of the sets called
"choosing".
"""

import argparse
import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from places import QUICK, Study
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.svm import SVC

from skal import ActiveLearner
from skal._audits import Audits
from skal.metrics.performance import estimate
from skal.metrics.random_rows import proportion
from skal.strategies import Margin, Spread

sys.path.insert(0, str(Path(__file__).parent / "peers"))
from data_sets import CHOOSING, CLASSIFICATION, DataSet, keel

STUDY = Study("audits")
RAW = Path(os.environ.get("SKAL_AUDITS", QUICK / "audits"))  # arrays, too large to be kept
SHARES = (0.0, 0.1, 0.2)
WITHOUT = 60  # seeds without audits: they tell the price
STRATEGY = Spread(Margin(), factor=20)
BATCH, CHECKED = 20, (100, 200, 400)
POOL, POOL_SHARE = 1500, 0.6
MORE = {
    "ring": DataSet(CHOOSING, keel("ring")),
    "abalone19": DataSet(CHOOSING, keel("abalone19"), imbalanced=True),
}
# Features of their images and texts take hours where there is no card.
WITH_A_NET = {
    "CIFAR-10",
    "CIFAR-10, rare",
    "tweets",
    "rt-polarity",
    "editorials",
    "MNIST, frozen",
    "numbers",
}
SETS = {k: v for k, v in {**CLASSIFICATION, **MORE}.items() if k not in WITH_A_NET}
MODELS = {
    "logistic": LogisticRegression(max_iter=1000),
    "forest": RandomForestClassifier(100),
    "SVM": SVC(),
}
OTHERS = ["phoneme", "satimage", "page-blocks"]  # for the other two models


def replayed(X, y, model, share, seed):
    """What is to be kept of one replay: what each model says of the whole reserve.

    None where the labels were of one class for so long that no model predicted a random row.
    """
    rows = np.random.default_rng(seed).permutation(len(y))
    pool, test = np.split(rows, [min(POOL, int(POOL_SHARE * len(y)))])
    X_pool, truth, classes = X[pool], y[pool], np.unique(y)
    learner = ActiveLearner(
        model,
        Margin() if isinstance(model, RandomForestClassifier) else STRATEGY,
        batch_size=BATCH,
        initial="random",
        audit=share or None,
        random_state=seed,
        classes=classes,
    )
    learner.fit(X_pool, np.full(len(pool), np.nan))
    reserve = np.setdiff1d(np.arange(len(pool)), candidates_of(learner))
    known, confusions, seen = 0, [], []
    while True:
        if hasattr(learner, "estimator_"):
            predicted = learner.predict(X[test])
            confusions.append(confusion_matrix(y[test], predicted, labels=classes))
            seen.append((known, *seen_by(learner, reserve, X_pool)) if share else (known,))
        if known >= CHECKED[-1]:
            break
        asked = learner.query(batch_size=min(BATCH, CHECKED[-1] - known))
        learner.teach(asked, truth[asked])
        known += len(asked)
    if not seen:
        return None
    kept = dict(zip(("known", "labelled", "predicted", "P"), map(np.array, zip(*seen))))
    kept["confusions"] = np.array(confusions).astype(np.uint16)
    if share:
        audits = learner.audits()
        if not len(audits.rows):
            return None
        kept["truth"] = np.searchsorted(classes, truth[reserve]).astype(np.uint8)
        kept["labelled"] = np.packbits(kept["labelled"], axis=1)
        kept["audited"] = np.searchsorted(reserve, audits.rows)
        kept["round"] = np.searchsorted(kept["known"], audits.n_labelled)
        check_same(audits, audits_of(kept, len(kept["known"]) - 1))
    return kept


def candidates_of(learner):
    state = learner.query_state()
    return state.pool.rows[state.candidates]


def seen_by(learner, reserve, X):
    """Which rows of the reserve have a label, and what the model says of all of them."""
    state = learner.query_state()
    free = np.isin(state.pool.rows, reserve)
    places = np.searchsorted(reserve, state.pool.rows[free])
    P = np.zeros((len(reserve), len(learner.classes_)), np.float16)
    P[places] = state.pool.proba[free]
    predicted = np.searchsorted(learner.classes_, learner.predict(X[reserve]))
    return ~np.isin(np.arange(len(reserve)), places), predicted.astype(np.uint8), P


# ---------------------------------------------------------------------- audits of a file
def audits_of(kept, model, drawn=None):
    """What `learner.audits()` gave once there was this model; drawn: (places, rounds) instead."""
    places, rounds = (kept["audited"], kept["round"]) if drawn is None else drawn
    places, rounds = places[rounds < model], rounds[rounds < model]
    labelled = labelled_of(kept)
    if drawn is not None:  # other rows have labels too
        labelled[:, places] |= rounds < np.arange(len(labelled))[:, np.newaxis]
    P, predicted = kept["P"].astype(float), kept["predicted"].astype(int)
    sure = np.take_along_axis(P, predicted[..., np.newaxis], axis=2)[..., 0]
    expected = np.array([one[~known].mean() for one, known in zip(sure, labelled)])
    free = ~labelled[model]
    return Audits(
        rows=places,
        y=kept["truth"].astype(int)[places],
        predicted=predicted[rounds, places],
        confidence=sure[rounds, places],
        expected=expected[rounds],
        n_labelled=kept["known"][rounds],
        round=rounds,
        watched=predicted[: model + 1, free],
        watched_proba=P[model, free],
        classes=np.arange(P.shape[2]),
        n_known=int(kept["known"][model]),
    )


def labelled_of(kept):
    """By model, which rows of the reserve had a label."""
    return np.unpackbits(kept["labelled"], axis=1, count=len(kept["truth"])).astype(bool)


def accuracy_of(kept):
    """By model, the accuracy on the rows outside the pool."""
    confusions = kept["confusions"].astype(float)
    return np.trace(confusions, axis1=1, axis2=2) / confusions.sum(axis=(1, 2))


def check_same(audits, again):
    """That a file says what the learner said; probabilities are kept in half precision."""
    assert np.array_equal(audits.y, audits.classes[again.y])
    assert np.array_equal(audits.predicted, audits.classes[again.predicted])
    assert np.array_equal(audits.watched, audits.classes[again.watched])
    np.testing.assert_allclose(audits.confidence, again.confidence, atol=1e-3)
    np.testing.assert_allclose(audits.expected, again.expected, atol=1e-3)


def run(seeds, minutes, only, models):
    """The replays that are not there yet: seeds outermost, so that all sets have as many."""
    warnings.filterwarnings("ignore", "The number of unique classes")
    data = {name: SETS[name]() for name in only or SETS}
    for seed in range(seeds):
        for model in models:
            for name in data if model == "logistic" else OTHERS:
                for share in SHARES if model == "logistic" and seed < WITHOUT else SHARES[1:]:
                    if time.process_time() > 60 * minutes:
                        return
                    place = RAW / model / name / f"{share}-{seed}.npz"
                    if name not in data or place.exists():
                        continue
                    kept = replayed(*data[name], MODELS[model], share, seed)
                    if kept is None:
                        continue
                    place.parent.mkdir(parents=True, exist_ok=True)
                    unfinished = RAW / "unfinished.npz"
                    np.savez_compressed(unfinished, **kept)
                    unfinished.rename(place)


# ---------------------------------------------------------------------- what came of it
def estimates(place, n_shadows):
    """A row a checkpoint and draw: the real draw, and others from the same reserve."""
    share, seed = place.stem.split("-")
    if not float(share):
        return
    with np.load(place) as file:
        kept = dict(file)
    facts = {"model": place.parts[-3], "data": place.parts[-2], "audit": float(share)}
    for model in np.flatnonzero(np.isin(kept["known"], CHECKED)):
        known, right = int(kept["known"][model]), accuracy_of(kept)[model]
        rng = np.random.default_rng([int(seed), known])
        others = [audits_of(kept, model, drawn_again(kept, rng)) for _ in range(n_shadows)]
        for number, audits in enumerate([audits_of(kept, model), *others]):
            found = estimate(audits, "accuracy", 0.95)
            exact = proportion(round(right * found.n_rows), found.n_rows, 0.95)
            yield {
                **facts,
                "seed": int(seed),
                "labels": known,
                "real": number == 0,
                "covered": found.low <= right <= found.high,
                "error": found.value - right,
                "rows": found.n_rows,
                "width": found.high - found.low,
                "width of as many": exact.high - exact.low,
            }


def drawn_again(kept, rng):
    """Other rows of the reserve in each round, as many as were drawn in truth."""
    labelled, free, places = labelled_of(kept), np.ones(len(kept["truth"]), bool), []
    rounds = np.sort(kept["round"])
    for model, count in zip(*np.unique(rounds, return_counts=True)):
        rows = rng.choice(np.flatnonzero(free & ~labelled[model]), count, replace=False)
        free[rows] = False
        places.append(rows)
    return np.concatenate(places), rounds


def prices():
    """By set: mean accuracy over rounds with audits of 10 and 20%, less that without."""
    areas = []
    for place in sorted(RAW.glob("logistic/*/*.npz")):
        share, seed = place.stem.split("-")
        with np.load(place) as file:
            kept = dict(file)
        area = accuracy_of(kept)[kept["known"] >= 2 * BATCH].mean()
        areas.append((place.parent.name, float(share), int(seed), area))
    areas = pd.DataFrame(areas, columns=["data", "audit", "seed", "area"])
    areas = areas.pivot(index=["data", "seed"], columns="audit", values="area").dropna()
    lost = areas[[0.1, 0.2]].sub(areas[0.0], axis=0).groupby("data")
    table = lost.mean().join(lost.size().rename("seeds").astype(float))
    table.loc["mean"] = table.mean()
    return table.round(4)


def table(n_shadows):
    """Coverage, width and price, by set."""
    STUDY.made("tables")
    places = sorted(RAW.glob("*/*/*.npz"))
    frame = pd.DataFrame([row for place in places for row in estimates(place, n_shadows)])
    frame.insert(0, "half", frame["data"].map({name: data.half for name, data in SETS.items()}))
    for name, part in (("real", frame[frame["real"]]), ("shadow", frame[~frame["real"]])):
        keys = ["model", "half", "data", "audit", "labels"]
        by = part.groupby(keys).agg(
            replays=("seed", "nunique"),
            coverage=("covered", "mean"),
            error=("error", "mean"),
            rows=("rows", "mean"),
            width=("width", "mean"),
            as_many=("width of as many", "mean"),
        )
        by.round(4).to_csv(STUDY.table(f"{name}.csv"))
        sets = by.groupby(keys[:3]).agg(
            {"replays": "max", **dict.fromkeys(["coverage", "error", "rows"], "mean")}
        )
        widths = part.groupby(keys[:3])[["width", "width of as many"]].mean()
        sets["of as many"] = widths["width"] / widths["width of as many"]
        print(f"\n{name} draws\n{sets.round(3).to_string()}")
        whole = by.groupby(["model", "half", "audit", "labels"])["coverage"].agg(["mean", "min"])
        print(whole.round(3).to_string())
    lost = prices()
    lost.to_csv(STUDY.table("price.csv"))
    print(f"\nprice\n{lost.to_string()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=np.inf, help="of processor time")
    parser.add_argument("--only", type=lambda names: names.split(","), help="sets")
    parser.add_argument("--models", type=lambda names: names.split(","), default=["logistic"])
    parser.add_argument("--shadows", type=int, default=10, help="other draws a replay")
    options = parser.parse_args()
    if options.what == "run":
        run(options.seeds, options.minutes, options.only, options.models)
    else:
        table(options.shadows)


if __name__ == "__main__":
    main()
