"""The penalty matrix against a case with a known answer and scipy's paired test."""

import numpy as np
import pandas as pd
from scipy import stats

from skal.metrics import pairwise_penalty
from skal.metrics.frames import experiments
from skal.metrics.pairs import checkpoints
from tests.metrics.results import frame


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
