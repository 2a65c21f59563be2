"""The class weights and priors that a refit with one more row counts anew."""

from typing import Any

import numpy as np

from skal._array import asarray_like, float64_like, to_numpy
from skal.kernels.influence.inverse_hessian import InverseHessian
from skal.kernels.influence.recount import Counted, JointRecount, joint_recount
from skal.models import LastLayer, label_weights, recounted_label_weights
from skal.state import QueryState
from skal.strategies._goals.goals import class_columns
from skal.strategies._goals.hessian import loss_weights

RECOUNTED = (
    "The priors that the model divides out are counted in the labels, and the Newton order does "
    "not compute how a batch changes them: set order='linear', whose utilities add up, or give "
    "priors= as numbers."
)


def weights_of_labels(state: QueryState, layer: LastLayer) -> Any:
    """What a refit multiplies the loss of a new row with each label by (k); None: 1 for all."""
    known = state.labelled
    how = known.model, known.y, known.sample_weight, layer.classes
    after = recounted_label_weights(*how)
    found = label_weights(*how) if after is None else np.diagonal(after)
    return None if found is None else asarray_like(found, layer.weights)


def recounted_batch(
    state: QueryState, layer: LastLayer, old: Counted, inverse: InverseHessian, columns: Any
) -> tuple[Any, JointRecount]:
    """The weights of the new rows' losses (L×b) and what they change, for each labeling (L×b)."""
    if layer.recounted is not None:
        raise ValueError(RECOUNTED)
    known, k = state.labelled, len(layer.classes)
    how = known.model, known.y, known.sample_weight, layer.classes
    labels = to_numpy(columns)
    new = (labels[:, :, None] == np.arange(k)).sum(axis=1)
    after = recounted_label_weights(*how, new)
    assert after is not None  # only class weights and offsets are counted
    ratios = asarray_like(after / label_weights(*how), inverse.matrix)
    weights = np.take_along_axis(after, labels, axis=1)
    return asarray_like(weights, inverse.matrix), joint_recount(old, inverse, ratios)


def counted_rows(state: QueryState) -> Counted | None:
    """The labelled rows, where class weights or offsets depend on how many of each class there are.

    None where a refit with one more row leaves the losses of the others as they are.
    """
    known = state.labelled
    layer = known.last_layer
    how = known.model, known.y, known.sample_weight, layer.classes
    after, k = recounted_label_weights(*how), len(layer.classes)
    if after is None and layer.recounted is None:
        return None
    logits = layer.fitted_decision
    ratios = np.ones((k, k)) if after is None else after / label_weights(*how)
    shifts = np.zeros((k, k)) if layer.recounted is None else layer.recounted
    return Counted(
        layer.features,
        logits,
        class_columns(known.y, layer),
        loss_weights(known),
        float64_like(ratios, logits),
        float64_like(shifts, logits),
        layer.intercept,
    )
