"""What a fitted estimator says of rows, in one form whatever the estimator."""

from skal.views.outputs import (
    align_log_proba,
    align_proba,
    class_decision,
    class_prediction,
    class_proba,
)

__all__ = [
    "align_log_proba",
    "align_proba",
    "class_decision",
    "class_prediction",
    "class_proba",
]
