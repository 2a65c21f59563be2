"""The old name of `skal.models`, kept for one release."""

import warnings
from typing import Any

from skal import models

MOVED = frozenset({"LastLayer", "last_layer"})


def __getattr__(name: str) -> Any:
    if name not in MOVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(
        f"skal.views is called skal.models now: write `from skal.models import {name}`. The old "
        "name goes with the next release.",
        DeprecationWarning,
        stacklevel=2,
    )
    return getattr(models, name)
