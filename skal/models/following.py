"""Where the output of a net's layer is once its non-linearity and pooling are through with it.

A layer is followed through a pass as it runs, function by function, so that it makes no difference
whether a ReLU is a module or a call in `forward`.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

# By the names that torch gives its functions, those in place without the last "_".
NON_LINEAR = frozenset(
    {
        "relu",
        "relu6",
        "leaky_relu",
        "prelu",
        "rrelu",
        "elu",
        "selu",
        "celu",
        "gelu",
        "silu",
        "mish",
        "glu",
        "hardtanh",
        "hardswish",
        "hardsigmoid",
        "softplus",
        "softsign",
        "tanh",
        "sigmoid",
        "logsigmoid",
        "tanhshrink",
        "softshrink",
        "hardshrink",
        "threshold",
        "clamp",
        "clamp_min",
        "clip",
    }
)
POOLING = frozenset(
    f"{kind}pool{n}d{ending}"
    for kind in ("max_", "avg_", "lp_", "adaptive_max_", "adaptive_avg_", "fractional_max_")
    for n in (1, 2, 3)
    for ending in ("", "_with_indices")
)
PASSED = frozenset(
    {
        "batch_norm",
        "instance_norm",
        "group_norm",
        "layer_norm",
        "rms_norm",
        "local_response_norm",
        "dropout",
        "dropout1d",
        "dropout2d",
        "dropout3d",
        "alpha_dropout",
        "feature_dropout",
        "feature_alpha_dropout",
        "contiguous",
    }
)
FOLLOWED = NON_LINEAR | POOLING | PASSED


class _Use(NamedTuple):
    """A function that took a tensor, and what it made of it."""

    name: str
    result: Any  # the next tensor of the path; None where it ends


class Followed:
    """The tensors that some layers' outputs become, function by function, in one pass."""

    def __init__(self) -> None:
        self._at: dict[int, tuple[Any, list[_Use]]] = {}  # of what is passed on, by its identity
        self._uses: dict[str, list[_Use]] = {}

    def start(self, name: str, passed: Any) -> None:
        """A layer's output, as the rest of the net gets it."""
        self._at[id(passed)] = (passed, self._uses.setdefault(name, []))

    def end(self, name: str) -> tuple[Any, str]:
        """The tensor after the last non-linearity or pooling, and the name of what comes then.

        None where there is no non-linearity or pooling; "" where nothing comes.
        """
        found, uses = None, self._uses[name]
        while len(uses) == 1 and uses[0].result is not None:
            tensor, after = uses[0].result
            if uses[0].name not in PASSED:
                found = tensor
            uses = after
        return found, " and ".join(sorted({use.name for use in uses}))

    def called(self, function: Callable, args: tuple, kwargs: dict) -> Any:
        """The result of a function, which is noted if it works on what is followed."""
        mine = [a for a in _tensors((args, kwargs)) if id(a) in self._at]
        if not mine:
            return function(*args, **kwargs)
        name = getattr(function, "__name__", str(function)).removesuffix("_")
        if name in FOLLOWED and len(mine) == 1 and args and args[0] is mine[0]:
            return self._step(name, function, args, kwargs)
        result = function(*args, **kwargs)
        if any(True for _ in _tensors(result)):
            for tensor in mine:
                self._at[id(tensor)][1].append(_Use(name, None))
        return result

    def _step(self, name, function, args, kwargs):
        """A function of one followed tensor, whose result is followed on.

        It works on a copy, and what comes after it on a copy of its result, so that nothing in
        place changes a tensor that is kept.
        """
        passed = args[0]
        copy = passed.clone()
        whole = function(copy, *args[1:], **kwargs)
        result = whole[0] if isinstance(whole, tuple) else whole
        uses: list[_Use] = []
        self._at[id(passed)][1].append(_Use(name, (result, uses)))
        if result is copy and name not in PASSED:  # in place: the net may go on with either
            passed.copy_(result)
            after = passed
        else:
            after = result.clone()
        self._at[id(after)] = (after, uses)
        return (after, *whole[1:]) if isinstance(whole, tuple) else after


@functools.cache
def _mode() -> type:
    from torch.overrides import TorchFunctionMode

    class Following(TorchFunctionMode):
        def __init__(self, followed):
            super().__init__()
            self._followed = followed

        def __torch_function__(
            self, function: Callable, kinds: Any, args: tuple = (), kwargs: dict | None = None
        ) -> Any:
            return self._followed.called(function, args, kwargs or {})

    return Following


def following(followed: Followed) -> Any:
    """A context in which all functions of torch are looked at."""
    return _mode()(followed)


def _tensors(value):
    """The tensors in nested tuples, lists and dictionaries."""
    import torch

    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _tensors(part)
    elif isinstance(value, dict):
        for part in value.values():
            yield from _tensors(part)
