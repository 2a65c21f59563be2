"""The tables of benchmarks/peers: leads seed by seed, and what is reliable of them."""

import sys
from pathlib import Path

import numpy as np
import pytest

pd = pytest.importorskip("pandas")
PEERS = Path(__file__).parents[2] / "benchmarks" / "peers"
LABELS = [20, 40, 60]


@pytest.fixture(scope="module")
def tables():
    sys.path.insert(0, str(PEERS))
    try:
        import tables

        yield tables
    finally:
        sys.path.remove(str(PEERS))
        sys.modules.pop("tables", None)


def frame(heights):
    """Replays whose learning curves are these: {(data, strategy, seed): curve}."""
    names = "data estimator strategy seed round n_labelled accuracy balanced_accuracy imbalance"
    return pd.DataFrame(
        [
            (data, "model", strategy, seed, number, LABELS[number], height, height / 2, 0.0)
            for (data, strategy, seed), curve in heights.items()
            for number, height in enumerate(curve)
        ],
        columns=names.split(),
    )


@pytest.fixture
def results(tables):
    """`Good` is ahead by 0.1 ± 0.01 on "a", and by chance on "b"; `Few` has two seeds only."""
    heights = {}
    for seed in range(4):
        for data, leads in {"a": [0.09, 0.11, 0.1, 0.1], "b": [0.2, -0.2, 0.1, -0.1]}.items():
            base = [0.5, 0.6 + seed / 100, 0.7]
            heights[data, "Margin", seed] = base
            heights[data, "Good", seed] = [height + leads[seed] for height in base]
            if seed < 2:
                heights[data, "Few", seed] = [height - leads[seed] for height in base]
    return tables.with_decisive(frame(heights), dict.fromkeys("ab", "accuracy"))


def test_each_data_set_counts_by_its_own_score(tables):
    results = frame({("a", "x", 0): [0.4] * 3, ("b", "x", 0): [0.4] * 3})
    score_of = {"a": "accuracy", "b": "balanced_accuracy"}
    decisive = tables.with_decisive(results, score_of).groupby("data")["decisive"].max()
    assert decisive.to_dict() == {"a": 0.4, "b": 0.2}


def test_only_strategies_with_every_replay_are_complete(tables, results):
    assert set(tables.complete(results)["strategy"]) == {"Margin", "Good"}


def test_a_seed_counts_when_every_set_has_it(tables, results):
    unfinished = results[(results["seed"] < 3) | (results["data"] == "a")]
    seeds = tables.on_every_set(unfinished).groupby("strategy")["seed"].nunique()
    assert seeds.to_dict() == {"Few": 2, "Good": 3, "Margin": 3}


def test_finished_replays_are_read_from_the_file(tables, tmp_path):
    line = (
        '{{"key": "{}", "data": "{}", "estimator": "m", "strategy": "x", "seed": 0, "round": 0, '
        '"n_labelled": 20, "rounds": [{{"round": 0, "n_labelled": 20, "r2": {}}}]}}'
    )
    file = tmp_path / "replays.jsonl"
    lines = [line.format("k", "a", 0.1), line.format("l", "a", 0.2), line.format("m", "b", 0.3)]
    file.write_text("\n".join(lines) + '\n{"key": "n", "da')
    frame = tables.finished(file, ["r2"], (["a"], ["x"]))
    assert frame["r2"].tolist() == [0.2]


def test_leads_are_paired_on_the_seeds_that_a_strategy_has(tables, results):
    leads = tables.leads(results, "Margin").sort_index()
    np.testing.assert_allclose(leads["a", "Good"], [0.09, 0.11, 0.1, 0.1])
    np.testing.assert_allclose(leads["a", "Few"], [-0.09, -0.11])
    np.testing.assert_allclose(leads["b", "Margin"], np.zeros(4))


def test_verdicts_count_reliable_leads(tables, results):
    by_data = tables.with_interval(tables.leads(results, "Margin"), ["data", "strategy"])
    assert by_data.loc[("a", "Good"), "mean"] == pytest.approx(0.1)
    verdicts = tables.verdicts(by_data)
    assert verdicts.loc["Good"].tolist() == [1, 1, 0]
    assert verdicts.loc["Margin"].tolist() == [0, 2, 0]


def test_a_summary_ranks_the_complete_and_leads_for_all(tables, results):
    good = results["strategy"] == "Good"
    oracle = results[good].assign(strategy="Oracle", oracle_candidates=5, oracle_holdout=9)
    random = results[results["strategy"] == "Margin"].assign(strategy="Random")
    every = pd.concat([results, random])
    few = pd.concat([every, oracle])
    few = few[few["seed"] < 2]
    table = tables.summary(every, "Margin", few)
    assert table.index[0] == "Good"
    assert np.isnan(table.loc["Few", "mean rank"])
    assert table.loc["Few", "seeds"] == 2
    shown = tables.rounded(table, "A")
    assert shown.loc["Few", "mean rank"] == ""
    assert shown.loc["Good", "lead"].startswith("+0.050 (")
