"""Nets that learn which way up images are."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.nets import FrozenFeatures, pretrain_rotations
from skal.strategies import Margin

torch = pytest.importorskip("torch", reason="nets need torch")
skorch = pytest.importorskip("skorch", reason="nets need skorch")


def lenet():
    torch.manual_seed(1)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(288, 32),
        torch.nn.ReLU(),
        torch.nn.Linear(32, 10),
    )


def digits():
    X, y = load_digits(return_X_y=True)
    return (X.reshape(-1, 1, 8, 8) / 16).astype(np.float32)[:400], y[:400]


def test_rotations_are_learned():
    X, y = digits()
    module = lenet()
    before = {name: values.clone() for name, values in module.state_dict().items()}
    state = torch.get_rng_state()
    trained = pretrain_rotations(module, X, max_epochs=15, learning_rate=0.05, random_state=0)
    assert torch.equal(torch.get_rng_state(), state)
    for name, values in module.state_dict().items():
        assert torch.equal(values, before[name])
    assert trained[5].out_features == 10
    assert trained.training == module.training
    assert all(p.grad is None for p in trained.parameters())
    # a linear model on what it learned knows which way up unseen digits are

    def upright(net):
        frozen = FrozenFeatures(net, layer="4")
        turned = np.concatenate([np.rot90(X, turn, (2, 3)) for turn in range(4)])
        which = np.repeat(np.arange(4), len(X))
        unseen = np.tile(np.arange(len(X)) % 2 == 0, 4)
        Z = frozen.fit_transform(turned)
        return (
            LogisticRegression(max_iter=2000)
            .fit(Z[~unseen], which[~unseen])
            .score(Z[unseen], which[unseen])
        )

    assert upright(trained) > upright(module)
    assert upright(trained) > 0.9


def test_rotations_are_seeded():
    X, _ = digits()
    once, again, other = (
        pretrain_rotations(lenet(), X[:50], max_epochs=1, random_state=s) for s in (0, 0, 1)
    )
    for a, b, c in zip(once.parameters(), again.parameters(), other.parameters()):
        assert torch.equal(a, b)
        assert not torch.equal(a, c)


def test_rotations_leave_modes_as_they_were():
    X, _ = digits()
    module = lenet()
    module[3].eval()
    pretrained = pretrain_rotations(module, X[:8], max_epochs=1)
    assert [part.training for part in pretrained] == [part.training for part in module]


def test_rotations_then_the_loop():
    X, truth = digits()
    module = pretrain_rotations(lenet(), X[:, 0][:, None], max_epochs=2, random_state=0)
    net = skorch.NeuralNetClassifier(
        module,
        criterion=torch.nn.CrossEntropyLoss,
        max_epochs=30,
        lr=0.2,
        verbose=0,
        train_split=None,
    )
    first = module[0].weight.detach().clone()
    y = np.where(np.arange(400) < 60, truth, -1)
    learner = ActiveLearner(net, Margin(), batch_size=10, missing_label=-1, random_state=0).fit(
        X, y
    )
    rows = learner.query()
    learner.teach(rows, truth[rows])
    assert torch.equal(module[0].weight, first)  # every fit starts from the same pretrained net
    assert learner.score(X, truth) > 0.4


def test_rotations_refusals():
    X, _ = digits()
    with pytest.raises(TypeError, match="module=LogisticRegression is not a torch"):
        pretrain_rotations(LogisticRegression(), X)
    with pytest.raises(ValueError, match=r"X has shape \(400, 1, 8, 5\); rotations require square"):
        pretrain_rotations(lenet(), X[..., :5])
    with pytest.raises(ValueError, match="X has no images"):
        pretrain_rotations(lenet(), X[:0])
    with pytest.raises(ValueError, match="max_epochs=0 must be"):
        pretrain_rotations(lenet(), X, max_epochs=0)
    with pytest.raises(TypeError, match="The net is a single nn"):
        pretrain_rotations(torch.nn.Linear(8, 2), X[:, 0])
    with pytest.raises(TypeError, match="has no nn"):
        pretrain_rotations(torch.nn.Conv2d(1, 2, 3), X)
