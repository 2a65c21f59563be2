"""Labels to reach a score and labels saved, against hand-worked cases and scipy."""

import numpy as np
import pytest
from scipy import stats

from skal.metrics import labels_saved, labels_to_reach
from tests.metrics.results import frame, row


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
