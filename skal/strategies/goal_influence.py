"""Ask for what helps a goal, in closed form."""

from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from skal._array import asarray_like, namespace, to_numpy
from skal._constraints import BYTES, COUNT, POSITIVE
from skal._renamed import renamed_parameters
from skal.kernels.influence import goals
from skal.kernels.influence import regression as regression_influence
from skal.kernels.influence.inverse_hessian import double
from skal.kernels.influence.label_rules import labels_tried, settle
from skal.kernels.influence.utilities import (
    GoalRows,
    direction,
    linear_scores,
    linear_utilities,
    newton_utilities,
    row_scores,
)
from skal.strategies._goals.goals import (
    GOALS,
    LABELS,
    Goal,
    check_goal,
    class_columns,
    label_rule,
    needs_of,
    of_seen_classes,
    spread_of_errors,
    true_labels,
)
from skal.strategies._goals.hessian import Curvature
from skal.strategies.base import UtilityStrategy

VACUOUS = (
    "label={label!r} with order='linear' is the same constant for every row of every "
    "maximum-likelihood model: to first order, what is gained if one label comes is lost if "
    "another comes (Remark 1 of Xu and Kazantsev). Choose order='newton', or label='mean', 'min', "
    "'max', 'predicted' or 'tempered' with temperature= other than 1."
)


class GoalInfluence(UtilityStrategy):
    r"""Ask for the rows whose label, once learned, helps a goal most; no refit, a few products.

    The utility of a row x with label y is τ(θ with (x, y)) − τ(θ), in closed form; a label rule
    makes one number of those of all labels.  It is for linear last layers whose training
    objective is known: logistic regression, ridge, and pipelines and searches around them.

    ``order="newton"`` takes the loss of the old rows as its quadratic, that of the new row and the
    goal as they are:
    :math:`\Delta\theta = -H^{-1}(z \otimes c),\; c = \mathrm{softmax}(\eta - Nc) - e_y`, with
    :math:`N = (z^\top\!\otimes I) H^{-1} (z \otimes I)`.  ``order="linear"`` is the paper's first
    order, :math:`v^\top \nabla R(x, y)` with :math:`v = -H^{-1}\nabla\tau`: one product with the
    pool.  The Newton order costs (goal rows) × (candidates) × (classes)²; `target` limits the
    goal rows.

    Utilities of a batch are summed, so that it may repeat itself: wrap it in :class:`Sequential`
    or :class:`Spread`.

    Parameters
    ----------
    goal : {"holdout", "entropy", "fisher", "variance"}, default="holdout"
        What τ is: the log-likelihood of the holdout (of a regression: −½ Σ squared errors); minus
        the entropy of the pool's probabilities; minus the mean trace of their Fisher information;
        of a regression minus the mean predictive variance of the pool, which no label changes.
        The paper finds that the entropy and Fisher goals can be reached and still hurt.
    label : {"mean", "min", "max", "predicted", "tempered", "expected", "oracle"}, default=None
        What stands for the unknown label: all labels alike, the worst, the best, the model's own,
        all weighted by tempered probabilities or by the model's own, or the truth (in a replay).
        None is "expected" ("mean" with ``order="linear"``, where the expectation says nothing);
        of a regression "max", the better of ŷ ± s, with s the error on the holdout.
    order : {"newton", "linear"}, default="newton"
        How closely the refit is followed.
    temperature : float, default=None
        For "tempered": probabilities to the power 1/temperature.
    target : int or rows, default=None
        How many rows the goal is measured on, drawn at random, or these rows; None is all of the
        holdout or the pool.
    solver : {"auto", "cholesky", "cg"}, default="auto"
        How H is solved: by a Cholesky factor; by conjugate gradients, in the memory of the
        labelled rows and for ``order="linear"`` only; or by the first while it fits `max_memory`.
    max_memory : float, default=5e8
        Bytes that H and its inverse may take.
    ridge : float, default=None
        The curvature that the training objective adds for each weight, for models that do not say
        (nets); the intercept is free.  None is the model's own.

    References
    ----------
    Xu and Kazantsev, Understanding goal-oriented active learning via influence functions, 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import GoalInfluence
    >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
    >>> learner = ActiveLearner(LogisticRegression(), GoalInfluence(label="mean"))
    >>> learner.fit(X, y, X_val=[[0.2], [0.8]], y_val=[0, 1]).query()
    array([2])
    """

    _parameter_constraints: ClassVar[dict] = {
        "goal": [StrOptions(set(GOALS))],
        "label": [StrOptions(set(LABELS)), None],
        "order": [StrOptions({"newton", "linear"})],
        "temperature": [POSITIVE, None],
        "target": [COUNT, "array-like", "sparse matrix", None],
        "solver": [StrOptions({"auto", "cholesky", "cg"})],
        "max_memory": [BYTES],
        "ridge": [POSITIVE, None],
    }

    @renamed_parameters(evaluate="target", penalty="ridge")
    def __init__(
        self,
        goal="holdout",
        label=None,
        *,
        order="newton",
        temperature=None,
        target=None,
        solver="auto",
        max_memory=5e8,
        ridge=None,
    ):
        self.goal = goal
        self.label = label
        self.order = order
        self.temperature = temperature
        self.target = target
        self.solver = solver
        self.max_memory = max_memory
        self.ridge = ridge

    @property
    def needs(self):
        return needs_of(self.goal) | {"last_layer"}

    def check(self):
        """Raise an error for invalid parameters, or such as do not go together."""
        super().check()
        check_goal(self.goal, self.label, self.temperature, self.target)
        vacuous = self.label == "expected" or (self.label == "tempered" and self.temperature == 1)
        if self.order == "linear" and vacuous:
            raise ValueError(VACUOUS.format(label=self.label))
        if self.solver == "cg" and self._wants_inverse:
            raise ValueError(
                "solver='cg' solves for one direction and never has H⁻¹, which order='newton' and "
                "goal='variance' look at row by row: set order='linear', or solver='cholesky'."
            )

    @property
    def _wants_inverse(self):
        return self.order == "newton" or self.goal == "variance"

    def utilities(self, state):
        """The utility of each candidate."""
        layer = state.pool.part(state.candidates).last_layer
        goal = Goal.drawn(self.goal, self.target, state)
        if layer.task == "regression":
            return to_numpy(self._numbers(state, layer, goal)[0])
        rule = self._rule(state)
        if self.order == "newton":
            utilities = self._by_newton(state, layer, goal, rule)
            return to_numpy(settle(utilities, double(layer.proba), rule, self.temperature))
        V, truth = self._direction(state, layer, goal), self._truth(state, layer, rule)
        Z, P = layer.features, layer.proba
        return to_numpy(linear_scores(Z, P, V, layer.intercept, rule, self.temperature, truth))

    def utilities_by_label(self, state) -> np.ndarray:
        """τ(θ with (x, y)) − τ(θ) of each candidate and each label that the rule wants (n×L)."""
        layer = state.pool.part(state.candidates).last_layer
        goal = Goal.drawn(self.goal, self.target, state)
        if layer.task == "regression":
            return to_numpy(self._numbers(state, layer, goal)[1])
        rule = self._rule(state)
        if self.order == "newton":
            return to_numpy(self._by_newton(state, layer, goal, rule))
        V = self._direction(state, layer, goal)
        every = linear_utilities(layer.features, layer.proba, V, layer.intercept)
        columns = labels_tried(layer.proba, rule, self._truth(state, layer, rule))
        return np.take_along_axis(to_numpy(every), to_numpy(columns), axis=1)

    # ------------------------------------------------------------------ classes
    def _by_newton(self, state, layer, goal, rule):
        """The utilities of the labels that a rule wants (n×L)."""
        inverse = Curvature(state, self).inverse()
        columns = labels_tried(layer.proba, rule, self._truth(state, layer, rule))
        rows = self._goal_rows(state, goal)
        return newton_utilities(layer.features, layer.decision, columns, inverse, rows)

    def _rule(self, state):
        return label_rule(self.label, state, "mean" if self.order == "linear" else "expected")

    def _truth(self, state, layer, rule):
        """The columns of the candidates' true classes, for the oracle."""
        if rule != "oracle":
            return None
        y = true_labels(state)
        if not np.isin(y, layer.classes).all():
            unseen = sorted(set(y) - set(layer.classes))
            raise ValueError(
                f"label='oracle' met the classes {unseen}, which the model has not seen: a closed "
                "form has no column for them. Start with labels of every class, or use "
                "GoalRetraining."
            )
        return class_columns(y, layer)

    def _goal_rows(self, state, goal) -> GoalRows:
        """The rows of the goal; of a holdout those whose class the model has seen."""
        view, columns = goal.view(state), None
        if self.goal == "holdout":
            view = of_seen_classes(view, state)
            columns = class_columns(view.y, view.last_layer)
        layer = view.last_layer
        return GoalRows(self.goal, layer.features, layer.decision, layer.intercept, columns)

    def _direction(self, state, layer, goal):
        """V = −H⁻¹∇τ (d×k)."""
        rows = self._goal_rows(state, goal)
        view_P = _softmax(rows.logits)
        gradient = goals.weight_gradient(rows.features, rows.slope(view_P), layer.intercept)
        curvature = Curvature(state, self)
        return direction(lambda G: curvature.solve(G, self.solver), double(gradient))

    # ------------------------------------------------------------------ numbers
    def _numbers(self, state, layer, goal):
        """Of a regression: the scores (n), and the utilities of the labels tried (n×L)."""
        Z, view = layer.features, goal.view(state)
        if self.goal == "variance":
            inverse = Curvature(state, self).inverse()
            a = inverse.seen_by(Z)[:, 0, 0]
            b = regression_influence.squared_covariances(Z, view.last_layer.features, inverse)
            scores = regression_influence.variance_utilities(a, b, len(view), self.order)
            return scores, scores[:, None]
        rule = label_rule(self.label, state, "max")
        errors = double(self._errors(state, layer, view, rule))
        known = view.last_layer
        residuals = asarray_like(view.y.reshape(len(view), -1), known.prediction)
        residuals = residuals - known.prediction
        gradient = double(goals.weight_gradient(known.features, residuals, layer.intercept))
        curvature, a, b = Curvature(state, self), None, None
        if self.order == "linear":
            V = curvature.solve(gradient, self.solver)
        else:
            inverse = curvature.inverse()
            V = inverse.times(gradient)
            a = inverse.seen_by(Z)[:, 0, 0]
            b = regression_influence.squared_covariances(Z, known.features, inverse)
        slopes = double(row_scores(Z, V, layer.intercept))
        utilities = regression_influence.holdout_utilities(a, b, slopes, errors, self.order)
        return settle(utilities, None, rule), utilities

    def _errors(self, state, layer, view, rule):
        """y − ŷ for the labels to try (n×L×k)."""
        if rule == "oracle":
            y = true_labels(state).reshape(len(state.candidates), -1)
            return (asarray_like(y, layer.prediction) - layer.prediction)[:, None, :]
        s = spread_of_errors(view)
        xp = namespace(layer.prediction)
        both = asarray_like(np.stack([-s, s]), layer.prediction)
        return xp.broadcast_to(both[None], (len(state.candidates), *both.shape))


def _softmax(logits):
    xp = namespace(logits)
    P = xp.exp(logits - xp.max(logits, axis=1)[:, None])
    return P / P.sum(1)[:, None]
