"""The old name of `skal.models`, deprecated, kept for one release."""

import warnings
from typing import Any

from skal import models

MOVED = frozenset({"LastLayer", "last_layer"})


def __getattr__(name: str) -> Any:
    if name not in MOVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(
        f"skal.views is now skal.models: use `from skal.models import {name}`. The old name will "
        "be removed in the next release.",
        DeprecationWarning,
        stacklevel=2,
    )
    return getattr(models, name)
