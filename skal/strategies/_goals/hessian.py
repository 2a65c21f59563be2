"""The Hessian of a model's training objective, as strategies see it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from skal._array import asarray_like, namespace, squared_norms, to_numpy
from skal.kernels.influence.conjugate_gradients import conjugate_gradients, relative_residual
from skal.kernels.influence.hessian import hessian_times
from skal.kernels.influence.inverse_hessian import InverseHessian, inverse_hessian, size_of
from skal.kernels.softmax import softmax
from skal.models import LastLayer, label_weights, reason_unknown
from skal.state import QueryState, View

# What a gradient may keep at the fitted weights: a share of the summed lengths of the rows' own,
# and of what these would be for a mistake (of a regression an error of one deviation) on each row.
UNEXPLAINED, TOLERATED = 0.1, 1e-3

# ‖HV − G‖/‖G‖ that conjugate gradients must reach.
CONVERGED = 1e-6

UNKNOWN = (
    "{who} looks at the curvature of the training objective, and that of this {model} is not "
    "known: {reason}. {helps}"
)
RIDGE = (
    "set ridge= of {who} to the curvature that the objective adds for each weight (of a logistic "
    "regression 1/C, and 2/C where there are two classes)"
)
HELPS = {
    "max_iter": "Raise max_iter=; or " + RIDGE + ".",
    "ridge": "If the losses are log losses, " + RIDGE + "; or set surrogate={other}.",
    "surrogate": "Set surrogate={other}.",
}
CONTRADICTS = (
    "{who} was given ridge={given!r}, but the training objective of this {model} adds {own} for "
    "each weight: leave ridge=None. ridge= is for models whose ridge is not known, such as nets."
)
# A given ridge may be rounded by this share, as 0.3333 for 1/3; the model's own number is used.
ROUNDED = 1e-3


@dataclass(frozen=True)
class Objective:
    """What a last layer was fitted to: the losses of rows, and a ridge."""

    layer: LastLayer
    ridge: np.ndarray  # the curvature that is added for each row of Θ
    weights: Any  # of the rows' losses; None: 1 each
    own: bool  # whether the ridge is the model's own, so that refits have it too

    @property
    def parts(self) -> tuple[Any, Any, np.ndarray, bool]:
        """What H is made of: Z, P, ridge and intercept."""
        return self.layer.features, fitted_proba(self.layer), self.ridge, self.layer.intercept

    @property
    def bytes(self) -> float:
        """Memory of H, its inverse, and what is on the way."""
        (n, d), k = self.layer.features.shape, self.layer.weights.shape[1]
        q = 1 if self.layer.task == "regression" else k - 1
        return 4 * 8.0 * size_of(n, d, q, self.ridge, self.layer.intercept) ** 2


def objective_of(known: View, ridge: float | None, who: str) -> Objective:
    """The objective of the labelled rows; an error where it cannot be known.

    Parameters
    ----------
    known : View
        The labelled rows.
    ridge : float or None
        The curvature that the objective adds, of a model that does not say it.
    who : str
        The strategy that asks, for messages.
    """
    layer, weights = known.last_layer, loss_weights(known)
    of_rows, own = ridge_of(known, ridge, who), layer.ridge is not None
    check_softmax(layer, who)
    if own:
        check_explained(layer, of_rows, known.y, weights, who)
    if weights is not None:
        weights = asarray_like(weights, layer.weights)
    return Objective(layer, of_rows, weights, own)


def fitted_proba(layer: LastLayer) -> Any:
    """The probabilities of the training objective, without what offsets did to them."""
    if layer.offsets is None:
        return layer.proba
    P = softmax(layer.fitted_decision)
    return namespace(P).asarray(P, dtype=layer.proba.dtype)


def loss_weights(known: View) -> np.ndarray | None:
    """What the loss of each labelled row is multiplied by; None where all count alike."""
    of_rows = known.sample_weight
    if known.classes is None:
        return of_rows
    of_labels = label_weights(known.model, known.y, of_rows, known.last_layer.classes)
    if of_labels is None:
        return of_rows
    of_labels = of_labels[np.searchsorted(known.last_layer.classes, known.y)]
    return of_labels if of_rows is None else of_rows * of_labels


def ridge_of(known: View, given: float | None, who: str) -> np.ndarray:
    """The curvature of each row of Θ: the model's, or else what was given (the intercept free)."""
    layer, d = known.last_layer, known.last_layer.features.shape[1]
    names = {"who": who, "model": type(known.model).__name__}
    if layer.ridge is not None:
        ridge = np.asarray(to_numpy(layer.ridge), dtype=np.float64)
        if given is not None and not np.allclose(ridge[:d], given, rtol=ROUNDED, atol=0):
            low, high = ridge[:d].min(), ridge[:d].max()
            own = f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}"
            raise ValueError(CONTRADICTS.format(given=given, own=own, **names))
        return ridge
    unknown = reason_unknown(known.model)
    if given is None or unknown.helps == "surrogate":
        helps = HELPS[unknown.helps].format(who=who, other=_other(layer))
        raise ValueError(UNKNOWN.format(reason=unknown.reason, helps=helps, **names))
    ridge = np.full(layer.weights.shape[0], float(given))
    ridge[d:] = 0
    return ridge


def check_softmax(layer: LastLayer, who: str) -> None:
    """An error where probabilities are not the softmax of the last layer."""
    if layer.task == "regression":
        return
    logits, few = layer.decision[:1000], layer.proba[:1000]
    xp = namespace(few)
    if logits.shape == few.shape and float(xp.max(xp.abs(softmax(logits) - few))) < 1e-3:
        return
    raise ValueError(
        f"{who} moves the last layer, and the probabilities of this model are "
        "not its softmax (calibrated, one-vs-rest or one-vs-one): set "
        "surrogate=LogisticRegression()."
    )


def check_explained(
    layer: LastLayer, ridge: np.ndarray, y: np.ndarray, weights: Any, who: str
) -> None:
    """An error where the labelled rows and the ridge do not balance at the fitted weights.

    They would not if the model was fitted with weights or on rows that skal does not know of.
    """
    slopes = _slopes(layer, y, weights)
    pull = asarray_like(ridge, layer.weights)[:, None] * _among_contrasts(layer)
    gradient = layer.features.T @ slopes
    if layer.intercept:
        gradient = namespace(slopes).concat([gradient, slopes.sum(0)[None]])
    lengths = (squared_norms(layer.features) + layer.intercept) ** 0.5
    most = UNEXPLAINED * (float((lengths * squared_norms(slopes) ** 0.5).sum()) + _norm(pull))
    unit = 1.0 if layer.task == "classification" else float(np.std(y))
    if _norm(gradient + pull) > most + TOLERATED * unit * float(lengths.sum()):
        raise ValueError(
            f"{who} looks at the curvature of the training objective, and the "
            "labelled rows do not explain the fitted weights: were other sample weights used, or "
            f"did the fit stop early? Lower tol= of the model, or set surrogate={_other(layer)}."
        )


def _other(layer):
    """A model whose objective is known, for messages."""
    return "LogisticRegression()" if layer.task == "classification" else "Ridge()"


def _slopes(layer, y, weights):
    """The slope of each row's loss in its logits, or outputs (n×k)."""
    if layer.task == "classification":
        truth = asarray_like(y[:, None] == layer.classes[None, :], layer.weights)
        slopes = fitted_proba(layer) - truth
    else:
        slopes = layer.prediction - asarray_like(y.reshape(len(y), -1), layer.weights)
    return slopes if weights is None else slopes * asarray_like(weights, layer.weights)[:, None]


def _among_contrasts(layer):
    """Θ, of classes without what all have in common."""
    theta = layer.weights
    if layer.task == "regression":
        return theta
    return theta - namespace(theta).mean(theta, axis=1)[:, None]


class Curvature:
    """H of the labelled rows: made once a query, with all checks, then asked for any number of G.

    Parameters
    ----------
    state : QueryState
        Has the labelled rows, or the H⁻¹ that `Sequential` has moved on.
    ridge : float or None
        The curvature that the objective adds, of a model that does not say it.
    max_memory : float
        Bytes that H and its inverse may take.
    who : str
        The strategy that asks, for messages.

    Attributes
    ----------
    objective : Objective or None
        What was minimised; None of weights that were moved since.
    """

    def __init__(self, state: QueryState, *, ridge: float | None, max_memory: float, who: str):
        self._moved, self._record = state.inverse_hessian, state.record
        self._max_memory, self._who = max_memory, who
        self.objective: Any = None
        if self._moved is None:
            self.objective = objective_of(state.labelled, ridge, who)

    @cached_property
    def inverse(self) -> InverseHessian:
        """H⁻¹ itself."""
        if self._moved is not None:
            return self._moved
        if not self._fits:
            raise ValueError(
                f"H and its inverse would take {self.objective.bytes:.1e} bytes, and max_memory "
                f"of {self._who} is {self._max_memory:.1e}: raise it, or use "
                "GoalInfluence(order='linear'), which conjugate gradients solve in the memory "
                "of the labelled rows."
            )
        return self._computed

    def solve(self, G: Any, solver: str = "auto") -> Any:
        """H⁻¹G among contrasts, by a Cholesky factor or conjugate gradients; residual recorded."""
        if self._moved is not None:
            return self._moved.times(G)
        if solver == "cholesky" or (solver == "auto" and self._fits):
            return self._by_cholesky(G)
        return self._by_conjugate_gradients(G)

    @property
    def _fits(self) -> bool:
        return self.objective.bytes <= self._max_memory

    @cached_property
    def _computed(self) -> InverseHessian:
        Z, P, ridge, intercept = self.objective.parts
        inverse = inverse_hessian(Z, P, ridge, intercept, self.objective.weights)
        if inverse.damping:
            self._record(damping=inverse.damping)
        return inverse

    def _by_cholesky(self, G):
        V = self._computed.times(G)
        Z, P, ridge, intercept = self.objective.parts
        times = hessian_times(Z, P, ridge, intercept, G, self.objective.weights)
        self._record(solver="cholesky", residual=relative_residual(times, V, G))
        return V

    def _by_conjugate_gradients(self, G):
        Z, P, ridge, intercept = self.objective.parts
        solution = conjugate_gradients(Z, P, ridge, intercept, G, self.objective.weights)
        if not solution.residual <= CONVERGED:
            raise ArithmeticError(
                f"Conjugate gradients left a residual of {solution.residual:.1e} after "
                f"{solution.steps} steps: scale the features, add a penalty to the model, or "
                "raise max_memory= for a Cholesky factor."
            )
        self._record(solver="cg", residual=solution.residual)
        return solution.V


def _norm(V: Any) -> float:
    return float((V * V).sum()) ** 0.5
