"""Utilities in closed form: what is computed once a query, then asked of each candidate.

Each has `by_label`, the utility of every label that a rule tries (n×L), and `settled`, what the
rule makes of them (n).  Of candidates that are learned together as a batch, `jointly` has the
utility of each labeling (L), and `adds_up` tells whether it is a sum over rows.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skal._array import as_float64, asarray_like, device, namespace, to_numpy
from skal.kernels.influence import goals
from skal.kernels.influence.goals import GoalRows
from skal.kernels.influence.inverse_hessian import InverseHessian
from skal.kernels.influence.joint import joint_utilities
from skal.kernels.influence.label_rules import labels_tried, settle
from skal.kernels.influence.linear import (
    linear_utilities,
    moved_logits,
    settled_linear_utilities,
)
from skal.kernels.influence.newton import newton_utilities
from skal.kernels.influence.regression import (
    holdout_utilities,
    joint_covariances,
    joint_holdout_utilities,
    joint_variance_utility,
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
    of_batch: Any = None  # weights, and what several rows change, from their labelings

    def by_label(self) -> Any:
        columns = labels_tried(self.layer.proba, self.rule, self.truth)
        logits = self.layer.fitted_decision
        weights = None if self.weights is None else self.weights[columns]
        how = self.inverse, self.rows, weights, self.old, self.recount
        return newton_utilities(self.layer.features, logits, columns, *how)

    adds_up = False

    def jointly(self, columns: Any) -> Any:
        weights, again = None if self.weights is None else self.weights[columns], None
        if self.of_batch is not None:
            weights, again = self.of_batch(columns)
        how = self.inverse, self.rows, weights, self.old, again
        return joint_utilities(self.layer.features, self.layer.fitted_decision, columns, *how)

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

    adds_up = True

    def jointly(self, columns: Any) -> Any:
        every = self._every_label()
        rows = namespace(every).arange(every.shape[0], device=device(every))
        return every[rows, columns].sum(1)

    def _every_label(self) -> Any:
        how = self.layer.intercept, self.weights, self.constants
        return linear_utilities(*self._rows, *how)

    def by_label(self) -> Any:
        every = self._every_label()
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
    seen: "Seen | None" = None  # None: to first order

    @property
    def adds_up(self) -> bool:
        return self.seen is None

    def by_label(self) -> Any:
        alone = (None, None) if self.seen is None else self.seen.alone()
        return holdout_utilities(self.slopes, self.errors, *alone)

    def jointly(self, errors: Any) -> Any:
        together = (None, None) if self.seen is None else self.seen.together()
        return joint_holdout_utilities(self.slopes, errors, *together)

    def settled(self) -> Any:
        return settle(self.by_label(), None, self.rule)


@dataclass(frozen=True)
class Variance:
    """Of a regression: how much less the predictive variance is, whatever the label."""

    seen: "Seen"
    adds_up: bool  # to first order

    def by_label(self) -> Any:
        return self.settled()[:, None]

    def settled(self) -> Any:
        a, b = self.seen.alone()
        return variance_utilities(b, self.seen.goal.shape[0], None if self.adds_up else a)

    def of_batch(self) -> float:
        if self.adds_up:
            return float(self.settled().sum())
        return joint_variance_utility(*self.seen.together(), self.seen.goal.shape[0])


@dataclass(frozen=True)
class Seen:
    """Features of candidates (n×d) and of goal rows (m×d), as H⁻¹ sees them."""

    features: Any
    goal: Any
    inverse: InverseHessian

    def alone(self) -> tuple[Any, Any]:
        """a = zᵀH⁻¹z and b = Σ_v (z_vᵀH⁻¹z)² of each candidate (n)."""
        a = self.inverse.seen_by(self.features)[:, 0, 0]
        return a, squared_covariances(self.features, self.goal, self.inverse)

    def together(self) -> tuple[Any, Any]:
        """The same of all pairs of candidates, if these are few (n×n)."""
        return joint_covariances(self.features, self.goal, self.inverse)


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
