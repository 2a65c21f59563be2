"""How far the losses of the old rows are from the quadratic that a Newton step takes them for."""

from typing import Any

import numpy as np

from skal._array import Array, as_float64, float64_like, namespace
from skal.kernels.influence.inverse_hessian import InverseHessian
from skal.kernels.influence.recount import Recount
from skal.kernels.softmax import contrasts, softmax


def remainders(
    Z: Array,
    logits: Array,
    weights: Any,
    inverse: InverseHessian,
    candidates: Array,
    steps: Array,
    columns: Array,
    recount: Recount | None = None,
) -> np.ndarray:
    """‖r‖/‖Δθ‖ for a few candidates and labels (n×L), r the step that the remainder would take.

    Δθ = −H⁻¹(z⊗c); the gradient of the old losses at θ̂ + Δθ is HΔθ and a remainder, and r is H⁻¹
    times that.  Lengths are those of H; 0 where the quadratic is exact, 1 where the next Newton
    step would be as long.

    Z (n_l×d), logits and weights (n_l, or None) are those of the labelled rows, in the fit;
    `candidates` (n×d) are a few rows, `columns` (n×L) their labels, and `steps` (n×L×q) their c̃.
    """
    logits = as_float64(logits)
    xp, B = namespace(logits), contrasts(logits.shape[1], logits)
    P, Z = softmax(logits), as_float64(Z)
    w = 1.0 if weights is None else float64_like(weights, logits)[:, None]
    found = np.zeros(steps.shape[:2])
    for i in range(steps.shape[0]):
        z = inverse.one_row(candidates[[i]])
        for j in range(steps.shape[1]):
            G, after = z[:, None] * steps[i, j][None, :], w
            if recount is not None:
                G = G + recount.gradients[columns[i, j]]
                after = recount.weights[columns[i, j]][:, None]
            move = -inverse.times(G)
            change = _times(Z, move, inverse.intercept) @ B.T
            bent = P * (change - (P * change).sum(1)[:, None])
            rest = (after * (softmax(logits + change) - P) - w * bent) @ B
            R = Z.T @ rest
            R = xp.concat([R, rest.sum(0)[None]]) if inverse.intercept else R
            length = max(float(-(G * move).sum()), 1e-300)
            found[i, j] = (max(float((R * inverse.times(R)).sum()), 0.0) / length) ** 0.5
    return found


def _times(Z, V, intercept):
    return Z @ V[:-1] + V[-1:] if intercept else Z @ V
