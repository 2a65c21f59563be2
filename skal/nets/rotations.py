"""Pretraining of a net without labels, by predicting rotations of images."""

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_random_state

from skal._checks import check_count
from skal._renamed import renamed_parameters
from skal._rows import n_rows, take
from skal._seeds import torch_seeded
from skal.models import last_linear

if TYPE_CHECKING:
    import torch


@renamed_parameters(epochs="max_epochs", lr="learning_rate")
def pretrain_rotations(
    module: "torch.nn.Module",
    X: Any,
    *,
    max_epochs: int = 10,
    learning_rate: float = 0.01,
    batch_size: int = 32,
    device: str | None = None,
    random_state: np.random.RandomState | int | None = None,
) -> "torch.nn.Module":
    """Pretrain a copy of a net to distinguish images rotated by 0, 90, 180 and 270 degrees.

    No labels are needed, so the whole pool can be used; the features that the net learns help from
    the first label on.  During pretraining, the last ``nn.Linear`` has four outputs; afterwards, it
    is replaced by a new one of its original shape.

    Parameters
    ----------
    module : torch.nn.Module
        The net; it is not changed.
    X : array of shape (n, C, H, W) or (n, H, W)
        Square images in the form that the net expects.
    max_epochs : int, default=10
        Passes over X; each image is used in its four rotations.
    learning_rate : float, default=0.01
        Step size of stochastic gradient descent with momentum 0.9.
    batch_size : int, default=32
        Images per step.
    device : str, default=None
        The device to train on; None is the device of the net.
    random_state : int, RandomState or None, default=None
        Seed of the order of the images, the dropout and both heads; the state of torch's own
        generators is restored.

    Returns
    -------
    module : torch.nn.Module
        The pretrained net: ``NeuralNetClassifier(module)`` starts every fit from it.

    See Also
    --------
    FrozenFeatures : Use the pretrained net as features of a shallow model.
    RotationNoise : Perturb images by small rotations.

    References
    ----------
    Gidaris, Singh and Komodakis, Unsupervised representation learning by predicting image
    rotations, 2018.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from skal.nets import pretrain_rotations
    >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 8), torch.nn.ReLU(),
    ...                           torch.nn.Linear(8, 10))
    >>> images = np.random.default_rng(0).random((20, 8, 8), dtype=np.float32)
    >>> pretrain_rotations(net, images, max_epochs=2, random_state=0)[3]
    Linear(in_features=8, out_features=10, bias=True)
    """
    import torch

    if not isinstance(module, torch.nn.Module):
        raise TypeError(
            f"module={type(module).__name__} is not a torch.nn.Module: pretrain the module, then "
            "pass it to skorch."
        )
    shape = np.shape(X)
    if len(shape) not in (3, 4) or shape[-1] != shape[-2]:
        raise ValueError(
            f"X has shape {shape}; rotations require square images, n × channels × side × side or "
            "n × side × side."
        )
    if not shape[0]:
        raise ValueError("X has no images: pass at least one image.")
    for value, name in ((max_epochs, "max_epochs"), (batch_size, "batch_size")):
        check_count(value, name)
    rng = np.random.default_rng(check_random_state(random_state).randint(2**31 - 1))
    training = {name: part.training for name, part in module.named_modules()}
    with torch_seeded(int(rng.integers(2**31 - 1))):
        module = copy.deepcopy(module)
        home = next(module.parameters()).device
        head = last_linear(module)
        path = next(name for name, part in module.named_modules() if part is head)
        if not path:
            raise TypeError(
                "The net is a single nn.Linear, so it has no layers below the head to pretrain."
            )
        _replace(module, path, _linear(head, 4))
        module.to(device or home).train()
        _train(module, path, X, max_epochs, learning_rate, batch_size, rng)
        _replace(module, path, _linear(head, head.out_features))
    for name, part in module.named_modules():
        part.training = training[name]
    return module.to(home)


def _train(module, path, X, max_epochs, learning_rate, batch_size, rng):
    import torch

    head = module.get_submodule(path)
    logits: list = []
    hook = head.register_forward_hook(lambda part, inputs, output: logits.append(output))
    where, dtype = head.weight.device, head.weight.dtype
    optimizer = torch.optim.SGD(module.parameters(), lr=learning_rate, momentum=0.9, nesterov=True)
    try:
        for _ in range(max_epochs):
            order = rng.permutation(n_rows(X))
            for start in range(0, len(order), batch_size):
                images = torch.as_tensor(take(X, order[start : start + batch_size]))
                images = images.to(where, dtype)
                turned = torch.cat([torch.rot90(images, turns, (-2, -1)) for turns in range(4)])
                target = torch.arange(4, device=where).repeat_interleave(len(images))
                logits.clear()
                optimizer.zero_grad()
                module(turned)  # layers after the head (a softmax) are not used here
                torch.nn.functional.cross_entropy(logits[-1], target).backward()
                optimizer.step()
    finally:
        hook.remove()
    optimizer.zero_grad()


def _linear(head, n_out):
    """Return a new linear layer of the head's kind with this number of outputs."""
    import torch

    like = {"device": head.weight.device, "dtype": head.weight.dtype}
    return torch.nn.Linear(head.in_features, n_out, bias=head.bias is not None, **like)


def _replace(module, path, part):
    parent, _, name = path.rpartition(".")
    setattr(module.get_submodule(parent), name, part)
