"""The Hessian of a model's training objective, as strategies see it."""

from numbers import Real

import numpy as np

from skal._array import asarray_like, namespace, squared_norms, to_numpy
from skal.kernels.inverse_hessian import InverseHessian, inverse_hessian, size_of

# The share of the summed gradient lengths that a gradient may keep at the fitted weights.
UNEXPLAINED = 0.1

NO_PENALTY = (
    "{strategy} looks at the curvature of the training objective, and that of this model is not "
    "known: the losses are not log losses or squared errors (hinge), the penalty is not smooth "
    "(L1), class weights multiply the losses, or the fit did not reach the optimum (max_iter too "
    "small, stochastic gradients, a net). Raise max_iter=; set penalty= of {strategy} to the "
    "curvature that the objective adds for each weight (of a logistic regression 1/C), if the "
    "probabilities are the softmax of the last layer; or set surrogate=LogisticRegression()."
)


def check_penalty(penalty) -> None:
    """A positive number, or None."""
    if penalty is not None and not (
        isinstance(penalty, Real) and not isinstance(penalty, bool) and 0 < penalty < np.inf
    ):
        raise ValueError(f"penalty={penalty!r} must be a positive number, or None.")


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
    lengths = (squared_norms(layer.features) + layer.intercept) * squared_norms(slopes)
    most = float((lengths**0.5).sum()) + _norm(pull)
    if _norm(gradient + pull) > UNEXPLAINED * most:
        raise ValueError(
            f"{type(strategy).__name__} looks at the curvature of the training objective, and the "
            "labelled rows do not explain the fitted weights: were other sample weights used, or "
            "did the fit stop early? Set surrogate=LogisticRegression(), or penalty=."
        )


def hessian_bytes(layer, penalty, n_labelled: int) -> float:
    """What H, its inverse and what is on the way take."""
    q = 1 if layer.task == "regression" else layer.weights.shape[1] - 1
    size = size_of(n_labelled, layer.features.shape[1], q, penalty, layer.intercept)
    return 4 * 8.0 * size**2


def inverse_of(state, penalty) -> InverseHessian:
    """H⁻¹ of the labelled rows, or the one that Sequential has moved on."""
    if state.inverse_hessian is not None:
        return state.inverse_hessian
    layer = state.labelled.last_layer
    weights = state.labelled.sample_weight
    if weights is not None:
        weights = asarray_like(weights, layer.weights)
    return inverse_hessian(layer.features, layer.proba, penalty, layer.intercept, weights)


def _norm(V) -> float:
    return float((V * V).sum()) ** 0.5
