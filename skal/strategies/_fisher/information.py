"""What strategies by Fisher information share: their rows, λ, and the labelled rows' part."""

from collections.abc import Callable
from typing import Any

import numpy as np

from skal._array import as_computable, device, float64_like, namespace, on_device
from skal.kernels.fisher.regularization import feature_curvature
from skal.kernels.fisher.structures import Data
from skal.state import View


def data_of(view: View, where: Any = None) -> Data:
    """The last layer of a view, on a device."""
    layer = view.last_layer
    Z = as_computable(on_device(layer.features, where))
    P = None if layer.proba is None else on_device(layer.proba, where)
    return Data(Z, P, layer.intercept)


def strengths_of(regularization: str | float, structure: Any, parts: list[Data]) -> np.ndarray:
    """λ of each feature, the constant 1 last."""
    if isinstance(regularization, str):
        return feature_curvature(structure, parts)
    return np.full(parts[0].d, float(regularization))


def as_scale(strengths: np.ndarray, data: Data) -> Any:
    """What features are multiplied by, 1/√λ, so that λ is 1; where the features are."""
    return float64_like(1 / np.sqrt(strengths), data.Z)


def prior_of(structure: Any, labelled: Data, scale: Any, *, mean: bool) -> Callable:
    """() ↦ M before any pick, in scaled features: I + the labelled rows' information."""

    def prior():
        M = structure.information(labelled, scale)
        M = M / labelled.n if mean else M
        return M + namespace(M).eye(M.shape[-1], dtype=M.dtype, device=device(M))

    return prior


def total_trace(matrices: Any) -> float:
    """The traces of m matrices (m×D×D), summed."""
    xp = namespace(matrices)
    return float(xp.sum(xp.linalg.trace(matrices)))
