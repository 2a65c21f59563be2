"""Areas under learning curves, ranks and gaps, against hand-worked cases and scipy."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from skal.metrics import area_under_curve, gap_closed, mean_ranks
from tests.metrics.results import GOOD, frame, row


def test_area_by_hand_and_its_interval_by_scipy():
    # trapezoids by hand: (.5+.7)/2·10 + (.7+.9)/2·30 = 6 + 24 over a width of 40
    results = frame({"A": [[0.5, 0.7, 0.9], [0.4, 0.6, 0.8], [0.6, 0.6, 0.6]]}, [10, 20, 50])
    areas = np.array([0.75, 0.65, 0.6])
    got = row(area_under_curve(results), "A")
    low, high = stats.t.interval(0.95, 2, loc=areas.mean(), scale=stats.sem(areas))
    np.testing.assert_allclose([got["mean"], got["low"], got["high"]], [areas.mean(), low, high])
    assert got["n_seeds"] == 3
    narrow = row(area_under_curve(results, confidence=0.5), "A")
    low, high = stats.t.interval(0.5, 2, loc=areas.mean(), scale=stats.sem(areas))
    np.testing.assert_allclose([narrow["low"], narrow["high"]], [low, high])


def test_one_seed_has_no_interval():
    got = row(area_under_curve(frame({"A": [[0.5, 0.7]]}, [10, 20])), "A")
    assert got["mean"] == pytest.approx(0.6)
    assert np.isnan(got["low"])
    assert np.isnan(got["high"])


def test_mean_ranks_share_ties():
    one = frame({"A": [[0.5, 0.5]], "B": [[0.5, 0.5]], "C": [[0.1, 0.1]]}, [1, 2])
    two = frame({"A": [[0.2, 0.2]], "B": [[0.5, 0.5]], "C": [[0.3, 0.3]]}, [1, 2], data="b")
    ranks = mean_ranks(pd.concat([one, two]))["mean_rank"]
    assert ranks.to_dict() == {"B": 1.25, "A": 2.25, "C": 2.5}
    assert list(ranks.index) == ["B", "A", "C"]


def test_gap_closed_by_hand():
    curves = {"Random": [[0.5, 0.5]] * 2, "Oracle": [[0.9, 0.9]] * 2, "A": [[0.6, 0.6]] * 2}
    looked = {"oracle_candidates": {"Oracle": 30.0}, "oracle_holdout": {"Oracle": 100.0}}
    gaps = gap_closed(frame(curves, [10, 20], **looked))
    assert row(gaps, "A").tolist() == pytest.approx([0.25, 0.25, 0.25, 0.4, 30, 100])
    assert row(gaps, "Oracle")["share"] == 1
    assert row(gaps, "Random")["share"] == 0


def test_a_gap_says_what_its_oracle_looked_at():
    curves = {"Random": [[0.5, 0.5]], "Oracle": [[0.9, 0.9]]}
    with pytest.raises(ValueError, match="recorded no oracle_candidates and no oracle_holdout"):
        gap_closed(frame(curves, [10, 20]))


def test_interpolates_where_rounds_differ():
    one = frame({"A": [[0.5, 0.7, 0.9]]}, [10, 20, 30])
    other = frame({"Random": [[0.5, 0.9]]}, [10, 30])
    areas = area_under_curve(pd.concat([one, other]))["mean"]
    assert areas.tolist() == pytest.approx([0.7, 0.7])


def test_several_scores_must_be_told_apart():
    results = frame(GOOD, [10, 20])
    results.insert(7, "f1", 0.5)
    with pytest.raises(ValueError, match=r"score= one of .'accuracy', 'f1'"):
        area_under_curve(results)
    assert row(area_under_curve(results, "f1"), "A")["mean"] == 0.5


def test_ranks_want_every_strategy_everywhere():
    both = pd.concat([frame(GOOD, [1, 2]), frame({"A": [[0, 1]]}, [1, 2], data="b")])
    with pytest.raises(ValueError, match="every data set"):
        mean_ranks(both)


def test_gaps_that_are_none():
    curves = {"Random": [[0.5, 0.5]] * 2, "Oracle": [[0.4, 0.4]] * 2, "A": [[0.6, 0.6]] * 2}
    looked = {"oracle_candidates": {"Oracle": 3.0}, "oracle_holdout": {"Oracle": 9.0}}
    gaps = gap_closed(frame(curves, [10, 20], **looked))
    assert gaps["share"].isna().all()
    assert gaps["gap"].isna().all()
