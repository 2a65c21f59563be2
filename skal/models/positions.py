"""The last layer of a net whose output is a map, as it stands at every position."""

from collections.abc import Callable, Iterator
from typing import Any

from skal._array import Array, as_computable
from skal.models.layers import LastLayer
from skal.models.maps import map_proba
from skal.models.probabilities import column_classes
from skal.models.steps import net_inside

# How far two float32 computations of the same probabilities may lie apart.
TOLERANCE = 1e-3


def position_layers(estimator: Any, X: Any) -> Iterator[LastLayer]:
    """The last layer of the rows X, a batch of the net's at a time.

    Features are n×t×d and probabilities n×t×k, for t positions.  The last layer is a convolution
    (d are the numbers that its kernel covers) or, with the channels last, an nn.Linear.
    """
    import torch

    net, X = net_inside(estimator, X)
    head = last_map(net.module_)
    weights = as_computable(head.weight.detach().flatten(1).T)
    if head.bias is not None:
        weights = torch.vstack([weights, as_computable(head.bias.detach())])
    for seen, output in _passes(net, head, X):
        features = as_computable(_patches(head, seen))
        layer = LastLayer(features, weights, head.bias is not None)
        logits = layer.decision
        classes = column_classes(net, logits[0])
        proba = torch.softmax(logits, dim=-1)
        _check(net, proba, map_proba(net, output).flatten(2).swapaxes(1, 2))
        yield LastLayer(features, weights, layer.intercept, proba=proba, classes=classes)


def pooled_features(estimator: Any, X: Any) -> Array:
    """What the last layer sees of the rows X, averaged over positions (n×d)."""
    import torch

    net, X = net_inside(estimator, X)
    head = last_map(net.module_)
    pool: Callable = _mean_of_last if isinstance(head, torch.nn.Linear) else _mean_of_first
    return as_computable(torch.cat([pool(seen) for seen, _ in _passes(net, head, X)]))


def last_map(module: Any) -> Any:
    """The module named by `module.last_layer`, else the last convolution or nn.Linear of all."""
    import torch

    kinds = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d, torch.nn.Linear)
    name = getattr(module, "last_layer", None)
    if isinstance(name, str):
        found = [part for own, part in module.named_modules() if own == name]
    else:
        found = list(module.modules())
    heads = [part for part in found if isinstance(part, kinds)]
    if heads:
        return heads[-1]
    raise TypeError(
        f"{type(module).__name__} has no convolution and no nn.Linear that makes its class scores, "
        'so that its last layer is not known: give it an attribute last_layer = "name of that '
        'module"; or choose a strategy that looks at probabilities alone, such as Margin().'
    )


def _passes(net: Any, head: Any, X: Any) -> Iterator[tuple[Any, Any]]:
    """What the last layer sees of a batch, and what the net puts out."""
    seen: list[Any] = []
    hook = head.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].detach()))
    try:
        for output in net.forward_iter(X, training=False, device=net.device):
            yield seen.pop(), output[0] if isinstance(output, tuple) else output
            seen.clear()
    finally:
        hook.remove()


def _check(net: Any, proba: Array, said: Array) -> None:
    """An error where what a net puts out is no number, or does not follow from its last layer."""
    if n_wrong := int((~(abs(said) < float("inf"))).flatten(1).any(1).sum()):
        raise ValueError(
            f"{type(net.module_).__name__} gave {n_wrong} of {len(said)} rows outputs that are NaN "
            "or infinite: look at those rows, or at its training (a lower lr=, scaled X)."
        )
    if proba.shape == said.shape and bool(((proba - said).abs() <= TOLERANCE).all()):
        return
    raise TypeError(
        f"The outputs of {type(net.module_).__name__} ({said.shape[1]} positions) are not those of "
        f"its last layer ({proba.shape[1]} positions), nor their softmax: give the module an "
        'attribute last_layer = "name of the module that makes the class scores", and enlarge maps '
        "before that module, not after it."
    )


def _mean_of_first(seen):
    """n×d×… averaged over all but the first two axes."""
    return seen.flatten(2).mean(dim=2)


def _mean_of_last(seen):
    """n×…×d averaged over all but the first axis and the last."""
    return seen.flatten(1, -2).mean(dim=1)


def _patches(head: Any, seen: Array) -> Array:
    """What the last layer multiplies with its weights at each position (n×t×d)."""
    import torch

    if isinstance(head, torch.nn.Linear):
        return seen.flatten(1, -2)
    plain = all(size == 1 for size in (*head.kernel_size, *head.stride, head.groups))
    if plain and (head.padding == "same" or not any(_numbers(head.padding))):
        return seen.flatten(2).swapaxes(1, 2)
    flat = isinstance(head, torch.nn.Conv2d) and head.groups == 1 and head.padding_mode == "zeros"
    if not flat:
        raise TypeError(
            f"The last layer is {head}, of which the features at a position are not known: end the "
            "module in a convolution of kernel size 1, or a Conv2d with zeros around and no groups."
        )
    if head.padding == "same":
        reach = [d * (size - 1) for d, size in zip(head.dilation, head.kernel_size)]
        around = [(part // 2, part - part // 2) for part in reach]
    else:
        around = [(part, part) for part in _numbers(head.padding, 2)]
    seen = torch.nn.functional.pad(seen, (*around[1], *around[0]))
    parts = torch.nn.functional.unfold(
        seen, head.kernel_size, dilation=head.dilation, stride=head.stride
    )
    return parts.swapaxes(1, 2)


def _numbers(padding: Any, n: int = 1) -> tuple[int, ...]:
    """Padding as numbers: "valid" is none."""
    return (0,) * n if padding == "valid" else padding
