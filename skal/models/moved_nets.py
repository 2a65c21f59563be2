"""What a net says once some of its layers have taken gradient steps on its labels of a row."""

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from skal._array import Array, to_numpy
from skal.models.descriptors import find_modules
from skal.models.maps import is_distribution
from skal.models.probabilities import column_classes
from skal.models.steps import net_inside

# How many moved nets look at the trusted rows at once.
COPIES = 8

LogProba = Callable[[dict[str, Any], Any], Any]  # (weights, rows of X) ↦ n×t×k


def moved_rises(
    estimator: Any,
    X: Any,
    X_v: Any,
    y_v: np.ndarray,
    classes: np.ndarray,
    layers: int | Sequence[str],
    *,
    steps: int,
    rate: float,
) -> np.ndarray:
    """How much the loss on trusted rows rises once a net's own labels of a row are learned.

    The weights of some layers, named or the last so many, take the steps down the mean loss of the
    row's positions, in float64.  With maps it is the mean rise over the positions where the loss
    rises; else the sum over the rows of X_v; with no steps −⟨∇ℓ_v, ∇ℓ(x, ŷ)⟩ in these weights.
    Classes that are not among `classes`, or are negative, have no say.
    """
    import torch

    net, X = net_inside(estimator, X)
    module = copy.deepcopy(net.module_).double().eval().requires_grad_(False)
    weights = _weights(module, layers)
    trusted = torch.cat(list(_inputs(net, net_inside(estimator, X_v)[1])))
    log_proba, seen = _log_proba(net, module, weights, trusted, classes)
    maps, y_v = y_v.ndim > 1, y_v.reshape(len(y_v), -1)
    columns = torch.as_tensor(np.searchsorted(seen, y_v).clip(max=len(seen) - 1)).to(trusted.device)
    counted = torch.as_tensor(np.isin(y_v, seen)).to(trusted.device)
    if not counted.any():
        raise ValueError("The model has seen no class of the holdout: label more rows.")
    if (t := log_proba(weights, trusted[:1]).shape[1]) != columns.shape[1]:
        raise ValueError(
            f"The labels of the holdout have {columns.shape[1]} positions, and the net puts out "
            f"{t}: bring the rows and maps of X_val and y_val to the size of those of fit."
        )

    def losses(weights):
        L = log_proba(weights, trusted)
        return -torch.gather(L, 2, columns[:, :, None])[:, :, 0][counted]

    if steps == 0:
        rises = _first_order(log_proba, weights, losses)
    else:
        rises = _stepped(log_proba, weights, losses, steps, rate, maps=maps)
    return np.concatenate([to_numpy(rises(x)) for x in _inputs(net, X)])


def last_layers(module: Any, n: int) -> list[str]:
    """Names of the last n convolutions and linear layers of a net."""
    import torch

    kinds = (torch.nn.Linear, torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)
    names = [name for name, part in module.named_modules() if isinstance(part, kinds)]
    if len(names) < n:
        raise ValueError(
            f"layers={n} asks for the last {n} convolutions and linear layers, and "
            f"{type(module).__name__} has {len(names)}."
        )
    return names[-n:]


def _weights(module, layers):
    names = list(layers) if isinstance(layers, Sequence) else last_layers(module, layers)
    weights = {
        f"{name}.{own}" if name else own: weight
        for name, part in find_modules(module, names).items()
        for own, weight in part.named_parameters()
    }
    if not weights:
        raise ValueError(f"layers={layers!r} have no weights to move: name layers that have.")
    return weights


def _inputs(net: Any, X: Any) -> Iterator[Array]:
    """The rows X as the module gets them, a batch at a time, in float64."""
    import torch
    from skorch.dataset import unpack_data

    for batch in net.get_iterator(net.get_dataset(X), training=False):
        rows = unpack_data(batch)[0]
        if not isinstance(rows, torch.Tensor):
            raise TypeError(
                f"layers= moves layers of nets that take one tensor, and {type(net).__name__} is "
                f"given a {type(rows).__name__}: leave layers=None."
            )
        yield (rows.double() if rows.is_floating_point() else rows).to(net.device)


def _log_proba(
    net: Any, module: Any, weights: dict[str, Any], few: Any, classes: np.ndarray
) -> tuple[LogProba, np.ndarray]:
    """Log-probabilities at each position as a function, and the classes of its columns."""
    import torch

    def scores(weights, rows):
        output = torch.func.functional_call(module, weights, (rows,))
        output = output[0] if isinstance(output, tuple) else output
        return output.flatten(2).swapaxes(1, 2) if output.ndim > 2 else output[:, None, :]

    with torch.no_grad():
        first = scores(weights, few[:1])
    columns = column_classes(net, first[0])
    kept = np.flatnonzero(np.isin(columns, classes))
    keep = torch.as_tensor(kept).to(few.device)
    probabilities = is_distribution(first[0])  # which skorch's NLLLoss takes the logarithm of

    def log_proba(weights, rows):
        said = scores(weights, rows)[..., keep]
        return torch.log_softmax(said.clamp(min=1e-300).log() if probabilities else said, dim=-1)

    return log_proba, columns[kept]


def _own_losses(log_proba, X, weights):
    """The function of the weights that is each row's mean loss, were the prediction right (n)."""
    own = log_proba(weights, X).argmax(dim=-1, keepdim=True)
    return lambda moved: -log_proba(moved, X).gather(2, own)[..., 0].mean(dim=1)


def _stepped(log_proba, weights, losses, steps, rate, *, maps):
    """Rows of X ↦ how much the losses rise after the steps (equation 3)."""
    import torch

    before = losses(weights)

    def rise(x):
        own = _own_losses(log_proba, x[None], weights)
        slope = torch.func.grad(lambda moved: own(moved)[0])
        moved = weights
        for _ in range(steps):
            change = slope(moved)
            moved = {name: weight - rate * change[name] for name, weight in moved.items()}
        rise = losses(moved) - before
        up = rise > 0
        return (rise * up).sum() / up.sum().clamp(min=1) if maps else rise.sum()

    return torch.func.vmap(rise, chunk_size=COPIES)


def _first_order(log_proba, weights, losses):
    """Rows of X ↦ −⟨∇ℓ_v, ∇ℓ(x, ŷ)⟩ (equation 10), without a gradient for each row.

    Σ uᵢ⟨∇ℓ_v, ∇ℓᵢ⟩ is linear in u, and its slope in u is what is wanted.
    """
    import torch

    trusted = torch.func.grad(lambda moved: losses(moved).sum())(weights)

    def rises(X):
        own = _own_losses(log_proba, X, weights)

        def product(u):
            slopes = torch.func.grad(lambda moved: (u * own(moved)).sum())(weights)
            return -sum((trusted[name] * slopes[name]).sum() for name in weights)

        first = next(iter(weights.values()))
        return torch.func.grad(product)(first.new_ones(len(X)))

    return rises
