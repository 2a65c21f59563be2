"""A few real refits beside a closed form, where that may be far from them."""

import warnings
from typing import Any

import numpy as np

from skal._array import as_float64, device, namespace, to_numpy
from skal.kernels.influence.label_rules import labels_tried
from skal.kernels.influence.moves import Candidates
from skal.kernels.influence.newton_step import label_steps
from skal.kernels.influence.remainder import remainders
from skal.state import QueryState
from skal.strategies._goals.closed_forms import Newton
from skal.strategies._goals.hessian import Objective
from skal.strategies.goals import Goal

# Candidates, and labels of each, that are looked at.
CANDIDATES, LABELS = 3, 4
# Fewer refits than these tell no correlation.
FEWEST = 5
# The next Newton step as a share of the one taken (the median over those): refits are made above.
REMAINDER = 0.25
# A correlation with refits that is warned of.
FOLLOWS = 0.95


def compare_with_refits(
    state: QueryState, goal: Goal, form: Newton, objective: Objective, utilities: Any, settled: Any
) -> None:
    """Refit for a few rows and labels where the old rows' losses are no quadratic; warn.

    Recorded are `remainder`, the share of a step that a second one would mend, and, where that is
    large, `refit_correlation` of the utilities with those of the refits.
    """
    few = _spread_out(to_numpy(settled))
    columns = _likeliest(form, few)
    share = _remainder(form, objective, few, columns)
    state.record(remainder=share)
    if share <= REMAINDER:
        return
    tried = to_numpy(labels_tried(form.layer.proba, form.rule, form.truth))[few]
    places = np.argmax(tried[:, None, :] == columns[:, :, None], axis=2)
    ours = np.take_along_axis(to_numpy(utilities)[few], places, axis=1)
    true = _refitted(state, goal, few, form.layer.classes[columns])
    found = _correlation(ours.ravel(), true.ravel())
    state.record(refit_correlation=found)
    if true.size >= FEWEST and not found >= FOLLOWS:
        warnings.warn(
            f"GoalInfluence is far from real refits here: of {true.size} rows and labels that were "
            f"refitted, its utilities have a correlation of {found:.2f} with theirs. The losses of "
            "the labelled rows are no quadratic over so long a step, as with weak regularisation "
            "(a large C) or large features: regularise more, scale the features, or use "
            "Shortlist(GoalRetraining()).",
            UserWarning,
            stacklevel=2,
        )


def _spread_out(settled: np.ndarray) -> np.ndarray:
    """The best row, the worst, and some between."""
    order = np.argsort(-settled, kind="stable")
    return order[np.unique(np.linspace(0, len(order) - 1, CANDIDATES).round().astype(int))]


def _likeliest(form: Newton, few: np.ndarray) -> np.ndarray:
    """The labels that are looked at, of those that the rule tries."""
    P = to_numpy(form.layer.proba)[few]
    truth = None if form.truth is None else to_numpy(form.truth)[few]
    tried = to_numpy(labels_tried(P, form.rule, truth))
    order = np.argsort(-np.take_along_axis(P, tried, axis=1), axis=1, kind="stable")
    return np.take_along_axis(tried, order[:, :LABELS], axis=1)


def _remainder(form, objective, few, columns):
    """The median share of a step that a second one would mend."""
    layer = form.layer.part(few)
    xp = namespace(layer.weights)
    columns = xp.asarray(columns, device=device(layer.weights))
    weights = None if form.weights is None else form.weights[columns]
    logits = as_float64(layer.fitted_decision)
    some = Candidates.of(layer.features, logits, columns, form.inverse, form.recount)
    steps = label_steps(some.logits, some.N, columns, weights)
    known = objective.layer
    old = known.features, known.fitted_decision, objective.weights
    how = form.inverse, layer.features, steps, columns, form.recount
    return float(np.median(remainders(*old, *how)))


def _refitted(state: QueryState, goal: Goal, few: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """What the goal gains by each of these rows and labels."""
    before = goal.value(state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the fits, which the user has seen
        values = [
            goal.value(state.refit(position, np.asarray(label)[None]))
            for position, some in zip(state.candidates[few], labels, strict=True)
            for label in some
        ]
    return np.array(values) - before


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's; 0 where one of them does not vary."""
    if len(a) < 2 or not a.std() or not b.std():
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
