"""What values parameters take: data in scikit-learn's form, checked here and nowhere else."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import (
    Interval,
    InvalidParameterError,
    validate_parameter_constraints,
)

COUNT = Interval(Integral, 1, None, closed="left")
JOBS = [Interval(Integral, None, -1, closed="right"), COUNT, None]  # joblib's: 0 means nothing
PAIR_OR_MORE = Interval(Integral, 2, None, closed="left")
POSITIVE = Interval(Real, 0, None, closed="neither")
NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
AT_LEAST_ONE = Interval(Real, 1, None, closed="left")
BYTES = Interval(Real, 0, None, closed="right")  # infinity is no limit
FRACTION = Interval(Real, 0, 1, closed="neither")
SHARE = Interval(Real, 0, 1, closed="right")

__all__ = ["InvalidParameterError", "check_parameters"]


def check_parameters(instance: Any) -> None:
    """Raise an InvalidParameterError if a parameter breaks its constraint.

    `instance` has `get_params` and `_parameter_constraints`.  A boolean is a number to Python; here
    it is one only where the constraints name "boolean".  InvalidParameterError is a ValueError and
    a TypeError.
    """
    constraints = type(instance)._parameter_constraints
    given = instance.get_params(deep=False)
    values = {name: _value(value, constraints.get(name, ())) for name, value in given.items()}
    validate_parameter_constraints(constraints, values, type(instance).__name__)


class _Boolean:
    """A boolean that is no number, shown as it was given."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return repr(self.value)


def _value(value, allowed):
    """The value to validate: a boolean stays one only where one is allowed."""
    if not isinstance(value, bool | np.bool_) or isinstance(allowed, str) or not allowed:
        return value
    named = any(isinstance(one, str) and one == "boolean" for one in allowed)
    return value if named else _Boolean(value)
