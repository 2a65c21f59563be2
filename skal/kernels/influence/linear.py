"""What asking for each row would do for a goal, to first order: its derivative in their weights.

With v = −H⁻¹∇τ that is vᵀ∇R(x, y), R the loss of row x with label y.  Z is n×d, P n×k, and V is v
as d×k, the intercept's row last.
"""

from collections.abc import Callable
from typing import Any

from skal._array import Array, device, namespace, row_slices
from skal.kernels.influence.label_rules import labels_tried, settle
from skal.kernels.softmax import contrasts


def direction(solve: Callable[[Array], Array], gradient: Array) -> Array:
    """V = −H⁻¹∇τ (d×k) from ∇τ (d×k); `solve` applies H⁻¹ among contrasts."""
    B = contrasts(gradient.shape[1], gradient)
    return -(solve(gradient @ B) @ B.T)


def linear_utilities(
    Z: Array, P: Array, V: Array, intercept: bool, weights: Any = None, constants: Any = None
) -> Array:
    """vᵀ∇R(x, y) for every label (n×k): rowsum((ZV)∘P) − ZV.

    Times the weights of labels (k), and with what each label alone changes (k) added.
    """
    U = moved_logits(Z, V, intercept)
    xp = namespace(U)
    utilities = xp.vecdot(U, xp.asarray(P, dtype=U.dtype))[:, None] - U
    if weights is not None:
        utilities = utilities * xp.asarray(weights, dtype=U.dtype)
    return utilities if constants is None else utilities + xp.asarray(constants, dtype=U.dtype)


def settled_linear_utilities(
    Z: Array,
    P: Array,
    V: Array,
    intercept: bool,
    rule: str,
    temperature: Any = None,
    truth: Any = None,
    weights: Any = None,
    constants: Any = None,
) -> Array:
    """`linear_utilities` of each row (n), settled by a label rule; a block of rows at a time."""
    xp = namespace(P)
    utilities = xp.empty(Z.shape[0], dtype=P.dtype, device=device(P))
    if weights is not None or constants is not None:
        for rows in row_slices(Z.shape[0], Z.shape[1] + 3 * P.shape[1], Z):
            every = linear_utilities(Z[rows], P[rows], V, intercept, weights, constants)
            tried = labels_tried(P[rows], rule, None if truth is None else truth[rows])
            every = xp.take_along_axis(every, tried, axis=1)
            utilities[rows] = settle(every, P[rows], rule, temperature)
        return utilities
    for rows in row_slices(Z.shape[0], Z.shape[1] + 3 * P.shape[1], Z):
        part, U = P[rows], moved_logits(Z[rows], V, intercept)
        if rule == "mean":  # one pass for both terms
            utilities[rows] = xp.vecdot(U, part - 1 / P.shape[1])
            continue
        own = xp.vecdot(U, xp.asarray(part, dtype=U.dtype))
        if rule in ("min", "max"):
            utilities[rows] = own - (xp.max if rule == "min" else xp.min)(U, axis=1)
        elif rule in ("predicted", "oracle"):
            columns = xp.argmax(part, axis=1) if rule == "predicted" else truth[rows]
            utilities[rows] = own - U[xp.arange(U.shape[0], device=device(U)), columns]
        else:
            utilities[rows] = settle(own[:, None] - U, part, rule, temperature)
    return utilities


def moved_logits(Z: Array, V: Array, intercept: bool) -> Array:
    """ZV (n×k): how logits move with the weights along V, whose last row is the intercept's."""
    V = namespace(V).asarray(V, dtype=Z.dtype)
    return Z @ V[:-1] + V[-1] if intercept else Z @ V
