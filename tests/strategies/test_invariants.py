"""Invariants that hold for every strategy: those of `skal.testing`, and what learners do with it."""

import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge

from skal import ActiveLearner
from skal.strategies import (
    Badge,
    Bait,
    CoreSet,
    Determinantal,
    Entropy,
    ExpectedGradientLength,
    FisherKernel,
    GoalInfluence,
    Margin,
    MaxHerding,
    Sequential,
    Shortlist,
    Spread,
    UncertaintyHerding,
    WrongPrediction,
)
from skal.testing import parametrize_with_checks
from tests.strategies.table import TABLE

ROWS = {id(row.strategy): row for row in TABLE}


def may_fail(strategy):
    """Equal rows in different blocks of a matrix product may differ in the last digit."""
    rounded = isinstance(strategy, Bait | Determinantal)
    return {"check_ties": "rounding decides between equal rows"} if rounded else {}


@parametrize_with_checks(
    [row.strategy for row in TABLE],
    estimator=lambda strategy: ROWS[id(strategy)].checked_with,
    deterministic=lambda strategy: True if ROWS[id(strategy)].deterministic else None,
    expected_failed_checks=may_fail,
)
def test_keeps_to_what_learners_rely_on(strategy, check):
    check()


def ids(row):
    return re.sub(r"<.*?0x\w+>", "callable", repr(row.strategy))


def learner_for(row, **kwargs):
    kwargs = {"batch_size": 2, "random_state": 0, **kwargs}
    if "holdout" in row.strategy.needs:
        kwargs["validation_fraction"] = 0.4
    return ActiveLearner(clone(row.estimator), clone(row.strategy), **kwargs)


@pytest.mark.parametrize("row", TABLE, ids=ids)
def test_the_same_replay_twice_is_the_same(row, blobs):
    X, truth, _ = blobs
    y = truth if row.classify else X[:, 0] + np.sin(3 * X[:, 1])
    X = X[:, :1]  # the fewest features there are
    one, two = (
        learner_for(row, replay_budget=10, initial_size=8).fit(X, y).history_ for _ in range(2)
    )
    assert one[-1]["n_labelled"] == 10
    for a, b in zip(one, two):
        np.testing.assert_array_equal(a["rows"], b["rows"])


def test_a_batch_larger_than_the_pool_is_all_of_it(blobs):
    X, _, y = blobs
    learner = ActiveLearner(LogisticRegression(), Margin()).fit(X, y)
    with pytest.warns(UserWarning, match="78 of the requested 1000 rows"):
        rows = learner.query(batch_size=1000)
    np.testing.assert_array_equal(np.sort(rows), np.arange(12, 90))


def test_excluded_rows_are_not_asked_for(blobs):
    X, _, y = blobs
    learner = ActiveLearner(LogisticRegression(), Margin()).fit(X, y)
    first = learner.query(batch_size=10)
    assert not set(first) & set(learner.query(batch_size=10, exclude=first))


@pytest.mark.parametrize("row", [row for row in TABLE if not row.regress], ids=ids)
def test_a_strategy_for_classes_refuses_a_regressor(row, blobs):
    X, _, y = blobs
    learner = learner_for(row).set_params(estimator=Ridge())
    with pytest.raises(
        ValueError, match=r"needs (a classifier, and Ridge is a|several predictions)"
    ):
        learner.fit(X, y)
    assert not hasattr(learner, "estimator_")


@pytest.mark.parametrize("row", [row for row in TABLE if not row.classify], ids=ids)
def test_a_strategy_for_numbers_refuses_a_classifier(row, blobs):
    X, _, y = blobs
    learner = learner_for(row).set_params(estimator=LogisticRegression())
    with pytest.raises(ValueError, match=r"needs (a regressor, and Log|several predictions)"):
        learner.fit(X, y)


# ---------------------------------------------------------------------- nets on a GPU
ON_CUDA = [
    Margin(),
    Entropy(),
    ExpectedGradientLength(),
    CoreSet(),
    Badge(),
    Bait(),
    Bait("full"),
    Bait("block"),
    Bait("binary"),
    Determinantal(),
    FisherKernel(),
    FisherKernel(["hidden", "head"], pseudo_label="predicted"),
    WrongPrediction(),
    WrongPrediction(0),
    GoalInfluence("holdout", ridge=0.1),
    GoalInfluence("entropy", "mean", order="linear", ridge=0.1),
    Sequential(Margin(), ridge=0.1),
    Spread(Margin()),
    MaxHerding(),
    UncertaintyHerding(),
    Shortlist(Bait("full"), by=Margin()),
]


def picks_of_a_net(strategy, device):
    """What a net of weights that stay asks for, in float64, wherever it lies."""
    torch = pytest.importorskip("torch", reason="nets need torch")
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    from tests.models.problems import X
    from tests.models.small_nets import LABELS, SmallNet, small_net

    torch.manual_seed(1)
    net = small_net(module=SmallNet().double(), lr=0.0, max_epochs=1, device=device)
    y = np.where(np.arange(len(LABELS)) < 40, LABELS, -1)
    learner = ActiveLearner(net, strategy, batch_size=8, missing_label=-1, random_state=0)
    return learner.fit(X, y, X_val=X[-30:], y_val=LABELS[-30:]).query()


@pytest.mark.parametrize("strategy", ON_CUDA, ids=repr)
def test_a_net_on_cuda_asks_for_what_it_asks_for_on_the_cpu(strategy):
    found = picks_of_a_net(clone(strategy), "cuda")
    np.testing.assert_array_equal(found, picks_of_a_net(clone(strategy), "cpu"))
