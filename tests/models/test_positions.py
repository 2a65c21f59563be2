"""The last layer at every position, against the net itself."""

import pytest

from tests.models.drawn_maps import drawn_maps

pytest.importorskip("torch", reason="nets need torch")
pytest.importorskip("skorch", reason="nets need skorch")

import torch

from skal.models import make_maps, pooled_features, position_layers
from tests.models.small_nets import map_net

X, MAPS = drawn_maps()
HEADS = {
    "1x1": torch.nn.Conv2d(5, 3, 1),
    "3x3": torch.nn.Conv2d(5, 3, 3, padding=1),
    "1x3": torch.nn.Conv2d(5, 3, (1, 3), padding=(0, 1), bias=False),
    "same": torch.nn.Conv2d(5, 3, (3, 2), padding="same"),
    "same 1x1": torch.nn.Conv2d(5, 3, 1, padding="same"),
    "dilated": torch.nn.Conv2d(5, 3, 3, padding=2, dilation=2),
    "valid": torch.nn.Conv2d(5, 3, 1, padding="valid"),
    "linear": torch.nn.Linear(5, 3),
}


def fitted(**kwargs):
    net = map_net(**kwargs)
    make_maps(net)
    return net.fit(X, MAPS)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("batch_size", [128, 7])
def test_features_times_weights_are_the_logits(head, batch_size):
    net = fitted(module__head=HEADS[head], batch_size=batch_size)
    layers = list(position_layers(net, X))
    assert len(layers) == -(-len(X) // batch_size)
    with torch.no_grad():
        logits = net.module_.eval()(torch.tensor(X)).flatten(2).swapaxes(1, 2)
    found = torch.cat([layer.decision for layer in layers])
    torch.testing.assert_close(found, logits, atol=1e-5, rtol=1e-4)
    proba = torch.cat([layer.proba for layer in layers])
    torch.testing.assert_close(proba, logits.softmax(2), atol=1e-5, rtol=1e-4)
    assert layers[0].intercept is (HEADS[head].bias is not None)


def test_features_pooled():
    for head in ("1x1", "linear"):
        net = fitted(module__head=HEADS[head])
        features = torch.cat([layer.features for layer in position_layers(net, X)])
        torch.testing.assert_close(pooled_features(net, X), features.mean(1))


def test_a_map_that_is_enlarged_after_the_last_layer():
    net = fitted().set_params(module__end="enlarged").initialize()
    assert pooled_features(net, X).shape == (24, 5)
    with pytest.raises(TypeError, match=r"\(168 positions\) are not those of its last layer \(42"):
        list(position_layers(net, X))


def test_the_last_layer_named_and_not_there():
    net = fitted()
    net.module_.last_layer = "second"
    with pytest.raises(TypeError, match="are not those of its last layer"):
        list(position_layers(net, X))
    net.module_.last_layer = "norm"
    with pytest.raises(TypeError, match=r"MapNet has no convolution and no nn\.Linear"):
        list(position_layers(net, X))


def test_convolutions_that_are_no_map_of_patches():
    net = fitted(module__head=torch.nn.Conv2d(5, 3, 3, padding=1, padding_mode="circular"))
    with pytest.raises(TypeError, match="of which the features at a position are not known"):
        list(position_layers(net, X))


def test_outputs_that_are_no_numbers():
    net = fitted()
    with torch.no_grad():
        net.module_.head.bias[0] = torch.nan
    with pytest.raises(ValueError, match="MapNet gave 24 of 24 rows outputs that are NaN"):
        list(position_layers(net, X))
