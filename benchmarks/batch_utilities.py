"""Utilities of batches in closed form beside refits with every labeling.

For each setting and goal, 16 batches of four rows: eight drawn from the pool, and eight from the
twelve rows of the highest utility, which are often alike.  The model is really refitted with each
labeling of a batch, and each label rule settles the values of the refits.  These are compared with
`GoalInfluence.batch_utility` ("together") and the sum of the utilities of the rows ("sum"), both in
the Newton order, and with the sum to first order ("linear").  `r` is the correlation with the
refits, and `ratio` the median ratio to them.

times.csv has the processor time of a call of `batch_utilities_by_label` with all 2**10 labelings of
ten rows (digits 3 and 8, 40 labels, 64 features, a holdout of 60 rows), the best of five.

    python benchmarks/batch_utilities.py

Writes results/batch-utilities/tables.
"""

import time
import warnings

import numpy as np
import pandas as pd
from goal_correlations import learner_of
from places import Study
from threadpoolctl import threadpool_limits

from skal.strategies import GoalInfluence
from skal.strategies.goals import Goal

STUDY = Study("batch-utilities")
SETTINGS = ("iris", "wine", "cancer", "cancer, C = 0.05", "cancer, balanced")
GOALS, RULES = ("holdout", "entropy"), ("mean", "min", "max", "expected")
BATCHES, BATCH, BEST = 8, 4, 12


def batches_of(state, goal, rng):
    """Batches of any rows, and of the best."""
    best = np.argsort(-GoalInfluence(goal).utilities(state))[:BEST]
    for rows in (np.arange(len(state.candidates)), best):
        for _ in range(BATCHES):
            yield state.candidates[rng.choice(rows, BATCH, replace=False)]


def settled(values, shares):
    """What each rule makes of the values of all labelings."""
    return values.mean(), values.min(), values.max(), shares @ values


def measured(name):
    """A row for each goal and rule."""
    state, rng = learner_of(name, 0).query_state(), np.random.default_rng(0)
    for goal in GOALS:
        tau, kinds = Goal(goal), {"refits": [], "together": [], "sum": [], "linear": []}
        for batch in batches_of(state, goal, rng):
            few, P = state.restrict(batch), state.pool.part(batch).proba
            strategy = GoalInfluence(goal, "mean")
            labels, _ = strategy.batch_utilities_by_label(state, batch)
            shares = P[np.arange(BATCH), np.searchsorted(state.classes, labels)].prod(axis=1)
            true = np.array([tau.value(state.refit(batch, some)) for some in labels])
            kinds["refits"].append(settled(true - tau.value(state), shares))
            rules = [GoalInfluence(goal, rule) for rule in RULES]
            kinds["together"].append([one.batch_utility(state, batch) for one in rules])
            kinds["sum"].append([one.utilities(few).sum() for one in rules])
            rules = [GoalInfluence(goal, rule, order="linear") for rule in RULES[:3]]
            kinds["linear"].append([one.batch_utility(state, batch) for one in rules] + [np.nan])
        values = {kind: np.array(rows).T for kind, rows in kinds.items()}
        for i, rule in enumerate(RULES):
            true, row = values["refits"][i], {"setting": name, "goal": goal, "label": rule}
            for kind in ("together", "sum", "linear"):
                ours = values[kind][i]
                row |= {f"r {kind}": np.corrcoef(ours, true)[0, 1]}
                row |= {f"ratio {kind}": np.median(ours / true)}
            yield row


def times():
    """Seconds of a call."""
    state = learner_of("digits 3 and 8, C = 100", 0).query_state()
    for goal in GOALS:
        for order in ("newton", "linear"):
            strategy, seconds = GoalInfluence(goal, "mean", order=order), []
            for _ in range(6):  # the first one computes the outputs of the model
                start = time.process_time()
                labels, _ = strategy.batch_utilities_by_label(state, state.candidates[:10])
                seconds.append(time.process_time() - start)
            best = round(min(seconds[1:]), 4)
            yield {"goal": goal, "order": order, "labelings": len(labels), "seconds": best}


def main():
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of utilities that are far from refits: these are here
        frames = {
            "correlations": pd.DataFrame([row for name in SETTINGS for row in measured(name)]),
            "times": pd.DataFrame(times()),
        }
    for name, frame in frames.items():
        print(frame.round(3).to_string())
        path = STUDY.made("tables").table(f"{name}.csv")
        frame.round(3 if name == "correlations" else 4).to_csv(path, index=False)


if __name__ == "__main__":
    main()
