"""The Hessian of a model's training objective, as strategies see it."""

import numpy as np

from skal._array import asarray_like, namespace, squared_norms, to_numpy
from skal.kernels.influence.conjugate_gradients import (
    conjugate_gradients,
    hessian_times,
    relative_residual,
)
from skal.kernels.influence.inverse_hessian import InverseHessian, inverse_hessian, size_of

# What a gradient may keep at the fitted weights: a share of the summed lengths of the rows' own,
# and of what these would be for a mistake (of a regression an error of one deviation) on each row.
UNEXPLAINED, TOLERATED = 0.1, 1e-3

# ‖HV − G‖/‖G‖ that conjugate gradients must reach.
CONVERGED = 1e-6

NO_PENALTY = (
    "{strategy} looks at the curvature of the training objective, and that of this model is not "
    "known: the losses are not log losses or squared errors (hinge), the penalty is not smooth "
    "(L1), class weights multiply the losses, or the fit did not reach the optimum (max_iter too "
    "small, stochastic gradients, a net). Raise max_iter=; set ridge= of {strategy} to the "
    "curvature that the objective adds for each weight (of a logistic regression 1/C), if the "
    "probabilities are the softmax of the last layer; or set surrogate=LogisticRegression()."
)


def penalty_of(layer, given, strategy):
    """The curvature of each row of Θ: what was given (the intercept free), or the model's."""
    if given is not None:
        penalty = np.full(layer.weights.shape[0], float(given))
        penalty[layer.features.shape[1] :] = 0
        return penalty
    if layer.penalty is None:
        raise ValueError(NO_PENALTY.format(strategy=type(strategy).__name__))
    return np.asarray(to_numpy(layer.penalty), dtype=np.float64)


def check_softmax(layer, strategy) -> None:
    """An error where probabilities are not the softmax of the last layer."""
    if layer.task == "regression":
        return
    logits = layer.decision[:1000]
    few = layer.proba[:1000]
    xp = namespace(few)
    if logits.shape == few.shape:
        P = xp.exp(logits - xp.max(logits, axis=1)[:, None])
        if float(xp.max(xp.abs(P / P.sum(1)[:, None] - few))) < 1e-3:
            return
    raise ValueError(
        f"{type(strategy).__name__} moves the last layer, and the probabilities of this model are "
        "not its softmax (calibrated, one-vs-rest or one-vs-one): set "
        "surrogate=LogisticRegression()."
    )


def check_explained(layer, penalty, y, weights, strategy) -> None:
    """An error where the labelled rows and the penalty do not balance at the fitted weights.

    They would not if the model was fitted with weights or on rows that skal does not know of.
    """
    xp = namespace(layer.weights)
    if layer.task == "classification":
        slopes = -asarray_like(y[:, None] == layer.classes[None, :], layer.weights) + layer.proba
    else:
        slopes = layer.prediction - asarray_like(y.reshape(len(y), -1), layer.weights)
    if weights is not None:
        slopes = slopes * asarray_like(weights, layer.weights)[:, None]
    theta = layer.weights
    if layer.task == "classification":
        theta = theta - xp.mean(theta, axis=1)[:, None]
    gradient = layer.features.T @ slopes
    if layer.intercept:
        gradient = xp.concat([gradient, slopes.sum(0)[None]])
    pull = asarray_like(penalty, layer.weights)[:, None] * theta
    lengths = (squared_norms(layer.features) + layer.intercept) ** 0.5
    most = UNEXPLAINED * (float((lengths * squared_norms(slopes) ** 0.5).sum()) + _norm(pull))
    unit = 1.0 if layer.task == "classification" else float(np.std(y))
    if _norm(gradient + pull) > most + TOLERATED * unit * float(lengths.sum()):
        raise ValueError(
            f"{type(strategy).__name__} looks at the curvature of the training objective, and the "
            "labelled rows do not explain the fitted weights: were other sample weights used, or "
            "did the fit stop early? Set surrogate=LogisticRegression(), or ridge=."
        )


class Curvature:
    """H of the labelled rows: checked once, then solved as it fits.

    The strategy that asks says `ridge` and `max_memory`.
    """

    def __init__(self, state, strategy):
        self.state, self.strategy = state, strategy
        if state.inverse_hessian is not None:  # moved on by Sequential
            return
        known = state.labelled
        layer, weights = known.last_layer, known.sample_weight
        self.penalty = penalty_of(layer, strategy.ridge, strategy)
        check_softmax(layer, strategy)
        if strategy.ridge is None:
            check_explained(layer, self.penalty, known.y, weights, strategy)
        if weights is not None:
            weights = asarray_like(weights, layer.weights)
        self.layer, self.weights = layer, weights
        d, k = layer.features.shape[1], layer.weights.shape[1]
        q = 1 if layer.task == "regression" else k - 1
        size = size_of(len(known), d, q, self.penalty, layer.intercept)
        self.bytes = 4 * 8.0 * size**2  # H, its inverse, and what is on the way
        self.fits = self.bytes <= strategy.max_memory

    def inverse(self) -> InverseHessian:
        """H⁻¹ itself."""
        if self.state.inverse_hessian is not None:
            return self.state.inverse_hessian
        if not self.fits:
            raise ValueError(
                f"H and its inverse would take {self.bytes:.1e} bytes, and max_memory of "
                f"{type(self.strategy).__name__} is {self.strategy.max_memory:.1e}: raise it, or "
                "use GoalInfluence(order='linear'), which conjugate gradients solve in the memory "
                "of the labelled rows."
            )
        return self._inverse()

    def _inverse(self):
        layer = self.layer
        inverse = inverse_hessian(
            layer.features, layer.proba, self.penalty, layer.intercept, self.weights
        )
        if inverse.damping:
            self.state.record(damping=inverse.damping)
        return inverse

    def solve(self, G, solver: str):
        """H⁻¹G among contrasts, by a Cholesky factor or conjugate gradients; residual recorded."""
        if self.state.inverse_hessian is not None:
            return self.state.inverse_hessian.times(G)
        layer = self.layer
        parts = (layer.features, layer.proba, self.penalty, layer.intercept)
        if solver == "cholesky" or (solver == "auto" and self.fits):
            V = self._inverse().times(G)
            residual = relative_residual(hessian_times(*parts, G, self.weights), V, G)
            self.state.record(solver="cholesky", residual=residual)
            return V
        solution = conjugate_gradients(*parts, G, self.weights)
        if not solution.residual <= CONVERGED:
            raise ArithmeticError(
                f"Conjugate gradients left a residual of {solution.residual:.1e} after "
                f"{solution.steps} steps: scale the features, add a penalty to the model, or "
                "raise max_memory= for a Cholesky factor."
            )
        self.state.record(solver="cg", residual=solution.residual)
        return solution.V


def _norm(V) -> float:
    return float((V * V).sum()) ** 0.5
