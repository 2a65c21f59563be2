"""Utilities in closed form: what is computed once a query, then asked of each candidate.

Each has `by_label`, the utility of every label that a rule tries (n×L), and `settled`, what the
rule makes of them (n).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skal._array import as_float64, asarray_like, namespace, to_numpy
from skal.kernels.influence import goals
from skal.kernels.influence.goals import GoalRows
from skal.kernels.influence.inverse_hessian import InverseHessian
from skal.kernels.influence.label_rules import labels_tried, settle
from skal.kernels.influence.linear import (
    linear_utilities,
    moved_logits,
    settled_linear_utilities,
)
from skal.kernels.influence.newton import newton_utilities
from skal.kernels.influence.regression import (
    holdout_utilities,
    squared_covariances,
    variance_utilities,
)
from skal.models import LastLayer
from skal.state import QueryState, View
from skal.strategies._goals.goals import (
    class_columns,
    of_seen_classes,
    spread_of_errors,
    true_labels,
)
from skal.strategies._goals.hessian import fitted_proba
from skal.strategies.goals import Goal


# ---------------------------------------------------------------------- classes
@dataclass(frozen=True)
class Newton:
    """Of classes, at the weights after a converged Newton step."""

    layer: LastLayer  # of the candidates
    rows: GoalRows
    inverse: InverseHessian
    rule: str
    truth: Any = None  # columns of the true classes, for the oracle
    temperature: float | None = None
    weights: Any = None  # of the loss of each label
    old: Any = None  # the labelled rows, for a second step
    recount: Any = None  # what a row of each class changes beside its own loss

    def by_label(self) -> Any:
        columns = labels_tried(self.layer.proba, self.rule, self.truth)
        logits = self.layer.fitted_decision
        weights = None if self.weights is None else self.weights[columns]
        how = self.inverse, self.rows, weights, self.old, self.recount
        return newton_utilities(self.layer.features, logits, columns, *how)

    def settled(self, utilities: Any = None) -> Any:
        utilities = self.by_label() if utilities is None else utilities
        return settle(utilities, as_float64(self.layer.proba), self.rule, self.temperature)


@dataclass(frozen=True)
class Linear:
    """Of classes, to first order along V = −H⁻¹∇τ."""

    layer: LastLayer  # of the candidates
    V: Any
    rule: str
    truth: Any = None
    temperature: float | None = None
    weights: Any = None  # of the loss of each label
    constants: Any = None  # what a row of each class changes beside its own loss

    def by_label(self) -> Any:
        how = self.layer.intercept, self.weights, self.constants
        every = linear_utilities(*self._rows, *how)
        columns = labels_tried(self.layer.proba, self.rule, self.truth)
        return np.take_along_axis(to_numpy(every), to_numpy(columns), axis=1)

    def settled(self) -> Any:
        how = self.rule, self.temperature, self.truth, self.weights, self.constants
        return settled_linear_utilities(*self._rows, self.layer.intercept, *how)

    @property
    def _rows(self) -> tuple[Any, Any, Any]:
        return self.layer.features, fitted_proba(self.layer), self.V


def goal_rows(goal: Goal, state: QueryState) -> GoalRows:
    """The rows of a goal; of a holdout those whose class the model has seen."""
    view, columns = goal.view(state), None
    if goal.name == "holdout":
        view = of_seen_classes(view, state)
        columns = class_columns(view.y, view.last_layer)
    layer = view.last_layer
    return GoalRows(goal.name, layer.features, layer.decision, layer.intercept, columns)


def true_columns(state: QueryState, layer: LastLayer) -> Any:
    """The columns of the candidates' true classes, for the oracle."""
    y = true_labels(state)
    if not np.isin(y, layer.classes).all():
        unseen = sorted(set(y) - set(layer.classes))
        raise ValueError(
            f"label='oracle' met the classes {unseen}, which the model has not seen: a closed "
            "form has no column for them. Start with labels of every class, or use "
            "GoalRetraining."
        )
    return class_columns(y, layer)


# ---------------------------------------------------------------------- numbers
@dataclass(frozen=True)
class Holdout:
    """Of a regression: what a label y − ŷ away from the prediction does to the holdout's errors."""

    errors: Any  # y − ŷ of the labels to try (n×L×k)
    slopes: Any  # t (n×k)
    rule: str
    a: Any = None  # zᵀH⁻¹z and Σ_v κ_v² of each candidate; None: to first order
    b: Any = None

    def by_label(self) -> Any:
        return holdout_utilities(self.slopes, self.errors, self.a, self.b)

    def settled(self) -> Any:
        return settle(self.by_label(), None, self.rule)


@dataclass(frozen=True)
class Variance:
    """Of a regression: how much less the predictive variance is, whatever the label."""

    a: Any  # zᵀH⁻¹z of each candidate; None: to first order
    b: Any  # Σ_v κ_v²
    m: int

    def by_label(self) -> Any:
        return self.settled()[:, None]

    def settled(self) -> Any:
        return variance_utilities(self.b, self.m, self.a)


def holdout_gradient(view: View) -> Any:
    """∇τ of −½Σ(residual²) over the rows of a view (d×k)."""
    layer = view.last_layer
    residuals = asarray_like(view.y.reshape(len(view), -1), layer.prediction) - layer.prediction
    return as_float64(goals.weight_gradient(layer.features, residuals, layer.intercept))


def label_errors(state: QueryState, layer: LastLayer, view: View, rule: str) -> Any:
    """y − ŷ for the labels to try (n×L×k): the truth, or ±s as the rows of a view show it."""
    n, xp = len(state.candidates), namespace(layer.prediction)
    if rule == "oracle":
        y = asarray_like(true_labels(state).reshape(n, -1), layer.prediction)
        return as_float64((y - layer.prediction)[:, None, :])
    s = spread_of_errors(view)
    both = asarray_like(np.stack([-s, s]), layer.prediction)
    return as_float64(xp.broadcast_to(both[None], (n, *both.shape)))


def slopes_along(layer: LastLayer, V: Any) -> Any:
    """t = ZV of candidates in float64: what a move along V adds to their outputs."""
    return as_float64(moved_logits(layer.features, V, layer.intercept))


def seen_through(inverse: InverseHessian, Z: Any, Z_v: Any) -> tuple[Any, Any]:
    """a = zᵀH⁻¹z and b = Σ_v (z_vᵀH⁻¹z)² of each row."""
    return inverse.seen_by(Z)[:, 0, 0], squared_covariances(Z, Z_v, inverse)
