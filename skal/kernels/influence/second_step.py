"""What a second Newton step would do for a goal, once the first has moved the old rows' losses.

The first step takes these for their quadratic.  At θ̂ + Δθ their gradient is HΔθ and a remainder,
r = Σ_l z_l⊗w_l(softmax(η_l + δ_l) − p_l − Λ_lδ_l), δ_l the move of row l's logits, and the gradient
of the new row balances HΔθ.  So the second step is −(H + zzᵀ⊗wΛ′)⁻¹r, Λ′ at the new row's moved
logits, and moves the goal by its product with ∇τ.  An expectation over labels cancels the first
order of a step, and this term is of the second: without it half of what is left is missing.
"""

from typing import Any, NamedTuple

from skal._array import Array, as_float64, device, float64_like, namespace
from skal.kernels.influence.inverse_hessian import InverseHessian
from skal.kernels.influence.linear import moved_logits
from skal.kernels.influence.moves import Candidates, moves
from skal.kernels.softmax import contrasts, curvature, softmax


class OldRows(NamedTuple):
    """The labelled rows, and the goal's direction V = −H⁻¹∇τ (d×k)."""

    features: Array  # n_l×d
    logits: Array  # n_l×k, of the fit
    weights: Any  # of their losses (n_l); None: 1 each
    V: Array
    intercept: bool


def second_steps(
    some: Candidates, steps: Array, inverse: InverseHessian, old: OldRows, weights: Any
) -> Array:
    """The change of the goal by the second step, to first order in it (n×L).

    ∇τᵀ times the step, by Woodbury's identity: Σ_l u_l·rest_l − tᵀCs with u = ZV of the old rows,
    t that of the candidate, C = (I + wΛ′N)⁻¹wΛ′ and s = (zᵀ⊗I)H⁻¹r.
    """
    xp = namespace(steps)
    logits = as_float64(old.logits)
    P, U = softmax(logits), moved_logits(as_float64(old.features), old.V, old.intercept)
    direct = xp.zeros(steps.shape[:2], dtype=steps.dtype, device=device(steps))
    s = xp.zeros(steps.shape, dtype=steps.dtype, device=device(steps))
    for part, blocks in moves(some, steps, inverse, old.features, logits.shape[1]):
        p, eta, w = P[part].T, logits[part].T, 1.0
        if old.weights is not None:
            w = float64_like(old.weights, logits)[part]
        u = (U[part].T * w).reshape(-1)
        for few, K, change in blocks:
            rest = _remainder(p, eta, change).reshape(*change.shape[:2], -1)
            direct[few] += rest @ u
            if old.weights is not None:
                rest = (rest.reshape(change.shape) * w).reshape(rest.shape)
            s[few] += rest @ K.swapaxes(1, 2)
    t = moved_logits(as_float64(some.features), old.V, old.intercept)
    t = t @ contrasts(t.shape[1], t)
    return direct - (t[:, None, :] * _times_C(some, steps, weights, s)).sum(-1)


def _remainder(p, eta, change):
    """softmax(η + δ) − p − Λδ of rows (…×k×m) with p and η (k×m)."""
    xp = namespace(change)
    bent = p * change
    mean = bent.sum(-2)[..., None, :]
    new = eta + change
    new = xp.exp(new - xp.max(new, axis=-2)[..., None, :])
    new /= new.sum(-2)[..., None, :]
    new -= p
    new -= bent
    new += p * mean
    return new


def _times_C(some, steps, weights, s):
    """Cs = (I + wΛ′N)⁻¹wΛ′s (n×L×q)."""
    xp = namespace(steps)
    n, L, q = steps.shape
    B = contrasts(q + 1, steps)
    moved = some.logits[:, None, :] - (steps @ some.N) @ B.T
    bend = curvature(softmax(moved.reshape(n * L, q + 1))).reshape(n, L, q, q)
    if weights is not None:
        bend = bend * float64_like(weights, steps)[:, :, None, None]
    J = bend @ some.N[:, None] + xp.eye(q, dtype=steps.dtype, device=device(steps))
    return xp.linalg.solve(J, bend @ s[..., None])[..., 0]
