"""The default of classifiers beside scikit-activeml's strategies, on the sets of default.py.

    pip install ".[bench,data,experiments]"
    python benchmarks/peers/default.py reporting logistic
    python benchmarks/peers/beside.py reporting [--seeds N] [--finished]

Logistic regression, in the frame of default.py, whose replays of ours are read; theirs are those
of label_efficiency.py.  A run that was stopped goes on where it was.  Writes
results/default/tables/beside-<half>.csv, on the seeds that all have: mean ranks by area among all
of these, leads over margin sampling and on how many sets they are above 0; and gaps-<half>.csv, the
share of the greedy oracle's gap that ours close on each set for which label_efficiency.py, which
has the same frame, knows it, on its three seeds.
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
from skal.metrics import area_under_curve, mean_ranks

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


def replays_of(half, **files):
    """The replays in files of results, by the strategies that are known in each."""
    sets = default.sets_of(default.STUDIES["logistic"], half)
    parts = [
        tables.finished(default.STUDY.raw(f"{name}-{half}.jsonl"), default.SCORES, (sets, known))
        for name, known in files.items()
    ]
    return tables.with_decisive(pd.concat(parts), {n: data.score for n, data in sets.items()})


def write(half, seeds):
    """The table of ours and theirs, and what ours close of the oracle's gap."""
    ours = default.LEADING | default.HERDING
    results = replays_of(half, logistic=ours, beside=PEERS)
    results = tables.on_every_set(results[results["seed"] < seeds])
    leads = tables.leads(results, "Margin")
    bold = {default.DEFAULT: f"**{default.DEFAULT}**"}
    shown = pd.DataFrame(
        {
            "mean rank": mean_ranks(results, tables.SCORE)["mean_rank"].round(1),
            "lead": leads.groupby("strategy").mean().map("{:+.3f}".format),
            "sets ahead": (leads.groupby(["strategy", "data"]).mean() > 0)
            .groupby("strategy")
            .sum(),
            "seeds": results.groupby("strategy")["seed"].nunique(),
        }
    )
    shown = shown.sort_values("mean rank").rename(index=bold).rename_axis("strategy")
    shown.to_csv(default.STUDY.table(f"beside-{half}.csv"))
    closed = shares(replays_of(half, logistic=ours), half).unstack("strategy").round(2)
    closed.to_csv(default.STUDY.table(f"gaps-{half}.csv"))
    print(shown.to_string(), closed.median().to_string(), sep="\n")


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
