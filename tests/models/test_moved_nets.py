"""Rises after gradient steps of inner layers, against autograd, a row at a time."""

import copy

import numpy as np
import pytest

from tests.models.drawn_maps import K, drawn_maps

pytest.importorskip("torch", reason="nets need torch")
pytest.importorskip("skorch", reason="nets need skorch")

import torch
from torch.nn.functional import cross_entropy

from skal.models import make_maps, moved_rises
from skal.models.moved_nets import last_layers
from tests.models.small_nets import F32, LABELS, map_net, small_net

X, MAPS = drawn_maps()
HELD, HELD_MAPS = drawn_maps(4, seed=1)
HELD_MAPS[0, :2] = -1


@pytest.fixture(scope="module")
def net():
    net = map_net()
    make_maps(net)
    return net.fit(X, MAPS)


def losses(module, X, y):
    return cross_entropy(module(X), y, ignore_index=-1, reduction="none")[y >= 0]


def one_by_one(net, X, X_v, y_v, names, steps, rate, *, maps):
    module = copy.deepcopy(net.module_).double().eval()
    X, X_v, y_v = torch.tensor(X).double(), torch.tensor(X_v).double(), torch.tensor(y_v)
    found = []
    for x in X:
        moved = copy.deepcopy(module)
        weights = [w for name in names for w in moved.get_submodule(name).parameters()]
        own = moved(x[None]).argmax(1)
        before = losses(moved, X_v, y_v)
        if steps == 0:
            ours = torch.autograd.grad(cross_entropy(moved(x[None]), own), weights)
            theirs = torch.autograd.grad(before.sum(), weights)
            found.append(-sum((a * b).sum() for a, b in zip(ours, theirs)).item())
            continue
        for _ in range(steps):
            slopes = torch.autograd.grad(cross_entropy(moved(x[None]), own), weights)
            with torch.no_grad():
                for weight, slope in zip(weights, slopes):
                    weight -= rate * slope
        rise = (losses(moved, X_v, y_v) - before).detach()
        found.append((rise[rise > 0].mean() if maps else rise.sum()).item())
    return np.nan_to_num(found)


@pytest.mark.parametrize("steps", [0, 1, 3])
@pytest.mark.parametrize(
    ("layers", "names"),
    [(1, ["head"]), (2, ["second", "head"]), (["first", "head"], ["first", "head"])],
)
def test_maps(net, layers, names, steps):
    found = moved_rises(net, X, HELD, HELD_MAPS, np.arange(K), layers, steps=steps, rate=0.1)
    expected = one_by_one(net, X, HELD, HELD_MAPS, names, steps, 0.1, maps=True)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-13)
    assert abs(expected).max() > 1e-3


@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize("end", ["logits", "softmax"])
def test_one_label_a_row(steps, end):
    criterion = torch.nn.NLLLoss if end == "softmax" else torch.nn.CrossEntropyLoss
    net = small_net(module__end=end, criterion=criterion, lr=0.1).fit(F32[:80], LABELS[:80])
    found = moved_rises(
        net, F32[:9], F32[80:], LABELS[80:], np.arange(3), ["hidden", "head"], steps=steps, rate=0.1
    )
    logits = copy.deepcopy(net)
    logits.module_.end = "logits"
    expected = one_by_one(
        logits, F32[:9], F32[80:], LABELS[80:], ["hidden", "head"], steps, 0.1, maps=False
    )
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_classes_that_are_not_known_have_no_say(net):
    def rises(y, classes):
        return moved_rises(net, X[:5], HELD, y, np.array(classes), 2, steps=1, rate=0.1)

    np.testing.assert_allclose(
        rises(HELD_MAPS, [0, 2]), rises(np.where(HELD_MAPS == 1, -1, HELD_MAPS), [0, 2])
    )
    assert not np.allclose(rises(HELD_MAPS, [0, 2]), rises(HELD_MAPS, [0, 1, 2]))


def test_the_net_is_not_touched(net):
    before = copy.deepcopy(net.module_.state_dict())
    moved_rises(net, X[:3], HELD, HELD_MAPS, np.arange(K), 2, steps=2, rate=1.0)
    for name, weight in net.module_.state_dict().items():
        torch.testing.assert_close(weight, before[name], rtol=0, atol=0)
        assert weight.dtype == before[name].dtype


def test_layers_that_are_not_there(net):
    def rises(layers):
        return moved_rises(net, X[:3], HELD, HELD_MAPS, np.arange(K), layers, steps=1, rate=1.0)

    assert last_layers(net.module_, 3) == ["first", "second", "head"]
    with pytest.raises(ValueError, match=r"layers=4 asks for the last 4 .* MapNet has 3"):
        rises(4)
    with pytest.raises(ValueError, match="no module named 'third'"):
        rises(["third"])
    with pytest.raises(ValueError, match=r"layers=\['drop'\] have no weights"):
        rises(["drop"])


def test_nets_that_take_more_than_one_tensor():
    class Named(torch.nn.Linear):
        def forward(self, x):
            return super().forward(x)

    net = small_net(module=Named, module__in_features=6, module__out_features=3)
    rows = {"x": F32}
    net.fit(rows, LABELS)
    with pytest.raises(TypeError, match="take one tensor, and NeuralNetClassifier is given a dict"):
        moved_rises(net, rows, rows, LABELS, np.arange(3), 1, steps=1, rate=1.0)


def test_a_net_that_is_one_layer():
    net = small_net(module=torch.nn.Linear, module__in_features=6, module__out_features=3)
    net.fit(F32, LABELS)
    found = [
        moved_rises(net, F32[:4], F32, LABELS, np.arange(3), layers, steps=1, rate=0.1)
        for layers in (1, [""])
    ]
    np.testing.assert_array_equal(*found)
