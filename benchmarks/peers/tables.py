"""Tables of the replays: ranks, penalties, labels saved, the gap closed, leads over margin.

Each data set counts by the score that was fixed for it beforehand, in the column "decisive".
"""

import json

import pandas as pd

from skal.metrics import area_under_curve, gap_closed, labels_saved, mean_ranks, pairwise_penalty
from skal.metrics.areas import areas_by_seed
from skal.metrics.frames import experiments
from skal.metrics.intervals import mean_interval

SCORE = "decisive"


def finished(file, scores, known):
    """The replays in a file of `compare`, of the data sets and strategies that are known.

    `known` has the sets and the strategies; of a replay that was done again the last one counts.
    """
    rounds = {}
    for line in file.read_text().splitlines(keepends=True):
        if line.endswith("\n"):  # else it is being written
            replay = json.loads(line)
            names = {name: replay[name] for name in ("data", "estimator", "strategy", "seed")}
            if replay["data"] in known[0] and replay["strategy"] in known[1]:
                rounds[tuple(names.values())] = [names | one for one in replay["rounds"]]
    frame = pd.DataFrame([one for replay in rounds.values() for one in replay])
    first = ["data", "estimator", "strategy", "seed", "round", "n_labelled", *scores]
    return frame[first + [name for name in frame if name not in first]]


def with_decisive(results, score_of):
    """The results with the score that counts, which `score_of` names for each data set."""
    parts = [
        part.assign(**{SCORE: part[score_of[data]]})
        for data, part in results.groupby("data", sort=False)
    ]
    return pd.concat(parts)


def complete(results):
    """The replays of the strategies that have most: every seed on every data set."""
    replays = results[["strategy", "data", "seed"]].drop_duplicates()["strategy"].value_counts()
    return results[results["strategy"].isin(replays.index[replays == replays.max()])]


def on_every_set(results):
    """Without the seeds that a strategy has on some data sets only: the run is not over."""
    sets = results.groupby(["strategy", "seed"])["data"].transform("nunique")
    return results[sets == results["data"].nunique()]


def leads(results, against):
    """Lead in area over another strategy, for each data set, strategy and seed that it has."""
    records = []
    for (data, strategy), part in results.groupby(["data", "strategy"], sort=False):
        own = results["seed"].isin(part["seed"]) & (results["data"] == data)
        pair = results[own & results["strategy"].isin([strategy, against])]
        (experiment,) = experiments(pair, SCORE)
        areas = areas_by_seed(experiment)
        for seed, lead in zip(experiment.seeds, areas[strategy] - areas[against], strict=True):
            records.append((data, strategy, seed, lead))
    table = pd.DataFrame(records, columns=["data", "strategy", "seed", "lead"])
    return table.set_index(["data", "strategy", "seed"])["lead"]


def with_interval(by_seed, index, confidence=0.95):
    """Means over seeds and their t intervals: `mean`, `low`, `high`, `n_seeds`."""
    groups = by_seed.groupby(index, sort=False)
    return pd.DataFrame({key: mean_interval(part, confidence) for key, part in groups}).T


def verdicts(lead):
    """On how many data sets a strategy is reliably ahead, level and behind."""
    low, high = lead["low"].unstack(0), lead["high"].unstack(0)
    ahead, behind = (low > 0).sum(axis=1), (high < 0).sum(axis=1)
    level = low.count(axis=1) - ahead - behind
    return pd.DataFrame({"ahead": ahead, "level": level, "behind": behind})


def gaps(oracle):
    """Shares of the oracle's gain, on the sets and for the strategies that have all its seeds."""
    knows = oracle[oracle["strategy"] == "Oracle"]
    if knows.empty:
        return pd.DataFrame({"share": []}, index=pd.Index([], name="strategy"), dtype=float)
    parts = []
    for data, seeds in knows.groupby("data", sort=False)["seed"].unique().items():
        part = oracle[(oracle["data"] == data) & oracle["seed"].isin(seeds)]
        parts.append(gap_closed(complete(part), SCORE).droplevel("estimator"))
    return pd.concat(parts)


def summary(results, against, oracle):
    """A row a strategy, the best mean rank first.

    `oracle` holds replays of fewer seeds, with an oracle among them unless it was not replayed.
    Strategies with fewer seeds than others have leads over `against` on these, and no rank.
    """
    every, by_seed = complete(results), leads(results, against)
    beaten = pairwise_penalty(every, SCORE)
    saved = labels_saved(every, SCORE)["saved"].groupby("strategy").median()
    shares = gaps(oracle)["share"].groupby("strategy").median()
    over_data = with_interval(by_seed.groupby(["strategy", "seed"]).mean(), "strategy")
    over_data = over_data.rename(columns={"mean": "lead", "n_seeds": "seeds"})
    table = over_data.join(verdicts(with_interval(by_seed, ["data", "strategy"])))
    table["mean rank"] = mean_ranks(every, SCORE)["mean_rank"]
    table["beaten"] = beaten.sum() / (len(beaten) - 1)
    table["labels saved"], table["gap closed"] = saved, shares
    first = ["mean rank", "beaten", "labels saved", "gap closed"]
    table = table[first + [name for name in table if name not in first]]
    by_rank = table.sort_values(["mean rank", "lead"], ascending=[True, False], kind="stable")
    return by_rank.rename_axis("strategy")


def every_figure(results, against):
    """A row a data set and strategy: areas, leads and labels saved with intervals, and seconds.

    Labels saved are those of strategies that have every seed.
    """
    each = results.groupby(["data", "strategy"], sort=False)
    areas = pd.concat(area_under_curve(part, SCORE) for _, part in each)
    lead = with_interval(leads(results, against), ["data", "strategy"])
    table = areas.droplevel("estimator")[["mean", "low", "high"]].join(
        lead.add_prefix("lead_").rename_axis(["data", "strategy"])
    )
    saved = labels_saved(complete(results), SCORE).droplevel("estimator")
    table[["saved", "saved_low", "saved_high"]] = saved[["saved", "low", "high"]]
    asked = results[results["round"] > 0].groupby(["data", "strategy"])
    table["query_seconds"] = asked["query_seconds"].median()
    return table.rename(columns={"lead_n_seeds": "n_seeds"}).round(4)


def curves(results):
    """Mean learning curves with their t intervals."""
    by_seed = results.set_index(["data", "strategy", "n_labelled"])[SCORE]
    table = with_interval(by_seed, ["data", "strategy", "n_labelled"])
    return table.rename_axis(["data", "strategy", "n_labelled"]).round(4)


def rounded(table, bold):
    """As the docs show it: a lead with its interval in a cell, the default in bold."""
    shown = pd.DataFrame(index=table.index)
    shown["mean rank"] = table["mean rank"].map("{:.1f}".format)
    shown["beaten"] = table["beaten"].map("{:.2f}".format)
    for name in ("labels saved", "gap closed"):
        if table[name].notna().any():  # there may be no oracle yet
            shown[name] = (100 * table[name]).map("{:.0f}%".format)
    parts = zip(table["lead"], table["low"], table["high"], strict=True)
    shown["lead"] = [
        f"{mean:+.3f}" + (f" ({low:+.3f} to {high:+.3f})" if low == low else "")  # one seed: none
        for mean, low, high in parts
    ]
    counts = zip(table["ahead"], table["level"], table["behind"], strict=True)
    shown["ahead, level, behind"] = [f"{a}, {b}, {c}" for a, b, c in counts]
    shown["seeds"] = table["seeds"].astype(int)
    return shown.replace({"nan": "", "nan%": ""}).rename(index={bold: f"**{bold}**"})
