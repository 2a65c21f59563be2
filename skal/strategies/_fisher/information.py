"""What strategies by Fisher information share: their rows, λ, and the labelled rows' part."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skal._array import (
    as_computable,
    device,
    float64_like,
    namespace,
    on_device,
    to_numpy,
)
from skal.kernels.fisher.regularization import NO_SUMS, CurvatureSums, feature_curvature
from skal.kernels.fisher.structures import Data
from skal.models import class_weights, reason_unknown
from skal.state import View

# Of a feature without a ridge (an intercept): this share of the λ that "auto" would give it.
FREE = 1e-3

NO_RIDGE = (
    'regularization="model" is the ridge of the training objective, and that of this {model} is '
    "not known: {reason}. {first}ive λ itself (of a logistic regression 1/C, and 2/C of two "
    'classes; of a ridge regression alpha), or take regularization="auto".'
)
NO_PENALTY = (
    'regularization="model" is the ridge of the training objective, and this model has none '
    '(an unpenalised fit): give λ itself, take regularization="auto", or a model with a penalty.'
)


def data_of(view: View, where: Any = None) -> Data:
    """The last layer of a view, on a device."""
    layer = view.last_layer
    Z = as_computable(on_device(layer.features, where))
    P = None if layer.proba is None else on_device(layer.proba, where)
    return Data(Z, P, layer.intercept)


def strengths_of(
    regularization: str | float,
    structure: Any,
    parts: list[Data],
    known: View,
    sums: CurvatureSums = NO_SUMS,
) -> np.ndarray:
    """λ of each feature, the constant 1 last; `sums` are those of rows that are not in `parts`."""
    if not isinstance(regularization, str):
        return np.full(parts[0].d, float(regularization))
    curvature = feature_curvature(structure, parts, sums)
    return curvature if regularization == "auto" else _of_model(known, curvature)


def _of_model(known, curvature):
    """The ridge of the model's own objective; next to none where it leaves a weight free."""
    if known.last_layer.ridge is None:
        reason, helps = reason_unknown(known.model)
        first = "Raise max_iter=, g" if helps == "max_iter" else "G"
        name = type(known.model).__name__
        raise ValueError(NO_RIDGE.format(model=name, reason=reason, first=first))
    ridge = np.asarray(to_numpy(known.last_layer.ridge), dtype=np.float64)
    if not ridge.any():
        raise ValueError(NO_PENALTY)
    return np.where(ridge > 0, ridge, FREE * curvature)


def as_scale(strengths: np.ndarray, data: Data) -> Any:
    """What features are multiplied by, 1/√λ, so that λ is 1; where the features are."""
    return float64_like(1 / np.sqrt(strengths), data.Z)


@dataclass(frozen=True)
class Known:
    """What the labelled rows count in M, beside picks that count 1 each.

    Attributes
    ----------
    weights : array of shape (n_l,)
        Of the rows.
    total : float
        What M is multiplied by, λ too, so that picks count 1.
    """

    weights: Any
    total: float = 1.0

    @classmethod
    def of(cls, view: View, data: Data, weighting: str, n: int) -> "Known":
        """By their sample weights and class weights, for a batch of n.

        "sum": λ + Σ wI + Σ_S I.  "paper": λ + Σ wI/Σw + Σ_S I.  "authors", with n_l labelled rows:
        λ + n_l/(n_l + n)·Σ wI/Σw + n/(n_l + n)·Σ_S I, which is (n_l + n)/n times too small here.
        """
        weights = np.ones(data.n) if (given := _counts(view)) is None else given
        size = weights.sum() or 1.0  # no row counts
        if weighting == "paper":
            return cls(float64_like(weights / size, data.Z))
        if weighting == "authors":
            share = data.n / n
            return cls(float64_like(weights * (share / size), data.Z), share + 1)
        return cls(float64_like(weights, data.Z))


def _counts(view: View) -> np.ndarray | None:
    """What each labelled row counts in the model's fit; None where all count alike."""
    of_rows = view.sample_weight
    of_classes = None
    if view.classes is not None:
        of_classes = class_weights(view.model, view.y, of_rows)
    if of_rows is None or of_classes is None:
        return of_classes if of_rows is None else of_rows
    return of_rows * of_classes


def prior_of(structure: Any, labelled: Data, known: Known, scale: Any) -> Callable:
    """() ↦ M before any pick, in scaled features: I + the labelled rows' information."""

    def prior():
        M = structure.information(labelled, scale, known.weights)
        return M + namespace(M).eye(M.shape[-1], dtype=M.dtype, device=device(M))

    return prior


def total_trace(matrices: Any) -> float:
    """The traces of m matrices (m×D×D), summed."""
    xp = namespace(matrices)
    return float(xp.sum(xp.linalg.trace(matrices)))
