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
from skal.models.layers import LastLayer, as_features, join_layers
from skal.models.leaves import has_leaves, leaves
from skal.models.nets import last_linear
from skal.models.outputs import (
    align_log_proba,
    align_proba,
    class_decision,
    class_prediction,
    class_proba,
    column_classes,
    is_net,
    wraps_net,
)
from skal.models.readers import last_layer
from skal.models.spaces import (
    Leaves,
    Points,
    columns_seen,
    forest_beside,
    natural_space,
    weighted_features,
)

__all__ = [
    "Descriptors",
    "LastLayer",
    "Leaves",
    "Points",
    "align_log_proba",
    "align_proba",
    "as_features",
    "can_draw",
    "class_decision",
    "class_prediction",
    "class_proba",
    "column_classes",
    "columns_seen",
    "descriptors",
    "draws",
    "find_modules",
    "forest_beside",
    "has_leaves",
    "is_net",
    "join_layers",
    "label_draws",
    "last_layer",
    "last_linear",
    "leaves",
    "natural_space",
    "pooled",
    "watched",
    "weighted_features",
    "wraps_net",
]
