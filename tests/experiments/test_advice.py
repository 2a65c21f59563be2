"""Recommendations from a comparison, with their confidence."""

import numpy as np
import pandas as pd
import pytest

from skal.experiments import recommend


def fake(**leads):
    """Curves whose areas differ by a lead that varies a little from seed to seed."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        [
            {"data": "a", "estimator": "e", "strategy": name, "seed": seed, "round": i,
             "n_labelled": n, "accuracy": 0.5 + n / 100 + lead + noise, "imbalance": 0.0}
            for name, lead in leads.items()
            for seed in range(6)
            for noise in [rng.normal(scale=0.002)]
            for i, n in enumerate([10, 20, 30])
        ]
    )  # fmt: skip


def test_advice_is_sure_where_it_can_be():
    advice = recommend(fake(Random=0, Good=0.05, AsGood=0.0499, Bad=-0.1))
    assert advice.strategy in {"Good", "AsGood"}
    assert advice.reliable
    assert set(advice.level_with) == {"Good", "AsGood"} - {advice.strategy}
    assert f"Use {advice.strategy}: +0.05" in str(advice)
    assert "fewer than Random" in str(advice)


def test_the_best_of_many_is_not_better_by_chance():
    rng = np.random.default_rng(0)
    sure = 0
    for _ in range(60):
        alike = fake(**{name: 0 for name in ["Random", *"ABCDEFGHIJ"]})
        chance = alike.groupby(["strategy", "seed"])["accuracy"].transform("size")
        alike["accuracy"] += np.repeat(rng.normal(scale=0.01, size=len(chance) // 3), 3)
        sure += recommend(alike).reliable
    assert sure / 60 <= 0.1


def test_advice_on_what_was_not_compared():
    both = pd.concat([fake(Random=0, A=0.1), fake(Random=0, B=0.1).assign(data="b")])
    with pytest.raises(ValueError, match="every data set"):
        recommend(both)
    seeds = pd.concat(
        [fake(Random=0, A=0.1), fake(Random=0, A=0.1).query("seed < 3").assign(data="b")]
    )
    with pytest.raises(ValueError, match="different seeds"):
        recommend(seeds)


def test_advice_is_unsure_where_it_must_be():
    advice = recommend(fake(Random=0, Good=0.0005))
    assert not advice.reliable
    assert str(advice).startswith(("No strategy is reliably ahead of Random", "No strategy has a "))
    with pytest.raises(ValueError, match="one seed"):
        recommend(fake(Random=0, A=1).query("seed == 0"))
    with pytest.raises(ValueError, match="Replay 'random' too, or pass against= one of these"):
        recommend(fake(Random=0, A=1), against="random")


def test_the_lead_of_the_baseline_has_its_interval():
    one = fake(Margin=0.05, Near=0.0499, Far=0)
    advice = recommend(pd.concat([one, one.assign(data="b")]), against="Margin")
    assert (advice.strategy, advice.reliable) == ("Margin", False)
    lead = advice.ahead["Near"]
    figures = (
        f"{lead['mean']:+.3f} (95% interval {lead['low']:+.3f} to {lead['high']:+.3f}, 6 seeds"
    )
    assert str(advice).startswith("No strategy has a higher mean accuracy than Margin. Its lead")
    assert f"over Near is {figures}, 2 data sets)." in str(advice)
    alone = recommend(fake(Margin=0), against="Margin")
    assert str(alone) == "No strategy has a higher mean accuracy than Margin."
