"""Invariants that hold for every strategy."""

import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge

from skal import ActiveLearner
from tests.strategies.table import TABLE


def ids(row):
    return re.sub(r"<.*?0x\w+>", "callable", repr(row.strategy))


every_strategy = pytest.mark.parametrize("row", TABLE, ids=ids)


def rounds(learner, X, y, truth, n_rounds=2):
    """A learner after some rounds, so that a previous model exists."""
    learner.fit(X, y)
    for _ in range(n_rounds):
        rows = learner.query()
        learner.teach(rows, truth[rows])
    return learner


def learner_for(row, **kwargs):
    kwargs = {"batch_size": 2, "random_state": 0, **kwargs}
    if "holdout" in row.strategy.needs:
        kwargs["validation_fraction"] = 0.4
    return ActiveLearner(clone(row.estimator), clone(row.strategy), **kwargs)


def data_for(row, blobs):
    """The blobs' classes, or a number for each row."""
    X, truth, y = blobs
    if row.classify:
        return X, truth, y
    numbers = X[:, 0] + np.sin(3 * X[:, 1])
    return X, numbers, np.where(np.isnan(y), np.nan, numbers)


@every_strategy
def test_asks_for_rows_of_the_pool_once_each(row, blobs):
    X, truth, y = data_for(row, blobs)
    learner = rounds(learner_for(row), X, y, truth)
    known = np.concatenate([record["rows"] for record in learner.history_])
    rows = learner.query(batch_size=30)
    assert rows.dtype == np.int64
    assert len(set(rows)) == 30
    assert not set(rows) & set(known)


@every_strategy
def test_asking_twice_gives_the_same_answer(row, blobs):
    X, truth, y = data_for(row, blobs)
    learner = rounds(learner_for(row), X, y, truth)
    np.testing.assert_array_equal(learner.query(batch_size=7), learner.query(batch_size=7))


@every_strategy
def test_same_seed_same_rounds(row, blobs):
    X, truth, y = data_for(row, blobs)
    one, two = (rounds(learner_for(row), X, y, truth, 3) for _ in range(2))
    for a, b in zip(one.history_, two.history_):
        np.testing.assert_array_equal(a["rows"], b["rows"])


@pytest.mark.parametrize("row", [row for row in TABLE if row.deterministic], ids=ids)
def test_a_permuted_pool_permutes_the_answer(row, blobs):
    X, truth, y = data_for(row, blobs)
    order = np.random.default_rng(1).permutation(len(X))
    order = np.r_[np.arange(12), 12 + np.argsort(order[order >= 12])]  # the labelled rows stay
    straight = rounds(learner_for(row), X, y, truth)
    permuted = rounds(learner_for(row), X[order], y[order], truth[order])
    np.testing.assert_array_equal(straight.query(batch_size=9), order[permuted.query(batch_size=9)])


@every_strategy
def test_float32_asks_like_float64(row, blobs):
    X, truth, y = data_for(row, blobs)
    X = X.astype(np.float32)  # the same numbers in both
    double = rounds(learner_for(row), X.astype(np.float64), y, truth)
    single = rounds(learner_for(row), X, y, truth)
    # sets: the fit itself is rounded, and rows that almost tie may change places
    assert set(double.query(batch_size=5)) == set(single.query(batch_size=5))


@every_strategy
def test_a_batch_larger_than_the_pool_is_all_of_it(row, blobs):
    X, _, y = data_for(row, blobs)
    learner = learner_for(row).fit(X, y)
    with pytest.warns(UserWarning, match="1000 rows were asked for, but only 78"):
        rows = learner.query(batch_size=1000)
    np.testing.assert_array_equal(np.sort(rows), np.arange(12, 90))


@every_strategy
def test_excluded_rows_are_not_asked_for(row, blobs):
    X, _, y = data_for(row, blobs)
    learner = learner_for(row).fit(X, y)
    first = learner.query(batch_size=10)
    assert not set(first) & set(learner.query(batch_size=10, exclude=first))


@every_strategy
def test_odd_pools(row, blobs):
    """Duplicated rows only, one feature, two rows, constant features."""
    X, truth, y = data_for(row, blobs)
    for odd in (np.ones_like(X), X[:, :1], np.column_stack([X, np.zeros(len(X))])):
        assert len(rounds(learner_for(row), odd, y, truth).query(batch_size=3)) == 3
    two = learner_for(row).fit(X[:12], y[:12])
    assert sorted(two.query(X[12:14], batch_size=2)) == [0, 1]


@pytest.mark.parametrize("row", [row for row in TABLE if row.regress], ids=ids)
def test_regression(row, blobs):
    X, _, _ = blobs
    y = np.where(np.arange(90) < 12, X[:, 0], np.nan)
    learner = learner_for(row)
    if row.classify:
        learner.set_params(estimator=Ridge())
    assert len(rounds(learner, X, y, X[:, 0]).query(batch_size=4)) == 4


@pytest.mark.parametrize("row", [row for row in TABLE if not row.regress], ids=ids)
def test_a_strategy_for_classes_refuses_a_regressor(row, blobs):
    X, _, y = data_for(row, blobs)
    learner = learner_for(row).set_params(estimator=Ridge())
    with pytest.raises(ValueError, match=r"needs (a classifier, and Ridge is a|several opinions)"):
        learner.fit(X, y)
    assert not hasattr(learner, "estimator_")


@pytest.mark.parametrize("row", [row for row in TABLE if not row.classify], ids=ids)
def test_a_strategy_for_numbers_refuses_a_classifier(row, blobs):
    X, _, y = blobs
    learner = learner_for(row).set_params(estimator=LogisticRegression())
    with pytest.raises(ValueError, match=r"needs (a regressor, and Log|several opinions)"):
        learner.fit(X, y)


@every_strategy
def test_goes_through_a_replay(row, blobs):
    X, truth, _ = data_for(row, blobs)
    learner = learner_for(row, replay_budget=20, initial_size=6).fit(X, truth)
    assert learner.history_[-1]["n_labelled"] == 20


@every_strategy
def test_repr_and_clone(row):
    assert repr(clone(row.strategy)) == repr(row.strategy)
