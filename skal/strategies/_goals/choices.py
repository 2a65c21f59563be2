"""Which closed form the parameters of a strategy choose, for the task and the model of a state."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from skal._array import as_float64
from skal.kernels.influence.linear import direction
from skal.kernels.influence.recount import constants, recount
from skal.kernels.influence.second_step import OldRows
from skal.kernels.softmax import softmax
from skal.models import LastLayer
from skal.state import QueryState
from skal.strategies._goals.closed_forms import (
    Holdout,
    Linear,
    Newton,
    Seen,
    Variance,
    goal_rows,
    holdout_gradient,
    label_errors,
    slopes_along,
    true_columns,
)
from skal.strategies._goals.goals import label_rule, temperature_of
from skal.strategies._goals.hessian import Curvature
from skal.strategies._goals.recounts import counted_rows, recounted_batch, weights_of_labels
from skal.strategies.goals import Goal

VACUOUS = (
    "label={label!r} with order='linear' is the same constant for every row of every "
    "maximum-likelihood model: to first order, what is gained if one label comes is lost if "
    "another comes (Remark 1 of Xu and Kazantsev). Choose order='newton', or label='mean', 'min', "
    "'max', 'predicted' or 'tempered' with temperature= other than 1."
)


class Choices(NamedTuple):
    """Parameters of `GoalInfluence`."""

    label: str | None
    order: str
    temperature: float | Callable[[int], float] | None
    solver: str


def closed_form(
    state: QueryState, goal: Goal, curvature: Curvature, how: Choices
) -> Newton | Linear | Holdout | Variance:
    """What answers for all candidates of a state."""
    layer = state.pool.part(state.candidates).last_layer
    of = _of_numbers if layer.task == "regression" else _of_classes
    return of(state, layer, goal, curvature, how)


def _of_classes(
    state: QueryState, layer: LastLayer, goal: Goal, curvature: Curvature, how: Choices
) -> Newton | Linear:
    rule = label_rule(how.label, state, "mean" if how.order == "linear" else "expected")
    weights, counted = weights_of_labels(state, layer), counted_rows(state)
    rows = goal_rows(goal, state)
    truth = true_columns(state, layer) if rule == "oracle" else None
    temperature = temperature_of(how.temperature, state)
    if how.order == "linear" and rule == "tempered" and temperature == 1:
        raise ValueError(VACUOUS.format(label=rule))
    settling = rule, truth, temperature, weights
    P = softmax(rows.logits)
    gradient = as_float64(rows.gradient(P))
    if how.order == "newton":
        inverse, old = curvature.inverse, None
        if (fitted := curvature.objective) is not None:
            V, known = direction(inverse.times, gradient), fitted.layer
            seen = known.features, known.fitted_decision, fitted.weights
            old = OldRows(*seen, V, known.intercept)
        if counted is None:
            return Newton(layer, rows, inverse, *settling, old)
        of_batch = partial(recounted_batch, state, layer, counted, inverse)
        return Newton(layer, rows, inverse, *settling, old, recount(counted, inverse), of_batch)
    V = direction(lambda G: curvature.solve(G, how.solver), gradient)
    fixed = None if counted is None else constants(counted, V, rows.slope(P))
    return Linear(layer, V, *settling, fixed)


def _of_numbers(
    state: QueryState, layer: LastLayer, goal: Goal, curvature: Curvature, how: Choices
) -> Holdout | Variance:
    view, Z, linear = goal.view(state), layer.features, how.order == "linear"
    if goal.name == "variance":
        return Variance(Seen(Z, view.last_layer.features, curvature.inverse), linear)
    rule = label_rule(how.label, state, "max")
    errors, gradient = label_errors(state, layer, view, rule), holdout_gradient(view)
    if linear:
        return Holdout(errors, slopes_along(layer, curvature.solve(gradient, how.solver)), rule)
    seen = Seen(Z, view.last_layer.features, curvature.inverse)
    return Holdout(errors, slopes_along(layer, curvature.inverse.times(gradient)), rule, seen)
