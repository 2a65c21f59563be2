"""`WrongPrediction` on MNIST: mistakes among the picked (Table 1), imbalance, the holdout's size.

A two-layer perceptron (100 hidden units, adam), fitted anew on all labels in each round (the paper
goes on training, as the strategies "going on" do here, 200 epochs a round); 50 first labels, as
many holdout labels, 50 a step, ten steps; pools of 5,000 and tests of 3,000 rows of MNIST's
training images; 5 seeds.

- balanced: share of wrong predictions among the 50 picked at steps 1, 5 and 10, beside the share
  in the pool (lift), and the test accuracy.  How many of the 50 surest, by `confident` and by
  the largest margin, are right.
- imbalanced: half of the classes have a tenth of the rows in the pool and among the first labels
  (100, 100 a step); the holdout is balanced, 20 rows.  Labels until Random's last accuracy.
- holdout: the same with 10, 20, 50 and 100 holdout rows: the last accuracy.

"Bald" is the mutual information of label and model over five refits on labels drawn with
replacement (the paper: passes of a net with dropout).  "ErrorReduction" gives each row its
predicted label, as the paper does, and computes a Newton step of the last layer instead of training
the net anew; the error is the entropy of 300 rows of the pool, the candidates are 1,000,
drawn anew each round.

The paper's Table 1 (balanced): its approximation 91.8 / 67.2 / 62.0 %, its exact form 90.0 / 74.0 /
70.0 %, BALD 72.2 / 57.6 / 56.6 %.

    python benchmarks/papers/wrong_prediction_mnist.py [--only balanced] [--quick]

Writes, to results/wrong-prediction-mnist, a file of raw numbers a part.
"""

import json
import warnings

import numpy as np
from options import parser_for, study_of
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from skal import ActiveLearner
from skal.datasets import load_mnist
from skal.strategies import (
    Badge,
    CoreSet,
    Entropy,
    ExpectedGradientLength,
    GoalInfluence,
    LeastConfidence,
    Margin,
    QueryByCommittee,
    Random,
    Subsample,
    WrongPrediction,
)

PAPER = {
    "Bald": (72.2, 57.6, 56.6),
    "WrongPrediction(0)": (91.8, 67.2, 62.0),
    "WrongPrediction(3)": (90.0, 74.0, 70.0),
}
STRATEGIES = {
    "Random": Random(),
    "LeastConfidence": LeastConfidence(),
    "Margin": Margin(),
    "Entropy": Entropy(),
    "ExpectedGradientLength": ExpectedGradientLength(),
    "Badge": Badge(),
    "Bald": QueryByCommittee(5, measure="divergence"),  # mutual information, of five refits
    "WrongPrediction(0)": WrongPrediction(0),
    "WrongPrediction(3)": WrongPrediction(3),
    "CoreSet": CoreSet(),
    "ErrorReduction": Subsample(
        GoalInfluence("entropy", "predicted", target=300, ridge=1e-4), size=1_000
    ),
    "WrongPrediction(3), going on": WrongPrediction(3),
    "Random, going on": Random(),
}
GOING_ON = ", going on"
STEPS, SEEDS, N_POOL, N_TEST = 10, 5, 5000, 3000


def split(y, seed, setting, n_hold):
    """First labels, pool, holdout and test rows."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(y))
    test, order = order[:N_TEST], order[N_TEST:]
    of = [order[y[order] == c] for c in range(10)]
    hold = np.concatenate([rows[: n_hold // 10] for rows in of])
    of = [rows[n_hold // 10 :] for rows in of]
    if setting == "balanced":
        first, pool = [5] * 10, [N_POOL // 10] * 10
    else:
        few = rng.permutation(10)[:5]
        first = [2 if c in few else 18 for c in range(10)]
        pool = [N_POOL // 50 if c in few else N_POOL // 5 for c in range(10)]
    start = np.concatenate([rows[:n] for rows, n in zip(of, first)])
    rest = np.concatenate([rows[a : a + b] for rows, a, b in zip(of, first, pool)])
    return start, rest, hold, test


def run(X, y, strategy, seed, setting, n_hold, steps, going_on=False):
    """A record a step."""
    first, pool, hold, test = split(y, seed, setting, n_hold)
    rows = np.concatenate([first, pool])
    truth = y[rows]
    known = np.where(np.arange(len(rows)) < len(first), truth, np.nan)
    batch = 50 if setting == "balanced" else 100
    model = MLPClassifier((100,), max_iter=200, random_state=seed)
    if going_on:  # the count of epochs without gain goes on too: it would end a fit at its first
        model.set_params(warm_start=True, n_iter_no_change=1_000_000)
    learner = ActiveLearner(model, strategy, batch_size=batch, random_state=seed)
    learner.fit(X[rows], known, X_val=X[hold], y_val=y[hold])
    records = []
    for step in range(steps + 1):
        record = {"labels": learner.history_[-1]["n_labelled"]}
        record["accuracy"] = learner.score(X[test], y[test])
        records.append(record)
        if step == steps:
            return records
        state = learner.query_state()
        wrong = state.pool.prediction != truth[state.pool.rows]
        asked = learner.query()
        record["wrong in pool"] = float(wrong.mean())
        record["wrong in batch"] = float(wrong[np.isin(state.pool.rows, asked)].mean())
        if isinstance(strategy, WrongPrediction):
            sure = strategy.confident(state, 50)[0]
            record["confident right"] = 1 - float(wrong[sure].mean())
            P = np.sort(state.pool.proba, axis=1)
            surest = np.argsort(P[:, -2] - P[:, -1], kind="stable")[:50]
            record["largest margin right"] = 1 - float(wrong[surest].mean())
        learner.teach(asked, truth[asked])


def mean(curves, step, what):
    return float(np.mean([curve[step][what] for curve in curves]))


def report(part, results):
    print(part)
    last = len(next(iter(next(iter(results.values())).values()))) - 1
    for key, by_seed in results.items():
        curves = list(by_seed.values())
        if not curves:
            continue
        line = f"  {key:28} accuracy {mean(curves, 0, 'accuracy'):.3f} to "
        line += f"{mean(curves, last, 'accuracy'):.3f} ({len(curves)} seeds)"
        if part == "balanced":
            for step in (s for s in (1, 5, 10) if s <= last):
                picked = mean(curves, step - 1, "wrong in batch")
                base = mean(curves, step - 1, "wrong in pool")
                line += f"   step {step}: {100 * picked:4.1f} % (lift {picked / base:.1f})"
            if "confident right" in curves[0][0]:
                line += f"   confident right {100 * mean(curves, 0, 'confident right'):.0f} %, by "
                line += f"margin {100 * mean(curves, 0, 'largest margin right'):.0f} %"
            line += f"   paper {PAPER[key]}" if key in PAPER else ""
        if part == "imbalanced":
            aim = mean(list(results["Random"].values()), last, "accuracy")
            heights = [mean(curves, step, "accuracy") for step in range(last + 1)]
            step = next((s for s, height in enumerate(heights) if height >= aim), None)
            line += f"   Random's last accuracy after {step} of {last} steps"
        print(line)


def main():
    parser = parser_for(__doc__, "one seed, two steps")
    parts = ["balanced", "imbalanced", "holdout"]
    parser.add_argument("--only", nargs="+", default=parts, choices=parts)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES), choices=STRATEGIES)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # perceptrons that stop at max_iter
    study = study_of(options, "wrong-prediction-mnist", "raw")
    X, y = load_mnist()
    X = X.reshape(len(X), -1)[:30_000].astype(np.float32) / 255
    y = y[:30_000]
    with threadpool_limits(1):
        for part in options.only:
            path = study.raw(f"{part}.json")
            done = json.loads(path.read_text()) if path.exists() else {}
            for seed in range(1 if options.quick else options.seeds):
                if part == "holdout":
                    todo = {
                        f"{key}, {n} rows": (STRATEGIES[key], n)
                        for n in (10, 20, 50, 100)
                        for key in ("WrongPrediction(0)", "WrongPrediction(3)")
                    }
                else:
                    n = 50 if part == "balanced" else 20
                    todo = {key: (STRATEGIES[key], n) for key in options.strategies}
                setting = "balanced" if part == "balanced" else "imbalanced"
                for key, (strategy, n) in todo.items():
                    if str(seed) not in done.setdefault(key, {}):
                        steps = 2 if options.quick else STEPS
                        how = setting, n, steps, key.endswith(GOING_ON)
                        records = run(X, y, strategy, seed, *how)
                        done[key][str(seed)] = records
                        path.write_text(json.dumps(done))
            report(part, done)


if __name__ == "__main__":
    main()
