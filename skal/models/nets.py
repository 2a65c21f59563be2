"""Nets under skorch: the features are what the last nn.Linear sees, left on the net's device."""

from typing import Any

from skal._array import Array, as_computable
from skal.models.layers import LastLayer
from skal.models.probabilities import checked_proba, column_classes
from skal.models.readers import last_layer

# How far two float32 computations of the same outputs may lie apart; of halves, in units of their
# rounding, since the net has rounded its logits to them.
TOLERANCE, ROUNDINGS = 1e-4, 8


@last_layer.register("skorch.classifier.NeuralNetClassifier")
@last_layer.register("skorch.classifier.NeuralNetBinaryClassifier")
def net_classifier(net: Any, X: Any) -> LastLayer:
    """What the last nn.Linear sees, and the softmax of what it says.

    Whether the net goes on with a softmax, its logarithm or nothing, it is applied once.
    """
    import torch

    features, head, outputs = _forward(net, X)
    weights = _weights(head)
    if weights.shape[1] == 1:
        weights = torch.hstack([-weights / 2, weights / 2])
    classes = column_classes(net, weights)
    layer = LastLayer(features, weights, head.bias is not None, classes=classes)
    logits = layer.decision
    check_logits(net, logits, outputs)
    if isinstance(net.criterion_, torch.nn.NLLLoss):  # for which outputs are probabilities
        checked_proba(net, as_computable(outputs), len(outputs))
    proba = torch.softmax(logits, dim=1)
    return LastLayer(features, weights, layer.intercept, proba=proba, classes=layer.classes)


@last_layer.register("skorch.regressor.NeuralNetRegressor")
def net_regressor(net: Any, X: Any) -> LastLayer:
    """What the last nn.Linear sees, and what it says."""
    features, head, outputs = _forward(net, X)
    layer = LastLayer(features, _weights(head), head.bias is not None)
    _check_head(net, outputs, [layer.decision])
    return LastLayer(features, layer.weights, layer.intercept, prediction=layer.decision)


def _forward(net, X):
    """Features on the net's device, the last linear module, and the net's outputs."""
    import torch

    head = last_linear(net.module_)
    seen, outputs = [], []
    hook = head.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].detach()))
    try:
        with torch.no_grad():
            for output in net.forward_iter(X, training=False, device=net.device):
                outputs.append(output[0] if isinstance(output, tuple) else output)
    finally:
        hook.remove()
    said = torch.cat(outputs)
    if n_wrong := int((~(said < torch.inf)).reshape(len(said), -1).any(dim=1).sum()):
        raise ValueError(
            f"{type(net.module_).__name__} gave {n_wrong} of {len(said)} rows outputs that are NaN "
            "or infinite: look at those rows, or at its training (a lower lr=, scaled X)."
        )
    return as_computable(torch.cat(seen)), head, said


def last_linear(module: Any) -> Any:
    """The module named by `module.last_layer`, else the last nn.Linear of all."""
    import torch

    name = getattr(module, "last_layer", None)
    if isinstance(name, str):
        named = dict(module.named_modules()).get(name)
        if not isinstance(named, torch.nn.Linear):
            raise TypeError(
                f"last_layer = {name!r} of {type(module).__name__} must be the name of an "
                f"nn.Linear; it has {[n for n, m in module.named_modules() if n]}."
            )
        return named
    linear = [part for part in module.modules() if isinstance(part, torch.nn.Linear)]
    if not linear:
        raise TypeError(
            f"{type(module).__name__} has no nn.Linear, so its last layer is not known: give it an "
            'attribute last_layer = "name of the module", or set surrogate=.'
        )
    return linear[-1]


def _weights(head):
    import torch

    weights = as_computable(head.weight.detach().T)
    if head.bias is None:
        return weights
    return torch.vstack([weights, as_computable(head.bias.detach())])


def check_logits(net: Any, logits: Array, outputs: Array) -> None:
    """An error where what a classifier says does not follow from the logits of its last nn.Linear.

    A single output stands as two columns, [−f/2, f/2].
    """
    import torch

    if outputs.reshape(len(outputs), -1).shape[1] == 1:
        expected = [2 * logits[:, 1], torch.sigmoid(2 * logits[:, 1])]
    else:
        expected = [logits, torch.log_softmax(logits, 1), torch.softmax(logits, 1)]
    _check_head(net, outputs, expected)


def _check_head(net, outputs, expected):
    """An error where what the net says is not what its last nn.Linear says."""
    import torch

    weight = last_linear(net.module_).weight
    tolerance = max(TOLERANCE, ROUNDINGS * torch.finfo(weight.dtype).eps * (weight.itemsize < 4))
    outputs = as_computable(outputs.reshape(len(outputs), -1))
    for values in expected:
        values = values.reshape(len(values), -1)
        if values.shape == outputs.shape and bool(
            ((values - outputs).abs() <= tolerance * (1 + outputs.abs())).all()
        ):
            return
    raise TypeError(
        f"The outputs of {type(net.module_).__name__} are not those of its last nn.Linear (nor "
        'their softmax or its logarithm): give the module an attribute last_layer = "name of the '
        'module that makes the logits".'
    )
