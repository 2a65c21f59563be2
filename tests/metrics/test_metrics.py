"""Statistics of comparisons against hand-worked cases and scipy."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from skal.metrics import (
    area_under_curve,
    gap_closed,
    imbalance_ratio,
    labels_saved,
    labels_to_reach,
    mean_ranks,
    mistake_lift,
    pairwise_penalty,
)
from skal.metrics.frames import experiments
from skal.metrics.pairs import checkpoints


def frame(curves, labels, data="a", estimator="e", **columns):
    """The frame of a comparison: curves[strategy] has a row a seed, a column a round."""
    return pd.DataFrame(
        [
            {
                "data": data,
                "estimator": estimator,
                "strategy": strategy,
                "seed": seed,
                "round": number,
                "n_labelled": n,
                "accuracy": height,
                "imbalance": np.nan,
                "mistakes": np.nan,
                "base_error": np.nan,
                **{name: values.get(strategy) for name, values in columns.items()},
            }
            for strategy, heights in curves.items()
            for seed, curve in enumerate(heights)
            for number, (n, height) in enumerate(zip(labels, curve))
        ]
    )


def row(table, strategy, data="a", estimator="e"):
    return table.loc[(data, estimator, strategy)]


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


def test_labels_to_reach_by_hand():
    results = frame({"A": [[0.5, 0.7, 0.9]], "B": [[0.2, 0.3, 0.4]]}, [10, 20, 40])
    assert row(labels_to_reach(results, 0.8), "A")["labels"] == pytest.approx(30)
    assert row(labels_to_reach(results, 0.5), "A")["labels"] == 10
    assert row(labels_to_reach(results, 0.1), "A")["labels"] == 10
    assert row(labels_to_reach(results, 0.8), "B")["labels"] == np.inf


def test_a_curve_that_falls_reaches_where_it_first_did():
    results = frame({"A": [[0.5, 0.9, 0.6, 0.9]]}, [10, 20, 30, 40])
    assert row(labels_to_reach(results, 0.7), "A")["labels"] == pytest.approx(15)


def test_labels_saved_by_hand():
    curves = {"Random": [[0.5, 0.6, 0.8]], "Good": [[0.5, 0.8, 0.9]], "Bad": [[0.5, 0.55, 0.6]]}
    saved = labels_saved(frame(curves, [10, 20, 40]))
    # Good and Random both reach 0.8: with 20 and with 40 labels
    assert row(saved, "Good")[["saved", "at", "labels"]].tolist() == pytest.approx([0.5, 0.8, 20])
    # Bad reaches 0.6 at most, with 40 labels; Random took 20
    assert row(saved, "Bad")[["saved", "at", "labels"]].tolist() == pytest.approx([-1, 0.6, 40])
    assert row(saved, "Random")["saved"] == 0


def test_bootstrap_intervals_hold_the_figure_and_shrink_with_agreement():
    rng = np.random.default_rng(0)
    base = np.linspace(0.5, 0.9, 8)
    noise = rng.normal(size=(20, 8))
    labels = np.arange(10, 90, 10)

    def width(scale):
        curves = {"Random": base + scale * noise, "A": base**0.8 + scale * rng.normal(size=(20, 8))}
        got = row(labels_saved(frame(curves, labels)), "A")
        assert got["low"] <= got["saved"] <= got["high"]
        return got["high"] - got["low"]

    assert width(0.001) < width(0.03)


def test_bootstrap_agrees_with_scipy():
    rng = np.random.default_rng(1)
    reached = rng.uniform(12, 18, size=40)
    curves = np.array([np.interp([10, 20], [10, at, 20], [0, 0.5, 1]) for at in reached])
    curves[:, 0] = rng.normal(0.2, 0.1, size=40)
    curves[:, 1] = rng.normal(0.8, 0.1, size=40)

    def labels(first, last):
        return 10 + 10 * (0.5 - np.mean(first)) / (np.mean(last) - np.mean(first))

    theirs = stats.bootstrap(
        (curves[:, 0], curves[:, 1]),
        labels,
        paired=True,
        vectorized=False,
        method="percentile",
        n_resamples=2000,
        random_state=2,
    ).confidence_interval
    ours = row(labels_to_reach(frame({"A": curves}, [10, 20]), 0.5, n_resamples=2000), "A")
    assert ours["labels"] == pytest.approx(labels(curves[:, 0], curves[:, 1]))
    factor = np.sqrt(40 / 39) * stats.t.ppf(0.975, 39) / stats.norm.ppf(0.975)
    expected = ours["labels"] + factor * (np.array([theirs.low, theirs.high]) - ours["labels"])
    assert [ours["low"], ours["high"]] == pytest.approx(list(expected), abs=0.1)


# ------------------------------------------------------------------ pairs
def paired(difference):
    """Random's curve, and another whose lead at each round is fixed but for the noise of seeds."""
    rng = np.random.default_rng(0)
    random = np.tile([0.5, 0.6, 0.7, 0.75, 0.8, 0.8, 0.8, 0.8, 0.8], (5, 1))
    noise = rng.normal(scale=1e-3, size=random.shape)
    return {"Random": random, "A": random + np.array(difference) + noise}


def test_the_penalty_matrix_of_a_case_with_a_known_answer():
    # Random is within 1% of its end from 50 labels on: the checkpoints are 10 + 10·{1, 2, 4}
    labels = np.arange(10, 100, 10)
    lead = [9, 0.1, 0.1, 9, -0.1, 9, 9, 9, 9]  # at 20, 30 and 50 labels: ahead, ahead, behind
    penalty = pairwise_penalty(frame(paired(lead), labels))
    np.testing.assert_allclose(penalty.loc["A", "Random"], 2 / 3)
    np.testing.assert_allclose(penalty.loc["Random", "A"], 1 / 3)
    assert penalty.loc["A", "A"] == penalty.loc["Random", "Random"] == 0


def test_penalties_add_up_over_experiments():
    labels = np.arange(10, 100, 10)
    ahead, level = paired([0.1] * 9), paired([0.0] * 9)
    level["A"] = level["Random"]  # exactly: no difference, no deviation
    both = pd.concat([frame(ahead, labels), frame(level, labels, data="b")])
    penalty = pairwise_penalty(both)
    assert penalty.loc["A", "Random"] == 1
    assert penalty.loc["Random", "A"] == 0


def test_the_test_is_scipys():
    rng = np.random.default_rng(3)
    for _ in range(30):
        curves = {name: np.sort(rng.uniform(size=(6, 3)), axis=1) for name in ("Random", "A")}
        curves["Random"][:, 2] += 1  # its end is far from the rest: every round is looked at
        penalty = pairwise_penalty(frame(curves, [10, 20, 30]))
        expected = np.zeros((2, 2))
        for column in (1, 2):
            test = stats.ttest_rel(curves["A"][:, column], curves["Random"][:, column])
            if test.pvalue < 0.05:
                expected[int(test.statistic < 0), int(test.statistic > 0)] += 1 / 2
        got = penalty.loc[["A", "Random"], ["A", "Random"]].to_numpy()
        np.testing.assert_allclose(got, expected)


def test_an_experiment_that_is_over_at_once_adds_nothing():
    curves = {"Random": [[0.9, 0.9], [0.9, 0.9]], "A": [[0.1, 0.2], [0.1, 0.25]]}
    assert (pairwise_penalty(frame(curves, [10, 20])).to_numpy() == 0).all()


def test_mean_ranks_share_ties():
    one = frame({"A": [[0.5, 0.5]], "B": [[0.5, 0.5]], "C": [[0.1, 0.1]]}, [1, 2])
    two = frame({"A": [[0.2, 0.2]], "B": [[0.5, 0.5]], "C": [[0.3, 0.3]]}, [1, 2], data="b")
    ranks = mean_ranks(pd.concat([one, two]))["mean_rank"]
    assert ranks.to_dict() == {"B": 1.25, "A": 2.25, "C": 2.5}
    assert list(ranks.index) == ["B", "A", "C"]


# ------------------------------------------------------------------ the others
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


def test_mistake_lift_by_hand():
    results = frame({"A": [[0.5, 0.6, 0.7]] * 2}, [10, 20, 30])
    results.loc[results["round"] > 0, "mistakes"] = [0.5, 0.7, 0.4, 0.4]
    results.loc[results["round"] > 0, "base_error"] = [0.3, 0.3, 0.2, 0.2]
    got = row(mistake_lift(results), "A")
    assert got["mean"] == pytest.approx(2)
    assert got[["mistakes", "base_error"]].tolist() == pytest.approx([0.5, 0.25])


def test_no_error_has_no_lift():
    results = frame({"A": [[1.0, 1.0]]}, [10, 20])
    results.loc[results["round"] > 0, ["mistakes", "base_error"]] = 0.0
    assert np.isnan(row(mistake_lift(results), "A")["mean"])


def test_imbalance():
    assert imbalance_ratio(["a", "a", "b", "b"]) == 0
    counts = [5, 3, 1, 0]
    y = np.repeat(list("abcd"), counts)
    assert imbalance_ratio(y, classes=list("abcd")) == pytest.approx(np.std(counts) / 2.25)


def test_interpolates_where_rounds_differ():
    one = frame({"A": [[0.5, 0.7, 0.9]]}, [10, 20, 30])
    other = frame({"Random": [[0.5, 0.9]]}, [10, 30])
    areas = area_under_curve(pd.concat([one, other]))["mean"]
    assert areas.tolist() == pytest.approx([0.7, 0.7])


GOOD = {"Random": [[0.5, 0.6]] * 2, "A": [[0.5, 0.7]] * 2}


@pytest.mark.parametrize(
    ("function", "results", "message"),
    [
        (lambda r: labels_saved(r, against="random"), GOOD, "against='random' was not replayed"),
        (lambda r: gap_closed(r), GOOD, "oracle='Oracle' was not replayed"),
        (lambda r: pairwise_penalty(r, against="B"), GOOD, "there are Random, A"),
        (lambda r: pairwise_penalty(r, level=5), GOOD, "level=5 must lie between"),
        (lambda r: pairwise_penalty(r), {"Random": [[0.5, 0.6]]}, "two seeds at least"),
        (lambda r: area_under_curve(r, confidence=95), GOOD, "confidence=95 must lie"),
        (lambda r: labels_saved(r, confidence=1), GOOD, "confidence=1 must lie"),
        (lambda r: area_under_curve(r, "f1"), GOOD, "no column 'f1'"),
        (lambda r: mistake_lift(r), GOOD, "no mistakes to count"),
        (lambda r: area_under_curve(r), {"A": [[0.5, 1]], "B": [[0.5, 1]] * 2}, r"seeds \[1\]"),
    ],
)  # fmt: skip
def test_errors_say_what_is_wrong(function, results, message):
    with pytest.raises(ValueError, match=message):
        function(frame(results, [10, 20]))


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


@pytest.mark.parametrize(
    ("y", "classes", "message"),
    [
        ([], None, "y is empty"),
        ([1, 2], [1], "not in classes: 2"),
        (frame({"A": [[0, 1]]}, [1, 2]), None, "A frame of results has a column `imbalance`"),
    ],
)
def test_imbalance_errors(y, classes, message):
    with pytest.raises(ValueError, match=message):
        imbalance_ratio(y, classes)


# ------------------------------------------------------------------ frames as they come
def test_the_order_of_rows_does_not_matter():
    curves = {"Random": [[0.5, 0.6, 0.8]] * 2, "A": [[0.5, 0.7, 0.9]] * 2}
    results = frame(curves, [10, 20, 40])
    shuffled = results.sample(frac=1, random_state=0)
    for function in (area_under_curve, labels_saved):
        expected = function(results)
        pd.testing.assert_frame_equal(function(shuffled).loc[expected.index], expected)


def test_categorical_columns_and_parts_of_a_frame():
    both = pd.concat([frame(GOOD, [1, 2]), frame(GOOD, [1, 2], data="b")])
    both = both.astype({"data": "category", "strategy": "category", "estimator": "category"})
    part = both.query("data == 'b'")
    assert area_under_curve(part)["mean"].tolist() == pytest.approx([0.55, 0.6])
    assert mean_ranks(part)["n_experiments"].tolist() == [1, 1]


def test_checkpoints_where_first_batches_differ():
    # two of three seeds go on to a second first batch: rounds at 2, 12, 22, … and at 4, 14, 24, …
    rng = np.random.default_rng(0)
    lead = {"Random": 0.0, "A": 0.2}
    parts = [
        frame({name: [base + rng.normal(scale=1e-3, size=5)]}, first + 10 * np.arange(5)).assign(
            seed=s
        )
        for s, first in enumerate([2, 4, 4])
        for name, add in lead.items()
        for base in [np.array([0.3, 0.4, 0.5, 0.6, 0.9]) + add]
    ]
    (experiment,) = experiments(pd.concat(parts))
    assert experiment.batch == 10
    labels = experiment.labels[checkpoints(experiment, "Random")]
    assert labels.tolist() == [14, 24]


def test_gaps_that_are_none():
    curves = {"Random": [[0.5, 0.5]] * 2, "Oracle": [[0.4, 0.4]] * 2, "A": [[0.6, 0.6]] * 2}
    looked = {"oracle_candidates": {"Oracle": 3.0}, "oracle_holdout": {"Oracle": 9.0}}
    gaps = gap_closed(frame(curves, [10, 20], **looked))
    assert gaps["share"].isna().all()
    assert gaps["gap"].isna().all()


def test_intervals_end_where_the_figure_must():
    heights = np.random.default_rng(0).uniform(0.4, 0.9, size=(2, 3, 5)).cumsum(axis=2)
    results = frame({"Random": heights[0], "A": heights[1]}, [10, 20, 30, 40, 50])
    assert (labels_saved(results)["high"] <= 1).all()
    assert (labels_to_reach(results, 0.9)["low"] >= 10).all()


def test_one_seed_has_no_bootstrap():
    saved = row(labels_saved(frame({"Random": [[0.5, 0.6]], "A": [[0.5, 0.8]]}, [10, 20])), "A")
    assert saved["saved"] > 0
    assert np.isnan([saved["low"], saved["high"]]).all()


@pytest.mark.parametrize("n_seeds", [5, pytest.param(10, marks=pytest.mark.slow)])
def test_intervals_of_labels_saved_hold_the_truth_often_enough(n_seeds):
    rng = np.random.default_rng(0)
    labels = np.arange(20, 220, 20)
    base, better = np.log(labels), np.log(labels / 0.75)  # the same scores for 25% fewer
    held = 0
    for _ in range(200):
        noise = rng.normal(scale=0.1, size=(2, n_seeds, 1)) + rng.normal(
            scale=0.02, size=(2, n_seeds, 10)
        )
        curves = {"Random": base + noise[0], "A": better + noise[1]}
        got = row(labels_saved(frame(curves, labels), n_resamples=199), "A")
        held += got["low"] <= 0.25 <= got["high"]
    assert held / 200 > 0.85


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda r: r.assign(accuracy=np.nan), ValueError, "accuracy is nan at 10 labels"),
        (lambda r: pd.concat([r, r]), ValueError, "two rounds with the same number of labels"),
        (lambda r: r.iloc[:0], ValueError, "has no rows"),
        (lambda r: r.drop(columns="seed"), ValueError, "it lacks seed"),
        (
            lambda r: r.assign(accuracy="high"),
            ValueError,
            "no column 'accuracy' of numbers: there are imbalance",
        ),
        (lambda r: r.to_numpy(), TypeError, r"numpy\.ndarray"),
    ],
)
def test_frames_that_say_nothing(change, error, message):
    with pytest.raises(error, match=message):
        area_under_curve(change(frame(GOOD, [10, 20])), "accuracy")


def test_curves_that_never_meet():
    apart = pd.concat([frame({"A": [[0, 1]]}, [1, 2]), frame({"B": [[0, 1]]}, [5, 6])])
    with pytest.raises(ValueError, match="no number of labels in common"):
        area_under_curve(apart)
