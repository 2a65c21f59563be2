"""Goals and influences of nets: the same on torch as on NumPy."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skal import ActiveLearner
from skal.strategies import (
    GoalInfluence,
    GoalRetraining,
    Margin,
    Sequential,
    WrongPrediction,
)

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")

from dataclasses import replace  # noqa: E402

from torch import nn  # noqa: E402


@pytest.fixture(scope="module")
def state():
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    net = skorch.NeuralNetClassifier(
        nn.Sequential(nn.Linear(64, 12), nn.ReLU(), nn.Linear(12, 10)),
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=0.01,
        max_epochs=30,
        train_split=None,
        verbose=0,
    )
    known = np.where(np.arange(250) < 100, y[:250], np.nan)
    learner = ActiveLearner(net, Margin(), random_state=0)
    learner.fit(X[:250], known, X_val=X[250:300], y_val=y[250:300])
    return learner.query_state()


class Arrays:
    """A state whose layers are those of another, as NumPy arrays."""

    def __init__(self, state):
        self.state = state

    def __enter__(self):
        for view in (self.state.pool, self.state.labelled, self.state.holdout):
            layer = view.last_layer
            parts = ("features", "weights", "proba")
            numpy = {name: getattr(layer, name).numpy().astype(float) for name in parts}
            view.__dict__["torch"], view.__dict__["last_layer"] = layer, replace(layer, **numpy)
        return self.state

    def __exit__(self, *args):
        for view in (self.state.pool, self.state.labelled, self.state.holdout):
            view.__dict__["last_layer"] = view.__dict__.pop("torch")


STRATEGIES = [
    GoalInfluence("holdout", "mean", ridge=0.1),
    GoalInfluence("holdout", "min", order="linear", ridge=0.1),
    GoalInfluence("entropy", "expected", ridge=0.1),
    GoalInfluence("entropy", "predicted", order="linear", ridge=0.1),
    GoalInfluence("fisher", "tempered", temperature=2.0, ridge=0.1),
    GoalInfluence("fisher", "max", order="linear", solver="cg", ridge=0.1),
    WrongPrediction(),
    WrongPrediction(steps=0),
]


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_torch_says_what_numpy_says(strategy, state):
    assert isinstance(state.pool.last_layer.features, torch.Tensor)
    found = strategy.utilities(state)
    assert isinstance(found, np.ndarray)
    with Arrays(state):
        expected = strategy.utilities(state)
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-4 * np.abs(expected).max())


@pytest.mark.parametrize("strategy", STRATEGIES[:6], ids=repr)
def test_batches_of_torch(strategy, state):
    """Of tensors as of arrays, by the rule and with labelings that are given."""
    batch = state.candidates[[3, 0, 90]]
    labels = np.array([[1, 2, 3], [4, 4, 4], [0, 9, 5]])

    def found():
        given = strategy.batch_utilities_by_label(state, batch, labels)[1]
        return np.r_[strategy.batch_utility(state, batch), given]

    ours = found()
    with Arrays(state):
        expected = found()
    np.testing.assert_allclose(ours, expected, rtol=2e-3, atol=2e-4 * np.abs(expected).max())


def test_picks_one_by_one(state):
    for strategy in (Margin(), GoalInfluence("holdout", "mean", ridge=0.1)):
        sequential = Sequential(strategy, ridge=0.1)
        found = sequential.select(state, 4)
        with Arrays(state):
            expected = sequential.select(state, 4)
        np.testing.assert_array_equal(found, expected)


def test_a_net_has_no_penalty_of_its_own(state):
    for strategy in (GoalInfluence("holdout"), Sequential(Margin())):
        with pytest.raises(ValueError, match=r"set ridge= of .* to the curvature"):
            strategy.select(state, 2)


def test_a_net_really_refitted(state):
    utilities = GoalRetraining("fisher", "mean").utilities_by_label(
        state.restrict(state.candidates[:1])
    )
    assert utilities.shape == (1, 10)
