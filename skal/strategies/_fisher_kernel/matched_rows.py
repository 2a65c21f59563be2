"""Rows as the Fisher kernel compares them: features and gradients, scale by scale."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skal._array import concatenate_rows, device, namespace
from skal._columns import align
from skal._rows import row_blocks
from skal.kernels.matching.similarity import label_scores, unit_rows
from skal.state import View


@dataclass(frozen=True)
class MatchedRows:
    """Features, and what gradients are made of, of some rows.

    On the last layer the gradients are e_y − p, formed block by block; those of a net's modules
    are kept.
    """

    features: list  # a scale: n×L
    proba: Any  # n×k
    gradients: Callable | None  # rows ↦ a scale: their gradients; None: features alone

    def __len__(self) -> int:
        return self.features[0].shape[0]

    def units(self, rows: Any) -> list[tuple]:
        """The unit rows that are compared, scale by scale."""
        features = [unit_rows(part[rows]) for part in self.features]
        if self.gradients is None:
            return [(part,) for part in features]
        gradients = [unit_rows(part) for part in self.gradients(rows)]
        return list(zip(features, gradients, strict=True))


def matched_rows(
    view: View,
    classes: np.ndarray | None,
    layers: Sequence[str] | None,
    label: Callable | None,
    sign: np.ndarray | None = None,
    after: str = "module",
) -> MatchedRows:
    """Rows through a model's last layer, or through a net's modules or what comes `after` these.

    `label(features, proba, rows)` gives the column of the label whose log probability the
    gradients are of (None: no gradients); `sign` turns the gradients of some rows round.
    """
    if layers is None:
        return _through_last_layer(view, classes, label, sign)
    return _through_modules(view, layers, label, sign, after)


def _through_last_layer(view, classes, label, sign):
    layer = view.last_layer
    Z, P = layer.features, align(layer.proba, layer.classes, classes)
    if label is None:
        return MatchedRows([Z], P, None)
    n = Z.shape[0]
    columns = [label([Z[rows]], P[rows], rows) for rows in row_blocks(Z, n)]
    columns = concatenate_rows([_like(part, P) for part in columns])

    def gradients(rows):
        U = label_scores(P[rows], columns[rows])
        if sign is not None:
            U *= _like(sign[rows], P)[:, None]
        dtype = Z.dtype
        return [namespace(U).astype(U, dtype)]

    return MatchedRows([Z], P, gradients)


def _through_modules(view, layers, label, sign, after):
    def scores(features, proba, rows):
        U = label_scores(proba, _like(label(features, proba, rows), proba))
        return U if sign is None else U * _like(sign[rows], proba)[:, None]

    found = view.descriptors(layers, scores if label else None, after=after)
    parts = [part for _, part in found]
    P = concatenate_rows([part.proba for part in parts])
    features = [concatenate_rows(list(scale)) for scale in zip(*(part.features for part in parts))]
    if label is None:
        return MatchedRows(features, P, None)
    kept = [concatenate_rows(list(scale)) for scale in zip(*(part.gradients for part in parts))]
    return MatchedRows(features, P, lambda rows: [part[rows] for part in kept])


def _like(values, array):
    """Whole numbers or signs where the array is."""
    return namespace(array).asarray(values, device=device(array))
