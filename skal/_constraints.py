"""Valid values of parameters, as data in scikit-learn's form, and their validation."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import (
    Interval,
    InvalidParameterError,
    validate_parameter_constraints,
)

COUNT = Interval(Integral, 1, None, closed="left")
JOBS = [Interval(Integral, None, -1, closed="right"), COUNT, None]  # joblib: 0 is invalid
PAIR_OR_MORE = Interval(Integral, 2, None, closed="left")
POSITIVE = Interval(Real, 0, None, closed="neither")
NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
AT_LEAST_ONE = Interval(Real, 1, None, closed="left")
BYTES = Interval(Real, 0, None, closed="right")  # infinity means no limit
FRACTION = Interval(Real, 0, 1, closed="neither")
SHARE = Interval(Real, 0, 1, closed="right")

__all__ = ["InvalidParameterError", "check_parameters"]


def check_parameters(instance: Any) -> None:
    """Raise an InvalidParameterError if a parameter violates its constraint.

    `instance` has `get_params` and `_parameter_constraints`.  In Python, a boolean is a number;
    here it is valid only if the constraints contain "boolean".  InvalidParameterError is both a
    ValueError and a TypeError.
    """
    constraints = type(instance)._parameter_constraints
    given = instance.get_params(deep=False)
    values = {name: _value(value, constraints.get(name, ())) for name, value in given.items()}
    validate_parameter_constraints(constraints, values, type(instance).__name__)


class _Boolean:
    """Represent a boolean as an object that is not a number, with the same repr."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return repr(self.value)


def _value(value, allowed):
    """Return the value to validate: a boolean only if one is valid."""
    if not isinstance(value, bool | np.bool_) or isinstance(allowed, str) or not allowed:
        return value
    named = any(isinstance(one, str) and one == "boolean" for one in allowed)
    return value if named else _Boolean(value)
