"""The default of classifiers beside scikit-activeml's strategies, on the sets of default.py.

    pip install ".[bench,data,experiments]"
    python benchmarks/peers/default.py reporting logistic
    python benchmarks/peers/beside.py reporting [--seeds N] [--finished]

Logistic regression, in the frame of default.py, whose replays of ours are read; theirs are those
of label_efficiency.py.  A run that was stopped goes on where it was.  Writes
results/default/tables/beside-<half>.csv: the columns of that script's tables, on the seeds that all
have.  The gap to the greedy oracle is the one of that script, which has the same frame: the median
is over the sets that both have, on the first three seeds.
"""

import argparse
import warnings

import data_sets
import default
import pandas as pd
import tables
import theirs
from folder import peers
from models import CLASSIFIER

from skal.experiments import compare
from skal.metrics import area_under_curve

SEEDS, SEEDS_OF_ORACLE = 3, 3
PEERS = theirs.named(theirs.CLASSIFICATION | theirs.SLOW)


def replay(half, seeds):
    """Replay what is missing of theirs."""
    sets = default.sets_of(default.STUDIES["logistic"], half)
    compare(
        PEERS,
        {"logistic": CLASSIFIER},
        {name: load() for name, load in sets.items()},
        seeds=seeds,
        results=default.STUDY.raw(f"beside-{half}.jsonl"),
        scoring=default.SCORES,
        **default.FRAME,
    )


def shares(results, half):
    """Of the oracle's gain over random rows, by set and strategy, from the gaps that are known."""
    gap = pd.read_csv(peers().table(f"{half}-gaps.csv")).groupby("data")["gap"].first()
    part = results[results["data"].isin(gap.index) & (results["seed"] < SEEDS_OF_ORACLE)]
    area = area_under_curve(part, tables.SCORE).droplevel("estimator")["mean"].unstack("strategy")
    return area.sub(area["Random"], axis=0).div(gap.loc[area.index], axis=0).stack()


def write(half, seeds):
    """The table of ours and theirs."""
    sets = default.sets_of(default.STUDIES["logistic"], half)
    files = {"logistic": default.LEADING | default.HERDING, "beside": PEERS}
    parts = [
        tables.finished(default.STUDY.raw(f"{name}-{half}.jsonl"), default.SCORES, (sets, known))
        for name, known in files.items()
    ]
    results = pd.concat(parts)
    results = tables.on_every_set(results[results["seed"] < seeds])
    score_of = {name: data.score for name, data in sets.items()}
    results = tables.with_decisive(results, score_of)
    table = tables.summary(results, "Margin", results)
    table["gap closed"] = shares(results, half).groupby("strategy").median()
    shown = tables.rounded(table, default.DEFAULT)
    shown.to_csv(default.STUDY.table(f"beside-{half}.csv"))
    print(shown.to_string())


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("half", choices=[data_sets.CHOOSING, data_sets.REPORTING])
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--finished", action="store_true", help="tables of what is there already")
    options = parser.parse_args()
    default.STUDY.made("raw", "tables")
    warnings.filterwarnings("ignore", "The number of unique classes")
    if not options.finished:
        replay(options.half, options.seeds)
    write(options.half, options.seeds)


if __name__ == "__main__":
    main()
