"""What a fitted estimator says of rows, in one form whatever the estimator."""

from skal.models import kernel_machines, linear, nets, perceptrons, wrappers  # noqa: F401
from skal.models.class_weights import class_weights
from skal.models.coded_labels import take_any_labels
from skal.models.descriptors import (
    Descriptors,
    descriptors,
    find_modules,
    label_draws,
    pooled,
    watched,
)
from skal.models.draws import can_draw, draws
from skal.models.gaussian_processes import Posterior, is_gaussian_process, posterior
from skal.models.kinds import is_net, wraps_net
from skal.models.layers import LastLayer, as_features, computable, join_layers
from skal.models.leaves import has_leaves, leaves
from skal.models.maps import as_rows, make_maps, makes_maps, map_reader
from skal.models.moved_nets import moved_rises
from skal.models.nets import last_linear
from skal.models.objectives import (
    Unknown,
    label_weights,
    reason_unknown,
    recounted_label_weights,
    why_unknown,
)
from skal.models.outputs import (
    align_log_proba,
    align_proba,
    class_decision,
    class_prediction,
    class_proba,
)
from skal.models.positions import pooled_features, position_layers
from skal.models.predictive_std import has_std, predictive_std
from skal.models.probabilities import column_classes
from skal.models.readers import last_layer
from skal.models.spaces import (
    Leaves,
    Points,
    columns_seen,
    forest_beside,
    kernel_features_alone,
    natural_space,
    weighted_features,
)

__all__ = [
    "Descriptors",
    "LastLayer",
    "Leaves",
    "Points",
    "Posterior",
    "Unknown",
    "align_log_proba",
    "align_proba",
    "as_features",
    "as_rows",
    "can_draw",
    "class_decision",
    "class_prediction",
    "class_proba",
    "class_weights",
    "column_classes",
    "columns_seen",
    "computable",
    "descriptors",
    "draws",
    "find_modules",
    "forest_beside",
    "has_leaves",
    "has_std",
    "is_gaussian_process",
    "is_net",
    "join_layers",
    "kernel_features_alone",
    "label_draws",
    "label_weights",
    "last_layer",
    "last_linear",
    "leaves",
    "make_maps",
    "makes_maps",
    "map_reader",
    "moved_rises",
    "natural_space",
    "pooled",
    "pooled_features",
    "position_layers",
    "posterior",
    "predictive_std",
    "reason_unknown",
    "recounted_label_weights",
    "take_any_labels",
    "watched",
    "weighted_features",
    "why_unknown",
    "wraps_net",
]
