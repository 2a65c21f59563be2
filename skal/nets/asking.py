"""Forward passes of a net that leave it unchanged, and conversion of rows to tensors."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

ONE_AT_A_TIME = threading.RLock()  # clones share a net, and modules may be part of several nets


@contextlib.contextmanager
def asked(module: Any, device: str | None = None) -> Iterator[None]:
    """Put the net in evaluation mode on the device, one thread at a time; then restore it."""
    with ONE_AT_A_TIME:
        first = next(module.parameters(), None)
        home = None if first is None else first.device
        training = {part: part.training for part in module.modules()}
        try:
            module.eval()
            if device is not None:
                module.to(device)
            yield
        finally:
            if device is not None and home is not None:
                module.to(home)
            for part, mode in training.items():
                part.training = mode


def as_tensor(values: Any) -> Any:
    """Return an array, a data frame, a list or a tensor as a tensor, without a copy if possible."""
    import torch

    if isinstance(values, torch.Tensor):
        return values
    values = np.asarray(values)
    if values.dtype.kind not in "fiubc":
        raise TypeError(
            f"X has type {values.dtype}, and nets require numbers: pass a function that converts "
            "rows as preprocess=."
        )
    return torch.as_tensor(np.require(values, values.dtype.newbyteorder("="), ["C", "W"]))


def rounding_of(module: Any) -> float:
    """Return the relative change of features that TF32 and half precision may cause."""
    import torch

    kinds = [p.dtype for p in module.parameters() if p.is_floating_point()]
    return max(0.01, *(8 * torch.finfo(kind).eps for kind in kinds[:1]), 0.0)
