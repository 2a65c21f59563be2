"""What a fitted estimator says of rows, in one form whatever the estimator."""

from skal.models import kernel_machines, linear, nets, perceptrons, wrappers  # noqa: F401
from skal.models.descriptors import (
    Descriptors,
    descriptors,
    find_modules,
    label_draws,
    pooled,
    watched,
)
from skal.models.draws import can_draw, draws
from skal.models.kinds import is_net, wraps_net
from skal.models.layers import LastLayer, as_features, computable, join_layers
from skal.models.nets import last_linear
from skal.models.outputs import (
    align_log_proba,
    align_proba,
    class_decision,
    class_prediction,
    class_proba,
)
from skal.models.probabilities import column_classes
from skal.models.readers import last_layer

__all__ = [
    "Descriptors",
    "LastLayer",
    "align_log_proba",
    "align_proba",
    "as_features",
    "can_draw",
    "class_decision",
    "class_prediction",
    "class_proba",
    "column_classes",
    "computable",
    "descriptors",
    "draws",
    "find_modules",
    "is_net",
    "join_layers",
    "label_draws",
    "last_layer",
    "last_linear",
    "pooled",
    "watched",
    "wraps_net",
]
