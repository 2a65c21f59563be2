"""A few real refits beside a closed form, where that may be far from them."""

import warnings
from typing import Any

import numpy as np

from skal._array import as_float64, device, namespace, to_numpy
from skal.kernels.influence.label_rules import labels_tried, settle
from skal.kernels.influence.moves import Candidates
from skal.kernels.influence.newton_step import label_steps
from skal.kernels.influence.remainder import remainders
from skal.state import QueryState
from skal.strategies._goals.closed_forms import Newton
from skal.strategies._goals.hessian import Objective
from skal.strategies.goals import Goal

# How many refits are made at most, and of how many labels of a candidate.
REFITS, LABELS = 12, 4
# Fewer refits, or candidates of which all labels were refitted, than these tell no correlation.
FEWEST, FEWEST_SETTLED = 5, 4
# The next Newton step as a share of the one taken (the largest of them): refits are made above.
REMAINDER = 0.25
# The median of these shares above which the steps do not converge: warned of, whatever the refits.
DIVERGES = 1.0
# A correlation with refits that is warned of.
FOLLOWS = 0.97

FAR = (
    "GoalInfluence is far from real refits here: {reason}. The losses of the labelled rows are no "
    "quadratic over so long a step, as with weak regularisation (a large C) or large features: "
    "regularise more, scale the features, or use Shortlist(GoalRetraining())."
)


def compare_with_refits(
    state: QueryState, goal: Goal, form: Newton, objective: Objective, utilities: Any, settled: Any
) -> None:
    """Refit for a few rows and labels where the old rows' losses are no quadratic; warn.

    Recorded are `remainder`, the largest share of a step that a second one would mend, the median
    of these shares, and, where the largest is large, `refit_correlation` of the utilities with
    those of the refits: by label, unlikely ones among them, or as the rule settles them where that
    is less and all labels were refitted.
    """
    settled = to_numpy(settled)
    n_labels = min(LABELS, utilities.shape[1])
    few = _spread_out(settled, REFITS // n_labels)
    columns = _spread_labels(form, few, n_labels)
    shares = _remainders(form, objective, few, columns)
    median = float(np.median(shares))
    state.record(remainder=float(shares.max()), median_remainder=median)
    if shares.max() <= REMAINDER:
        return
    tried = to_numpy(labels_tried(form.layer.proba, form.rule, form.truth))[few]
    places = np.argmax(tried[:, None, :] == columns[:, :, None], axis=2)
    ours = np.take_along_axis(to_numpy(utilities)[few], places, axis=1)
    true = _refitted(state, goal, few, form.layer.classes[columns])
    found = _correlation(ours.ravel(), true.ravel())
    if n_labels == tried.shape[1] and len(few) >= FEWEST_SETTLED:
        by_column = np.take_along_axis(true, np.argsort(columns, axis=1), axis=1)
        P = to_numpy(form.layer.proba)[few]
        of_rule = settle(by_column, P, form.rule, form.temperature)
        found = min(found, correlation_of_all(settled, few, of_rule))
    state.record(refit_correlation=found)
    _warn(true.size, found, median)


def correlation_of_all(ours: np.ndarray, few: np.ndarray, true: np.ndarray) -> float:
    """The correlation that all rows would have, from the refits of a few.

    The few are spread out, with the best and the worst among them, so that their own correlation is
    too high.  A selection by `ours` leaves the slope b of a regression on it and the variance s² of
    the residuals as they are: r² = b²v/(b²v + s²), v the variance of `ours` over all rows.
    """
    some, v = ours[few], float(ours.var())
    if not some.std() or not true.std():
        return 0.0
    slope = np.cov(some, true, bias=True)[0, 1] / some.var()
    rest = true - true.mean() - slope * (some - some.mean())
    explained = slope * v**0.5
    return float(explained / np.hypot(explained, rest.std()))


def _warn(n: int, found: float, share: float) -> None:
    """Warn of a low correlation, or of steps that do not converge."""
    if n >= FEWEST and not found >= FOLLOWS:
        reason = (
            f"of {n} rows and labels that were refitted, unlikely labels included, its utilities "
            f"have a correlation of {found:.2f} with theirs"
        )
    elif n >= FEWEST and share > DIVERGES:
        reason = (
            f"a second Newton step would be {share:.1f} times as long as the first (the median of "
            f"{n} rows and labels)"
        )
    else:
        return
    warnings.warn(FAR.format(reason=reason), UserWarning, stacklevel=3)


def _spread_out(settled: np.ndarray, n: int) -> np.ndarray:
    """The best row, the worst, and some between."""
    places = np.linspace(0, len(settled) - 1, n).round().astype(int)
    return np.argsort(-settled, kind="stable")[np.unique(places)]


def _spread_labels(form: Newton, few: np.ndarray, n: int) -> np.ndarray:
    """n labels of each row, of those that the rule tries, from the likeliest to the least likely.

    Each row has others, so that few labels are left out: one alone may be far from its refits.
    """
    P = to_numpy(form.layer.proba)[few]
    truth = None if form.truth is None else to_numpy(form.truth)[few]
    tried = to_numpy(labels_tried(P, form.rule, truth))
    order = np.argsort(-np.take_along_axis(P, tried, axis=1), axis=1, kind="stable")
    slots = np.arange(len(few))[:, None] + len(few) * np.arange(n)
    order = np.take_along_axis(order, slots * tried.shape[1] // (len(few) * n), axis=1)
    return np.take_along_axis(tried, order, axis=1)


def _remainders(form, objective, few, columns):
    """The share of each step that a second one would mend (n×L)."""
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
    return remainders(*old, *how)


def _refitted(state: QueryState, goal: Goal, few: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """What the goal gains by each of these rows and labels (n×L)."""
    before = goal.value(state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the fits, which the user has seen
        values = [
            goal.value(state.refit(position, np.asarray(label)[None]))
            for position, some in zip(state.candidates[few], labels, strict=True)
            for label in some
        ]
    return np.array(values).reshape(labels.shape) - before


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's; 0 where one of them does not vary."""
    if len(a) < 2 or not a.std() or not b.std():
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
