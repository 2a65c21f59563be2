"""Tables of the replays: ranks, penalties, labels saved, the gap closed, leads over margin.

Each data set counts by the score that was fixed for it beforehand, in the column "decisive".
"""

import numpy as np
import pandas as pd

from skal.metrics import area_under_curve, gap_closed, labels_saved, mean_ranks, pairwise_penalty
from skal.metrics.areas import areas_by_seed
from skal.metrics.frames import experiments
from skal.metrics.intervals import mean_interval

SCORE = "decisive"


def with_decisive(results, score_of):
    """The results with the score that counts, which `score_of` names for each data set."""
    parts = [
        part.assign(**{SCORE: part[score_of[data]]})
        for data, part in results.groupby("data", sort=False)
    ]
    return pd.concat(parts)


def complete(results):
    """The replays of strategies that have every seed on every data set."""
    seeds = results.groupby("strategy")[["data", "seed"]].apply(lambda s: len(s.drop_duplicates()))
    return results[results["strategy"].isin(seeds.index[seeds == seeds.max()])]


def leads(results, against, score=SCORE, confidence=0.95):
    """Lead in area over another strategy, on the seeds that a strategy has: t intervals."""
    records = []
    for (data, strategy), part in results.groupby(["data", "strategy"], sort=False):
        own = results["seed"].isin(part["seed"]) & (results["data"] == data)
        pair = results[own & results["strategy"].isin([strategy, against])]
        (experiment,) = experiments(pair, score)
        areas = areas_by_seed(experiment)
        lead = mean_interval(areas[strategy] - areas[against], confidence)
        records.append({"data": data, "strategy": strategy, **lead})
    return pd.DataFrame(records).set_index(["data", "strategy"])


def verdicts(lead):
    """On how many data sets a strategy is reliably ahead, level and behind."""
    low, high = lead["low"].unstack("data"), lead["high"].unstack("data")
    ahead, behind = (low > 0).sum(axis=1), (high < 0).sum(axis=1)
    return pd.DataFrame(
        {"ahead": ahead, "level": low.count(axis=1) - ahead - behind, "behind": behind}
    )


def summary(results, against="Margin", oracle=None):
    """A row a strategy, the best mean rank first; `oracle`: replays with one, of fewer seeds."""
    every = complete(results)
    beaten = pairwise_penalty(every, SCORE)
    saved = labels_saved(every, SCORE)["saved"].unstack("data")
    lead = leads(every, against)
    table = pd.DataFrame(
        {
            "mean rank": mean_ranks(every, SCORE)["mean_rank"],
            "beaten": beaten.sum() / (len(beaten) - 1),
            "labels saved": saved.droplevel("estimator").median(axis=1),
            "mean lead": lead["mean"].unstack("data").mean(axis=1),
        }
    ).join(verdicts(lead))
    if oracle is not None:
        shares = gap_closed(oracle, SCORE)["share"].unstack("data").droplevel("estimator")
        table["gap closed"] = shares.median(axis=1)
    return table.sort_values("mean rank", kind="stable").rename_axis("strategy")


def every_figure(results, against="Margin"):
    """Areas, leads and labels saved with their intervals, and seconds: a row a data set, strategy.

    Labels saved are those of strategies that have every seed.
    """
    lead = leads(results, against).add_prefix("lead_").rename(columns={"lead_n_seeds": "n_seeds"})
    areas = pd.concat(
        area_under_curve(part, SCORE)
        for _, part in results.groupby(["data", "strategy"], sort=False)
    )
    table = areas.droplevel("estimator")[["mean", "low", "high"]].join(lead)
    saved = labels_saved(complete(results), SCORE).droplevel("estimator")
    table[["saved", "saved_low", "saved_high"]] = saved[["saved", "low", "high"]]
    asked = results[results["round"] > 0].groupby(["data", "strategy"])
    table["query_seconds"] = asked["query_seconds"].median()
    return table.round(4)


def rounded(table):
    """As the docs show it."""
    shown = table.copy()
    for name in shown.columns.intersection(["labels saved", "gap closed"]):
        shown[name] = [f"{100 * value:.0f}%" for value in shown[name]]
    for name, digits in {"mean rank": 1, "beaten": 2, "mean lead": 4}.items():
        shown[name] = shown[name].map(f"{{:.{digits}f}}".format)
    return shown.replace(np.nan, "")
