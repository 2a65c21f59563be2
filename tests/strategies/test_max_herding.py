"""Rows that the whole pool is like."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from skal import ActiveLearner
from skal.strategies import MaxHerding
from tests.kernels.test_herding import greedy


def learner_of(strategy, estimator=None, **kwargs):
    estimator = LogisticRegression() if estimator is None else estimator
    return ActiveLearner(estimator, strategy, random_state=0, **kwargs)


def squares(A, B):
    return ((A[:, None] - B[None, :]) ** 2).sum(2)


def nearest_other(D):
    return np.median((D + np.diag(np.full(len(D), np.inf))).min(1))


def test_it_is_greedy_over_the_whole_pool(blobs):
    X, _, y = blobs
    learner = learner_of(MaxHerding(space="columns")).fit(X, y)
    square = nearest_other(squares(X[:12], X[:12]))
    K, known = np.exp(-squares(X[12:], X[12:]) / square), np.exp(-squares(X[:12], X[12:]) / square)
    expected = greedy(K, known, np.ones(78), 10)
    state = learner.query_state()
    assert MaxHerding(space="columns").select(state, 10).tolist() == expected
    record = state.records
    assert record["width"] == pytest.approx(np.sqrt(square), rel=1e-5)
    covered = np.maximum(known.max(0), K[expected].max(0)).mean()
    assert record["covered"] == pytest.approx(covered, rel=1e-4)
    assert record["precision"] == "float32"


@pytest.mark.parametrize("kernel", ["auto", "gaussian"])
def test_leaves_are_near_as_trees_say(blobs, kernel):
    X, _, y = blobs
    forest = RandomForestClassifier(9, random_state=0)
    learner = learner_of(MaxHerding(kernel=kernel), forest).fit(X, y)
    numbers = learner.estimator_.apply(X)
    apart = (numbers[:, None] != numbers[None, :]).mean(2)
    K = 1 - apart if kernel == "auto" else np.exp(-apart / nearest_other(apart[:12, :12]))
    expected = greedy(K[12:, 12:], K[:12, 12:], np.ones(78), 6)
    picks = learner.query(batch_size=6) - 12
    gained = [K[12 + np.array(some), 12:].max(0).sum() for some in (picks, expected)]
    assert gained[0] == pytest.approx(gained[1], rel=1e-3)  # trees make ties


def test_what_is_covered_already_is_drawn(blobs):
    """Of a tree whose leaves all hold a label every row is covered, wherever it is in the file."""
    X, truth, _ = blobs
    y = np.where(np.arange(90) < 40, truth, np.nan)
    tree = DecisionTreeClassifier(max_depth=1, random_state=0)
    asked = [
        ActiveLearner(tree, MaxHerding(), random_state=seed).fit(X, y).query(batch_size=5)
        for seed in range(4)
    ]
    assert len({tuple(rows) for rows in asked}) == 4
    assert max(map(max, asked)) > 60


def test_before_there_is_a_model(blobs):
    X, _, _ = blobs
    square = 4 * nearest_other(squares(X, X))
    expected = greedy(np.exp(-squares(X, X) / square), np.zeros((0, 90)), np.ones(90), 5)
    learner = learner_of(MaxHerding(), initial=MaxHerding(), initial_size=5).fit(X, [None] * 90)
    assert learner.query().tolist() == expected


def test_only_candidates_are_picked(blobs):
    X, _, y = blobs
    learner = learner_of(MaxHerding(space="columns", width=2)).fit(X, y)
    state = learner.query_state().restrict(np.arange(40, 60))
    K, known = np.exp(-squares(X[52:72], X[12:]) / 4), np.exp(-squares(X[:12], X[12:]) / 4)
    picks = MaxHerding(space="columns", width=2).select(state, 4)
    assert picks.tolist() == [40 + i for i in greedy(K, known, np.ones(78), 4)]


def test_a_large_pool_is_drawn_from(blobs):
    X, _, y = blobs
    learner = learner_of(MaxHerding(size=20), batch_size=3).fit(X, y)
    rows = learner.query()
    drawn = np.sort(learner.query_state().rng.choice(np.arange(78), 20, replace=False))
    assert set(rows - 12) <= set(drawn)
    assert len(learner.query(batch_size=50)) == 50  # more than `size`


def test_rows_that_are_all_alike():
    X = np.ones((9, 2))
    learner = learner_of(MaxHerding()).fit(X, [0, 1] + 7 * [None])
    assert learner.query(batch_size=3).tolist() == [2, 3, 4]


def test_scales_of_all_sizes(blobs):
    """Features far from 0, or tiny, are covered as if they were not."""
    X, _, y = blobs
    near = learner_of(MaxHerding(space="columns")).fit(X, y).query(batch_size=8)
    for moved in (X + 1e5, X * 1e-6, X * 1e6):
        rows = learner_of(MaxHerding(space="columns")).fit(moved, y).query(batch_size=8)
        np.testing.assert_array_equal(rows, near)


def test_what_the_kernel_has_no_use_for(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="width=2 is for kernels of distances"):
        learner_of(MaxHerding(kernel="shared", width=2)).fit(X, y)
    with pytest.raises(ValueError, match="this model has no trees to ask"):
        learner_of(MaxHerding(kernel="shared")).fit(X, y).query()
    with pytest.raises(ValueError, match="needs a last layer, and that of RandomF"):
        learner_of(MaxHerding(space="features"), RandomForestClassifier()).fit(X, y)
    with pytest.raises(ValueError, match="The 'width' parameter of MaxHerding"):
        learner_of(MaxHerding(width=0)).fit(X, y)
