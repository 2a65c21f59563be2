"""Learning curves and goal curves of goal-oriented strategies (Figures 6 and 8), and synth2.

letter (26 classes, 52 first labels, two a class) and rt-polarity through MiniLM (10 first labels,
five a class); logistic regression with the paper's C = 1 and C = 0.1.  A pool of 3,000 rows and a
test set of 2,000 (letter) or 1,066 rows are drawn by the seed; a tenth as many rows as the pool
are the trusted holdout, their labels not counted.  Batches of 10, the paper's, for rt-polarity up
to 310 labels; of 20 for letter up to 552.  After every batch: test accuracy, and the three goals
on the holdout and the pool.  The paper's strategies are GoalInfluence to first order; the Newton
order and `Sequential` are ours.

rt_polarity_long: whether accuracy falls where the holdout loss, with true labels, goes on falling.
A pool of 8,700 rows, the paper's 1,066 to test on, 870 holdout rows, up to 1,510 labels; this goal
and random rows only, 5 seeds.

digits: whether batches picked one by one bring back what the best by expected error lose.  20 first
labels, a pool of 1,000 rows, 150 more labels in batches of 10; strategies see 200 of the
candidates, drawn anew each round.

synth2, 20 seeds, batches of 10 as the paper: the labels that each strategy asks for until its
test accuracy has reached 0.966 (the paper: 230 by uncertainty sampling).

    python benchmarks/papers/goal_curves.py [--data synth2 rt_polarity letter digits ...] [--quick]

Writes, to results/goal-curves, a file of raw numbers a data set, and pictures/curves.png.
"""

import json
import time
from dataclasses import replace

import numpy as np
from options import parser_for, study_of
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from skal import ActiveLearner
from skal.datasets import load_letter, load_rt_polarity_features, make_synth2
from skal.strategies import (
    GoalInfluence,
    Margin,
    Random,
    Sequential,
    Shortlist,
    Spread,
    Subsample,
)
from skal.strategies.goals import Goal

GOALS = ("holdout", "entropy", "fisher")
C = {"digits": 1.0, "letter": 1.0, "rt_polarity": 0.1, "synth2": 0.1, "rt_polarity_long": 0.1}
FIRST = {"digits": 2, "letter": 2, "rt_polarity": 5, "rt_polarity_long": 5}  # of every class
BATCH = {"digits": 10, "letter": 20, "rt_polarity": 10, "synth2": 10, "rt_polarity_long": 10}
ROUNDS = {"digits": 15, "letter": 25, "rt_polarity": 30, "synth2": 53, "rt_polarity_long": 150}
SEEDS = {
    "digits": range(2),
    "letter": range(2),
    "rt_polarity": range(3),
    "synth2": range(20),
    "rt_polarity_long": range(5),
}
N_POOL = {"digits": 1000, "letter": 3000, "rt_polarity": 3000, "rt_polarity_long": 8700}
N_TEST = {"digits": 650, "letter": 2000, "rt_polarity": 1066, "rt_polarity_long": 1066}


def strategies(name):
    linear = {
        f"{goal} {label}": GoalInfluence(goal, label, order="linear")
        for goal in GOALS
        for label in ("oracle", "mean")
    }
    if name == "synth2":
        return {
            "Random": Random(),
            "Margin": Margin(),
            **{key: linear[f"holdout {key}"] for key in ("oracle", "mean")},
            "min": GoalInfluence("holdout", "min", order="linear"),
            "mean, Newton": GoalInfluence("holdout", "mean"),
            "expected, Newton": GoalInfluence("holdout", "expected"),
            "Sequential(expected)": Sequential(GoalInfluence("holdout", "expected")),
        }
    if name == "rt_polarity_long":
        return {key: linear.get(key, Random()) for key in ("Random", "holdout oracle")}
    if name == "digits":
        error = GoalInfluence("entropy", "expected", target=100)
        influence = GoalInfluence("holdout", "expected")
        asked = {
            "Margin": Margin(),
            "Sequential(Margin)": Sequential(Margin()),
            "expected error, top": error,
            "expected error, Spread": Spread(error),
            "expected error, Sequential": Sequential(error),
            "holdout expected, top": influence,
            "holdout expected, Sequential": Sequential(influence),
        }
        return {"Random": Random(), **{key: Subsample(s, 200) for key, s in asked.items()}}
    influence = GoalInfluence("holdout", "expected", target=100)
    error = GoalInfluence("entropy", "expected", target=100)
    newton = {
        "holdout expected, Newton, top": Shortlist(influence, factor=5),
        "holdout expected, Newton, Sequential": Shortlist(Sequential(influence), factor=5),
        "expected error, top": Shortlist(error, factor=5),
        "expected error, Sequential": Shortlist(Sequential(error), factor=5),
    }
    return {
        "Random": Random(),
        "Margin": Margin(),
        "Spread(Margin)": Spread(Margin()),
        "Sequential(Margin)": Sequential(Margin()),
        **linear,
        **(newton if name == "rt_polarity" else {}),  # 26 classes take half a minute a batch
    }


def split(name, seed):
    """X, true classes, first labels, pool and test rows, and the holdout's rows."""
    if name == "synth2":
        X, y = make_synth2(random_state=seed)
        pool, test = np.arange(10, 540), np.arange(540, 600)
        hold = np.random.default_rng(seed).choice(pool, 53, replace=False)
        return X, y, np.arange(10), pool, test, hold
    if name == "digits":
        X, y = load_digits(return_X_y=True)
    else:
        X, y = load_letter() if name == "letter" else load_rt_polarity_features()
    X = X / {"digits": 16, "letter": 15}.get(name, 1)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(y))
    first = np.concatenate([order[y[order] == c][: FIRST[name]] for c in np.unique(y)])
    order = order[~np.isin(order, first)]
    pool, test, hold = np.split(order, [N_POOL[name], N_POOL[name] + N_TEST[name]])
    return X, y, first, pool, test, hold[: N_POOL[name] // 10]


def curve(name, strategy, seed, n_rounds):
    """A record a round."""
    X, y, first, pool, test, hold = split(name, seed)
    rows = np.concatenate([first, pool])
    model = LogisticRegression(C=C[name], max_iter=5000)
    learner = ActiveLearner(model, strategy, batch_size=BATCH[name], random_state=seed)
    learner.fit(X[rows], _mask(y[rows], len(first)), X_val=X[hold], y_val=y[hold])
    truth, records = y[rows], []
    for step in range(n_rounds + 1):
        state = learner.query_state()
        goals = {"synth2": (), "rt_polarity_long": ("holdout",)}.get(name, GOALS)
        values = {goal: round(Goal(goal).value(state), 4) for goal in goals}
        score = learner.score(X[test], y[test])
        start = time.perf_counter()
        records.append(
            {"labels": learner.history_[-1]["n_labelled"], "accuracy": round(score, 4), **values}
        )
        if step == n_rounds or not len(state.candidates):
            return records
        if "oracle" in str(strategy):
            labels = truth[state.pool.rows]
            state.pool = state.source.view(replace(state.pool.data, labels=labels, known=None))
            asked = strategy.select(state, min(BATCH[name], len(state.candidates)))
            asked = state.pool.rows[asked]
        else:
            asked = learner.query(batch_size=min(BATCH[name], len(state.candidates)))
        records[-1]["seconds"] = round(time.perf_counter() - start, 4)
        learner.teach(asked, truth[asked])


def _mask(y, n_first):
    return np.where(np.arange(len(y)) < n_first, y, np.nan)


def reached(records, score):
    """Labels asked for until the score was reached; None if it never was."""
    first = records[0]["labels"]
    return next((r["labels"] - first for r in records if r["accuracy"] >= score), None)


def report(name, results):
    if name == "synth2":
        print("synth2: labels asked for until 0.966 test accuracy (paper, uncertainty: 230)")
        for key, curves in results.items():
            counts = [reached(records, 0.966) for records in curves.values()]
            never = sum(count is None for count in counts)
            counts = [530 if count is None else count for count in counts]
            print(f"  {key:24} median {np.median(counts):5.0f}   never {never} of {len(counts)}")
        return
    print(f"{name}: mean height of the learning curve, last accuracy, last goals, seconds a query")
    for key, curves in results.items():
        heights = [np.mean([r["accuracy"] for r in records]) for records in curves.values()]
        last = [records[-1] for records in curves.values()]
        goals = "  ".join(
            f"{goal} {np.mean([r[goal] for r in last]):9.2f}" for goal in GOALS if goal in last[0]
        )
        seconds = np.median([r["seconds"] for records in curves.values() for r in records[:-1]])
        print(
            f"  {key:38} {np.mean(heights):.3f}  {np.mean([r['accuracy'] for r in last]):.3f}  "
            f"{goals}  {seconds:.2f}"
        )


def draw(all_results, path):
    """One figure: learning curves above, goal curves below, a column a data set and goal."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ModuleNotFoundError:
        return
    names = [name for name in ("letter", "rt_polarity") if name in all_results]
    if not names:
        return
    columns = [(name, goal) for name in names for goal in GOALS]
    size = (4 * len(columns), 7)
    figure, axes = plt.subplots(2, len(columns), figsize=size, squeeze=False, sharex="col")
    for column, (name, goal) in enumerate(columns):
        for key, curves in all_results[name].items():
            if not (key in ("Random", "Margin") or key.startswith(goal)):
                continue
            n = min(map(len, curves.values()))
            labels = [r["labels"] for r in next(iter(curves.values()))[:n]]
            for row, what in enumerate(("accuracy", goal)):
                heights = np.mean([[r[what] for r in c[:n]] for c in curves.values()], axis=0)
                axes[row, column].plot(labels, heights, label=key)
        axes[0, column].set_title(f"{name}, {goal} goal")
        axes[1, column].set_xlabel("labels")
        axes[0, column].legend(fontsize="x-small")
    axes[0, 0].set_ylabel("test accuracy")
    axes[1, 0].set_ylabel("goal")
    figure.tight_layout()
    figure.savefig(path, dpi=80)


def main():
    parser = parser_for(__doc__, "one seed, three rounds")
    parser.add_argument(
        "--data", nargs="+", default=[name for name in C if name != "digits"], choices=C
    )
    parser.add_argument("--seeds", type=int, default=None)
    options = parser.parse_args()
    study = study_of(options, "goal-curves", "raw", "pictures")
    everything = {}
    with threadpool_limits(1):
        for name in options.data:
            path = study.raw(f"{name}.json")
            done = json.loads(path.read_text()) if path.exists() else {}
            seeds = [0] if options.quick else SEEDS[name]
            for seed in seeds if options.seeds is None else range(options.seeds):
                for key, strategy in strategies(name).items():
                    if str(seed) in done.setdefault(key, {}):
                        continue
                    rounds = 3 if options.quick else ROUNDS[name]
                    done[key][str(seed)] = curve(name, strategy, seed, rounds)
                    path.write_text(json.dumps(done))
            report(name, done)
            everything[name] = done
    draw(everything, study.picture("curves.png"))


if __name__ == "__main__":
    main()
