"""`WrongPrediction`: what believing right labels is worth."""

import copy

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from skal import ActiveLearner
from skal.strategies import WrongPrediction
from tests.models.drawn_maps import drawn_maps, some_known


@pytest.fixture(scope="module", params=["linear", "perceptron"])
def learner(request):
    X, y = load_digits(return_X_y=True)
    X = X / 16
    model = LogisticRegression()
    if request.param == "perceptron":
        model = MLPClassifier((30,), max_iter=2000, random_state=0)
    known = np.where(np.arange(1000) < 60, y[:1000], np.nan)
    return ActiveLearner(model, WrongPrediction(), random_state=0).fit(
        X[:1000], known, X_val=X[1000:1100], y_val=y[1000:1100]
    )


@pytest.mark.parametrize("steps", [0, 3])
def test_it_finds_mistakes(learner, steps):
    y = load_digits().target
    state = learner.query_state()
    wrong = learner.predict(state.pool.X) != y[60:1000]
    strategy = WrongPrediction(steps)
    picks = strategy.select(state, 50)
    assert wrong[picks].mean() > 2 * wrong.mean()
    positions, labels = strategy.confident(state, 50)
    np.testing.assert_array_equal(labels, learner.predict(state.pool.X)[positions])
    assert not set(positions) & set(picks)
    scores = strategy.utilities(state)
    np.testing.assert_array_equal(scores[positions], np.sort(scores)[:50])


def test_float32_and_unseen_classes(blobs):
    X, truth, _ = blobs
    y = np.where((np.arange(90) < 40) & (truth != 2), truth, np.nan)
    learner = ActiveLearner(LogisticRegression(), WrongPrediction())
    learner.fit(X[:60], y[:60], X_val=X[60:], y_val=truth[60:])
    state = learner.query_state()
    double = WrongPrediction().utilities(state)
    assert state.records["holdout_rows_of_unseen_classes"] == (truth[60:] == 2).sum()
    learner.fit(
        X[:60].astype(np.float32), y[:60], X_val=X[60:].astype(np.float32), y_val=truth[60:]
    )
    np.testing.assert_allclose(
        learner.query_utilities()[np.isnan(y[:60])], double, rtol=1e-3, atol=1e-4
    )


@pytest.mark.parametrize("model", [SVC(), CalibratedClassifierCV(LogisticRegression(), cv=2)])
def test_probabilities_must_be_those_of_the_last_layer(model, blobs):
    X, truth, y = blobs
    learner = ActiveLearner(model, WrongPrediction()).fit(X, y, X_val=X[:9], y_val=truth[:9])
    with pytest.raises(ValueError, match="are not its softmax"):
        learner.query()


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"steps": -1}, "'steps' parameter"),
        ({"steps": 1.5}, "'steps' parameter"),
        ({"learning_rate": 0}, "'learning_rate' parameter"),
        ({"steps": 0, "learning_rate": 0.1}, "changes nothing with steps=0"),
    ],
)
def test_what_cannot_be(params, says):
    with pytest.raises(ValueError, match=says):
        WrongPrediction(**params).check()


def test_it_wants_a_holdout_and_classes(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="needs a trusted holdout: pass X_val="):
        ActiveLearner(LogisticRegression(), WrongPrediction()).fit(X, y)
    with pytest.raises(ValueError, match="needs a classifier"):
        ActiveLearner(Ridge(), WrongPrediction()).fit(X, y)


@pytest.mark.parametrize("layers", [None, 1, ["head"]])
@pytest.mark.parametrize("steps", [0, 3])
def test_maps_by_the_last_layer_as_by_autograd(layers, steps):
    torch = pytest.importorskip("torch", reason="nets need torch")
    learner, pool, held = map_learner(WrongPrediction(steps, layers=layers))
    y = held[1]
    module = copy.deepcopy(learner.estimator_.module_).double().eval()
    rate, expected = 1e-3, []
    for x in pool:
        head = copy.deepcopy(module.head)
        own = module(x[None]).argmax(1)
        with torch.no_grad():
            before = map_losses(module, held)
        for _ in range(max(steps, 1)):
            slope = torch.autograd.grad(
                torch.nn.functional.cross_entropy(module(x[None]), own), module.head.parameters()
            )
            if steps == 0:
                trusted = map_losses(module, held).sum()
                theirs = torch.autograd.grad(trusted, module.head.parameters())
                break
            with torch.no_grad():
                for weight, change in zip(module.head.parameters(), slope):
                    weight -= rate * change
        with torch.no_grad():
            rise = map_losses(module, held) - before
        module.head = head
        if steps == 0:
            expected.append(-sum((a * b).sum() for a, b in zip(slope, theirs)).item())
        else:
            expected.append(rise[rise > 0].mean().item())
    assert (y < 0).any()
    found = learner.query_utilities()
    np.testing.assert_allclose(found[~np.isnan(found)], expected, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("layers", [None, 2])
def test_maps_of_a_holdout_of_another_size_or_unknown_classes(layers):
    learner, _, _ = map_learner(WrongPrediction(layers=layers))
    X, y = drawn_maps()
    with pytest.raises(
        ValueError, match=r"The (maps|labels) of the holdout have 36 positions, .* puts out 42"
    ):
        learner.fit(X, some_known(y, 4), X_val=X[:2], y_val=y[:2, :, 1:]).query()
    with pytest.raises(ValueError, match="The model has seen no class of the holdout"):
        learner.fit(X, some_known(y, 4), X_val=X[:2], y_val=np.full((2, 6, 7), 5)).query()


def test_layers_of_estimators_without_any():
    with pytest.raises(ValueError, match="a net under skorch whose modules have names"):
        ActiveLearner(LogisticRegression(), WrongPrediction(layers=2)).fit(
            [[0.0], [1.0]], [0, 1], X_val=[[0.0]], y_val=[0]
        )


def map_losses(module, held):
    import torch

    X, y = held
    scores = module(X)
    return torch.nn.functional.cross_entropy(scores, y, ignore_index=-1, reduction="none")[y >= 0]


def map_learner(strategy):
    """A learner, its pool, and rows and maps of its holdout."""
    torch = pytest.importorskip("torch", reason="nets need torch")
    pytest.importorskip("skorch", reason="nets need skorch")
    from tests.models.small_nets import map_net

    X, y = drawn_maps()
    held, held_y = drawn_maps(4, seed=1)
    held_y[0, :2] = -1
    learner = ActiveLearner(map_net(), strategy, random_state=0)
    learner.fit(X, some_known(y, 4), X_val=held, y_val=held_y)
    return (
        learner,
        torch.tensor(X[4:]).double(),
        (torch.tensor(held).double(), torch.tensor(held_y)),
    )
