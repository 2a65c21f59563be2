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
    Determinantal,
    Entropy,
    Epig,
    FisherKernel,
    GoalInfluence,
    Margin,
    MaxHerding,
    Sequential,
    Shortlist,
    WrongPrediction,
)
from skal.testing import parametrize_with_checks
from tests.strategies.table import TABLE

ROWS = {id(row.strategy): row for row in TABLE}


def may_fail(strategy):
    """Equal rows in different blocks of a matrix product may differ in the last digit."""
    if isinstance(strategy, Bait | Determinantal):
        return {"check_ties": "rounding decides between equal rows"}
    if isinstance(strategy, MaxHerding):
        return {"check_ties": "rows that are covered already are drawn at random"}
    return {}


@parametrize_with_checks(
    [row.strategy for row in TABLE],
    estimator=lambda strategy: ROWS[id(strategy)].checked_with,
    deterministic=lambda strategy: True if ROWS[id(strategy)].deterministic else None,
    expected_failed_checks=may_fail,
)
def test_keeps_to_what_learners_rely_on(strategy, check):
    check()


def plain(strategy):
    return re.sub(r"<.*?0x\w+>", "callable", repr(strategy))


def ids(row):
    return plain(row.strategy)


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
CURVED = Epig | GoalInfluence | Sequential  # of a net they want the ridge that it was trained with
ROUNDED = (  # rounding decides: members that are alike, rows that tie, in which order they come
    "QueryByCommittee(committee=3",
    "FisherKernel(clip=True",
    "ColdStart(size=20)",
)


def safe_on_devices(row):
    usual = isinstance(row.estimator, LogisticRegression)
    return (
        usual
        and not isinstance(row.strategy, CURVED)
        and not repr(row.strategy).startswith(ROUNDED)
    )


ON_CUDA = [  # strategy, task
    *((row.strategy, task) for row in TABLE for task in sorted(row.tasks) if safe_on_devices(row)),
    (Epig(ridge=0.1), "classes"),
    (Epig(ridge=0.1), "numbers"),
    (FisherKernel(["hidden", "head"], pseudo_label="predicted"), "classes"),
    (GoalInfluence("holdout", ridge=0.1), "classes"),
    (GoalInfluence("holdout", ridge=0.1), "numbers"),
    (GoalInfluence("fisher", ridge=0.1), "classes"),
    (GoalInfluence("entropy", "tempered", temperature=2.0, ridge=0.1), "classes"),
    (GoalInfluence("entropy", "predicted", order="linear", ridge=0.1), "classes"),
    (GoalInfluence("holdout", order="linear", ridge=0.1, max_memory=1000), "classes"),
    (GoalInfluence("holdout", order="linear", ridge=0.1, max_memory=1000), "numbers"),
    (Sequential(GoalInfluence("entropy", ridge=0.1), ridge=0.1), "classes"),
    (GoalInfluence("entropy", "mean", order="linear", ridge=0.1), "classes"),
    (Sequential(Margin(), ridge=0.1), "classes"),
    (Shortlist(Bait("full"), by=Margin()), "classes"),
]


def picks_of_a_net(strategy, task, device, class_weights=None):
    """What a net of weights that stay asks for, in float64, wherever it lies."""
    torch = pytest.importorskip("torch", reason="nets need torch")
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    from skorch import NeuralNetRegressor

    from tests.models.problems import T, X
    from tests.models.small_nets import LABELS, SmallNet, small_net

    torch.manual_seed(1)
    kwargs = {"lr": 0.0, "max_epochs": 1, "device": device}
    if task == "classes":
        net, truth = small_net(module=SmallNet().double(), **kwargs), LABELS
        if class_weights is not None:
            net.set_params(criterion__weight=torch.tensor(class_weights, dtype=torch.float64))
    else:
        module = SmallNet(outputs=1).double()
        net = small_net(NeuralNetRegressor, module=module, criterion=torch.nn.MSELoss, **kwargs)
        truth = T[:, None]
    missing = -1 if task == "classes" else np.nan
    y = truth.copy()
    y[40:] = missing
    learner = ActiveLearner(net, strategy, batch_size=8, missing_label=missing, random_state=0)
    return learner.fit(X, y, X_val=X[-30:], y_val=truth[-30:]).query()


@pytest.mark.parametrize(
    ("strategy", "task"), ON_CUDA, ids=[f"{plain(strategy)}-{task}" for strategy, task in ON_CUDA]
)
def test_a_net_on_cuda_asks_for_what_it_asks_for_on_the_cpu(strategy, task):
    found = picks_of_a_net(clone(strategy), task, "cuda")
    np.testing.assert_array_equal(found, picks_of_a_net(clone(strategy), task, "cpu"))


@pytest.mark.parametrize(
    "strategy",
    [
        Bait("full"),
        Bait("binary"),
        Determinantal(),
        GoalInfluence("holdout", ridge=0.1),
        GoalInfluence("entropy", "mean", order="linear", ridge=0.1),
        WrongPrediction(),
    ],
    ids=repr,
)
def test_classes_that_weigh_more_on_cuda(strategy):
    how = "classes", "cuda", [1.0, 3.0, 0.5]
    found = picks_of_a_net(clone(strategy), *how)
    np.testing.assert_array_equal(found, picks_of_a_net(clone(strategy), how[0], "cpu", how[2]))


@pytest.mark.parametrize(
    "strategy", [Margin(), Entropy(), Badge(), WrongPrediction(), WrongPrediction(0)], ids=repr
)
def test_maps_on_cuda(strategy):
    torch = pytest.importorskip("torch", reason="nets need torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    from tests.models.drawn_maps import drawn_maps, some_known
    from tests.models.small_nets import MapNet, map_net

    def picks(device):
        torch.manual_seed(0)
        net = map_net(module=MapNet().double(), lr=0.0, max_epochs=1, device=device)
        X, maps = drawn_maps()
        learner = ActiveLearner(net, clone(strategy), batch_size=4, random_state=0)
        learner.fit(
            X.astype(float), some_known(maps, 10), X_val=X[:4].astype(float), y_val=maps[:4]
        )
        return learner.query()

    np.testing.assert_array_equal(picks("cuda"), picks("cpu"))


@pytest.mark.parametrize("strategy", [Bait("full"), Bait("binary"), Bait("block")], ids=repr)
def test_rows_sent_to_cuda_are_asked_for_as_on_the_cpu(strategy, blobs):
    torch = pytest.importorskip("torch", reason="sends rows to a device")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    X, _, y = blobs
    asked = [
        ActiveLearner(LogisticRegression(), clone(strategy).set_params(device=device), batch_size=8)
        .fit(X, y)
        .query()
        for device in ("cuda", "cpu", None)
    ]
    np.testing.assert_array_equal(asked[0], asked[1])
    np.testing.assert_array_equal(asked[0], asked[2])
