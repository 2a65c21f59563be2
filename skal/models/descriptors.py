"""Multi-scale descriptors of nets: pooled activations and gradients at named modules."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from skal._array import Array
from skal.models.following import Followed, following
from skal.models.nets import check_logits, last_linear
from skal.models.probabilities import column_classes
from skal.models.steps import net_inside


class Descriptors(NamedTuple):
    """What named modules of a net say of some rows."""

    features: list[Any]  # a module: pooled activations, n×L
    gradients: list[Any]  # a module: pooled gradients, n×L
    proba: Any  # n×k


class LabelDraws(NamedTuple):
    """Perturbed copies of some rows, as named modules of a net see them."""

    features: list[Any]  # a module: copies×n×L
    # Column of a class ↦ a module: copies×n×L, of its log probability.
    gradients: Callable[[int], list[Any]]
    proba: Any  # copies×n×k


def find_modules(module: Any, names: Iterable[str]) -> dict[str, Any]:
    """The named modules of a net; an error that lists them where a name is not among them."""
    known = dict(module.named_modules())
    if unknown := [name for name in names if name not in known]:
        raise ValueError(
            f"{type(module).__name__} has no module named {unknown[0]!r}: it has "
            f"{[name for name in known if name]}."
        )
    return {name: known[name] for name in names}


def pooled(output: Array) -> Array:
    """Means over all positions: n×C×… becomes n×C."""
    return output.mean(dim=tuple(range(2, output.ndim))) if output.ndim > 2 else output


@contextlib.contextmanager
def watched(
    module: Any,
    names: Iterable[str],
    *,
    gradients: bool = False,
    passed_on: Callable[[str, Any], None] | None = None,
) -> Iterator[dict[str, Any]]:
    """A dictionary that each pass fills with what the named modules put out.

    What comes after a module works on a copy, so that nothing (a ReLU in place) changes the tensor
    that is kept; with `gradients` that tensor has a graph, even where parameters are frozen.
    `passed_on` gets the name of a module and that copy.
    """
    import torch

    seen: dict[str, Any] = {}

    def keep(name):
        def hook(part, inputs, output):
            if not isinstance(output, torch.Tensor) or output.ndim < 2:
                raise TypeError(
                    f"The module {name!r} puts out a {type(output).__name__}, and descriptors "
                    "want a tensor with rows and channels: name another module."
                )
            if name in seen:
                raise ValueError(
                    f"The module {name!r} is used more than once in a pass, so it has no one "
                    "output: name a module that is used once."
                )
            if gradients and not output.requires_grad:
                output = output.detach().requires_grad_()
            seen[name] = output
            copy = output.clone()
            if passed_on is not None:
                passed_on(name, copy)
            return copy

        return hook

    hooks = [
        part.register_forward_hook(keep(name)) for name, part in find_modules(module, names).items()
    ]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


@contextlib.contextmanager
def watched_output(module: Any) -> Iterator[list[Any]]:
    """A list that each pass adds the module's output to."""
    outputs: list[Any] = []
    hook = module.register_forward_hook(lambda part, inputs, output: outputs.append(output))
    try:
        yield outputs
    finally:
        hook.remove()


def descriptors(
    estimator: Any,
    X: Any,
    layers: Sequence[str],
    classes: np.ndarray,
    scores: Callable[[list[Any], Any], Any] | None,
    after: str = "module",
) -> Iterator[Descriptors]:
    """Descriptors of the rows X, a batch at a time: one forward and one backward pass a row.

    `after="activation"` takes them where the non-linearity and the pooling that follow each module
    are through with its output.

    `scores(features, proba)` gives, for the rows of a batch, the gradient U (n×k) in the logits of
    the quantity whose gradients are wanted: e_y − p for the log probability of a label y.  None:
    no gradients, and no backward pass.
    """
    net, X = net_inside(estimator, X)
    import torch  # a net there is, so torch is

    for seen, logits, proba in _passes(net, X, layers, classes, after):
        features = [pooled(seen[name]).detach() for name in layers]
        if scores is None:
            yield Descriptors(features, [], proba.aligned)
            continue
        U = scores(features, proba.aligned)[:, proba.places].to(logits.dtype)
        tensors = [seen[name] for name in layers]
        gradients = torch.autograd.grad(logits, tensors, U, allow_unused=True)
        yield Descriptors(features, _pooled_gradients(layers, gradients), proba.aligned)


def label_draws(
    estimator: Any,
    X: Any,
    layers: Sequence[str],
    classes: np.ndarray,
    perturb: Callable[[Any, np.random.Generator], Any],
    n: int,
    rng: np.random.Generator,
    after: str = "module",
) -> LabelDraws:
    """n perturbed copies of the rows X and, label by label, the gradients of its log probability.

    Gradients come label by label, since rows × labels × copies of them would not fit.
    """
    import torch

    batches = []
    for _ in range(n):
        copy = perturb(X, rng)
        if np.shape(copy) != np.shape(X):
            raise ValueError(
                f"perturb= gave rows of shape {np.shape(copy)} for rows of shape {np.shape(X)}: "
                "it must keep the shape."
            )
        net, rows = net_inside(estimator, copy)
        batches += _passes(net, rows, layers, classes, after)

    def stacked(parts):
        return torch.cat(parts).reshape(n, -1, parts[0].shape[-1])

    def gradients(column):
        tensors = [seen[name] for seen, _, _ in batches for name in layers]
        scores = []
        for _, _, proba in batches:
            U = -proba.aligned[:, proba.places]
            if len(at := np.flatnonzero(proba.places == column)):
                U[:, at[0]] += 1
            scores.append(U)
        found = torch.autograd.grad(
            [logits for _, logits, _ in batches],
            tensors,
            [U.to(logits.dtype) for U, (_, logits, _) in zip(scores, batches)],
            retain_graph=True,
            allow_unused=True,
        )
        parts = [
            _pooled_gradients(layers, found[i : i + len(layers)])
            for i in range(0, len(found), len(layers))
        ]
        return [stacked([part[j] for part in parts]) for j in range(len(layers))]

    features = [stacked([pooled(seen[name]).detach() for seen, _, _ in batches]) for name in layers]
    return LabelDraws(features, gradients, stacked([proba.aligned for _, _, proba in batches]))


class _Proba(NamedTuple):
    """Probabilities over all known classes, and which of these the net has outputs for."""

    aligned: Any
    places: np.ndarray


def _passes(net, X, layers, classes, after):
    """A batch at a time: outputs of the named modules, logits with their graph, probabilities."""
    import torch
    from skorch.dataset import unpack_data

    head = last_linear(net.module_)
    training = net.module_.training
    net.module_.eval()
    try:
        for batch in net.get_iterator(net.get_dataset(X), training=False):
            inputs = unpack_data(batch)[0]
            with torch.enable_grad():
                seen, outputs, logits = _pass(net, inputs, layers, head, after == "activation")
            if logits.shape[1] == 1:
                logits = torch.hstack([-logits / 2, logits / 2])
            outputs = outputs[0] if isinstance(outputs, tuple) else outputs
            check_logits(net, logits.detach(), outputs.detach())
            columns = column_classes(net, logits)
            keep = np.flatnonzero(np.isin(columns, classes))
            places = np.searchsorted(classes, columns[keep])
            logits = logits[:, torch.as_tensor(keep, device=logits.device)]
            proba = torch.softmax(logits.detach(), dim=1)
            aligned = proba.new_zeros(len(logits), len(classes))
            aligned[:, torch.as_tensor(places, device=logits.device)] = proba
            yield seen, logits, _Proba(aligned, places)
    finally:
        net.module_.train(training)


def _pass(net, inputs, layers, head, activated):
    """What the named modules put out, or what becomes of it; the net's output; the logits."""
    followed = Followed()
    path = following(followed) if activated else contextlib.nullcontext()
    passed_on = followed.start if activated else None
    with (
        watched(net.module_, layers, gradients=True, passed_on=passed_on) as seen,
        watched_output(head) as heads,  # after the others: it sees what they pass on
        path,
    ):
        outputs = net.infer(inputs)
    if missing := [name for name in layers if name not in seen]:
        raise ValueError(
            f"The module {missing[0]!r} is not used when the net looks at rows: name one that is."
        )
    if activated:
        modules = find_modules(net.module_, layers)
        seen = {
            name: seen[name] if part is head else _activated(name, part, seen[name], followed)
            for name, part in modules.items()
        }
    return seen, outputs, heads[-1]


def _activated(name, part, output, followed):
    """What a module's output becomes; the output itself of what is no weighted sum."""
    import torch

    tensor, then = followed.end(name)
    if tensor is not None:
        return tensor
    kinds = ("Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d")
    if isinstance(part, tuple(getattr(torch.nn, kind) for kind in ("Linear", *kinds))):
        raise ValueError(
            f"after='activation' takes descriptors of {name!r} after the non-linearity that "
            f"follows it, and its output goes into {then or 'nothing that torch reports'} first. "
            "Name the module after which its values are to be taken, or set after='module' for "
            "the outputs themselves."
        )
    return output


def _pooled_gradients(layers, gradients):
    if unused := [name for name, part in zip(layers, gradients) if part is None]:
        raise ValueError(
            f"The module {unused[0]!r} has no part in the net's logits, so there is no gradient: "
            "name another."
        )
    return [pooled(part).detach() for part in gradients]
