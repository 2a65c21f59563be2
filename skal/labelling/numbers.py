"""Validation of numbers that callers pass."""

import math
import operator
from typing import Any

from skal.labelling.trouble import StoreError

LARGEST = 2**63 - 1  # of SQLite


def whole(value: Any, name: str, least: int = 0, most: int = LARGEST) -> int:
    """Convert to a whole number of Python, also from NumPy, which SQLite would store as bytes."""
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise StoreError(f"{name}={value!r} must be a whole number.") from None
    if not least <= number <= most:
        raise StoreError(f"{name}={value!r} must be a whole number from {least} to {most}.")
    return number


def seconds(value: Any) -> float | None:
    """Validate a duration in seconds, or None."""
    if value is None:
        return None
    real = isinstance(value, int | float) and not isinstance(value, bool)
    if not real or not math.isfinite(value) or value < 0:
        raise StoreError(f"seconds={value!r} must be a number of at least 0.")
    return float(value)
