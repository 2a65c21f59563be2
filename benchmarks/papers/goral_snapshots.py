"""Which rows of synth2 are asked for, and how utilities and batches fare (Figures 3, 4 and 5).

- snapshots: synth2, 20 seeds, batches of 10, logistic regression with C = 0.1, as in
  goal_curves.py: after each batch, how many rows of each group of clusters were asked for and the
  test accuracy, by margin sampling and by the holdout goal to first order with the mean and the
  minimum over labels.
- batches: rt-polarity, 50 labels, as in goral_retraining.py, but 20 batches of 4 rows a seed (the
  paper: 491 of 10): the model is really refitted with each of the 2⁴ ways to label a batch (the
  paper: 2¹⁰), so that the best, the worst, the mean and the expected label of a batch are those of
  refits, beside the sum of first-order utilities (Remark 2).  The expectation gives row labels the
  probabilities of today's model.  The spread of the refits' utilities is kept too.

    python benchmarks/papers/goral_snapshots.py [--part snapshots batches long] [--quick]

- long: rt-polarity as in goal_curves.py, the holdout goal with true labels, to first order, up to
  1,010 labels: accuracy and goal after each batch (Figure 8a).

Writes, to results/goral-snapshots, a file of raw numbers a part.
"""

import json
from itertools import product

import numpy as np
from goal_curves import curve
from goral_retraining import SIZES, learner_for
from options import parser_for, study_of
from scipy.stats import pearsonr
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from skal import ActiveLearner
from skal.datasets import make_synth2
from skal.strategies import GoalInfluence, Margin
from skal.strategies.goals import Goal

STRATEGIES = {
    "Margin": Margin(),
    "mean": GoalInfluence("holdout", "mean", order="linear"),
    "min": GoalInfluence("holdout", "min", order="linear"),
}
GROUPS = ("central", "distracting", "definitive")
BATCHES, BATCH, LONG = 20, 4, 100


def snapshot(strategy, seed, rounds):
    """A record a round."""
    X, y, groups = make_synth2(return_groups=True, random_state=seed)
    test, rows = slice(540, 600), np.arange(540)
    hold = np.random.default_rng(seed).choice(np.arange(10, 540), 53, replace=False)
    known = np.where(rows < 10, y[rows], np.nan)
    model = LogisticRegression(C=0.1, max_iter=5000)
    learner = ActiveLearner(model, strategy, batch_size=10, random_state=seed)
    learner.fit(X[rows], known, X_val=X[hold], y_val=y[hold])
    asked, records = np.empty(0, dtype=int), []
    for step in range(rounds + 1):
        record = {"labels": len(asked), "accuracy": round(learner.score(X[test], y[test]), 4)}
        record |= {group: int((groups[asked] == group).sum()) for group in GROUPS}
        records.append(record)
        if step < rounds:
            new = learner.query()
            learner.teach(new, y[new])
            asked = np.append(asked, new)
    return records


def batches(seed, sizes, n_batches, b):
    """Correlations of sums of first-order utilities with refits, and spreads of the refits."""
    learner, _, rows = learner_for("rt_polarity", seed, sizes)
    state = learner.query_state()
    goal, P = Goal("entropy", rows), state.pool.proba
    single = GoalInfluence("entropy", "mean", order="linear", target=rows)
    single = single.utilities_by_label(state)
    now, true, ours = goal.value(state), [], []
    labelings = np.array(list(product(range(2), repeat=b)))
    for first in range(0, n_batches * b, b):
        batch = state.candidates[first : first + b]
        values = [goal.value(state.refit(batch, state.classes[some])) - now for some in labelings]
        places = np.arange(first, first + b)
        sums, shares = single[places, labelings].sum(axis=1), P[places, labelings].prod(axis=1)
        for kept, utilities in ((true, np.array(values)), (ours, sums)):
            kept.append([utilities.min(), utilities.max(), utilities.mean(), shares @ utilities])
    rules = ("min", "max", "mean", "expected")
    true, ours = np.array(true).T, np.array(ours).T
    return {
        rule: {
            "pearson": None if rule == "expected" else float(pearsonr(a, b)[0]),
            "spread": float(a.std()),
        }
        for rule, a, b in zip(rules, true, ours, strict=True)
    }


def main():
    parser = parser_for(__doc__, "a seed, three rounds, two batches")
    parts = ("snapshots", "batches", "long")
    parser.add_argument("--part", nargs="+", choices=parts, default=parts)
    parser.add_argument("--seeds", type=int, help="20 for snapshots, else 4")
    options = parser.parse_args()
    study, quick = study_of(options, "goral-snapshots", "raw"), options.quick
    with threadpool_limits(1):
        for part in options.part:
            path = study.raw(f"{part}.json")
            done = json.loads(path.read_text()) if path.exists() else {}
            seeds = options.seeds or (20 if part == "snapshots" else 4)
            for seed in range(1 if quick else seeds):
                if str(seed) in done:
                    continue
                if part == "snapshots":
                    rounds = 3 if quick else 53
                    done[str(seed)] = {n: snapshot(s, seed, rounds) for n, s in STRATEGIES.items()}
                elif part == "long":
                    strategy = GoalInfluence("holdout", "oracle", order="linear")
                    done[str(seed)] = curve("rt_polarity", strategy, seed, 3 if quick else LONG)
                else:
                    sizes = (50, 12, 50) if quick else SIZES["rt_polarity"]
                    done[str(seed)] = batches(
                        seed, sizes, 2 if quick else BATCHES, 3 if quick else BATCH
                    )
                path.write_text(json.dumps(done))
                print(part, seed, flush=True)


if __name__ == "__main__":
    main()
