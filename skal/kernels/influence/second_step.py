"""What a second Newton step would do for a goal, once the first has moved the old rows' losses.

The first step takes these for their quadratic.  At θ̂ + Δθ their gradient is HΔθ and a remainder,
r = Σ_l w_l·z_l⊗(softmax(η_l + δ_l) − p_l − Λ_lδ_l), δ_l the move of row l's logits; the gradient of
the new row balances HΔθ.  So the second step is −(H + zzᵀ⊗wΛ′)⁻¹r, Λ′ at the new row's moved
logits, and moves the goal by its product with ∇τ.  An expectation over labels cancels the first
order of a step, and this term is of the second: without it half of what is left is missing.

Logits count up to a number for each row.  Let moves be those less their mean under p_l: then
Λ_lδ_l = p_l∘δ_l, and what multiplies p_l itself is 0.  Where the new row changes the weights of the
old losses to w′ (`skal.kernels.influence.recount`), the remainder has w′softmax(η + δ) − w·p∘δ.
"""

from typing import Any, NamedTuple

from skal._array import Array, as_float64, device, exp_in_place, float64_like, namespace
from skal.kernels.influence.curved_solve import curved_solve, for_labels
from skal.kernels.influence.inverse_hessian import InverseHessian
from skal.kernels.influence.linear import moved_logits
from skal.kernels.influence.moves import (
    CACHED_NUMBERS,
    Candidates,
    crossed,
    is_far,
    moves,
    slices,
)
from skal.kernels.influence.recount import JointRecount, Recount
from skal.kernels.softmax import contrasts, log_softmax, softmax


class OldRows(NamedTuple):
    """The labelled rows, and the goal's direction V = −H⁻¹∇τ (d×k)."""

    features: Array  # n_l×d
    logits: Array  # n_l×k, of the fit
    weights: Any  # of their losses (n_l); None: 1 each
    V: Array
    intercept: bool


def second_steps(
    some: Candidates,
    steps: Array,
    inverse: InverseHessian,
    old: OldRows,
    weights: Any,
    recount: Recount | None = None,
) -> Array:
    """The change of the goal by the second step, to first order in it (n×L).

    ∇τᵀ times the step, by Woodbury's identity: Σ_l u_l·rest_l − tᵀCs with u = ZV of the old rows,
    t that of the candidate, C = (I + wΛ′N)⁻¹wΛ′ and s = (zᵀ⊗I)H⁻¹r.
    """
    xp, k = namespace(steps), old.logits.shape[1]
    P, log_P, U, w = _prepared(old)
    start = None if recount is None else recount.changes(old.features, old.intercept)
    direct = xp.zeros(steps.shape[:2], dtype=steps.dtype, device=device(steps))
    s = xp.zeros(steps.shape, dtype=steps.dtype, device=device(steps))
    for part, blocks in moves(some, steps, inverse, old.features, P=P, start=start):
        p, log_p, u = P[part].T, log_P[part].T, xp.reshape(U[part].T, (-1,))
        before = p if w is None else p * w[part]
        for block in blocks:
            few, after = block.which, None if w is None else w[part]
            if recount is not None:
                after = recount.weights[:, part][some.columns[few]]
            rest = _remainder(before, log_p, after, block.change, block.far())
            rest = xp.reshape(rest, (*rest.shape[:2], -1))
            direct[few] += rest @ u
            s[few] += rest @ block.K.swapaxes(1, 2)
    t = moved_logits(as_float64(some.features), old.V, old.intercept)
    t = t @ contrasts(k, t)
    return direct - (t[:, None, :] * _times_C(some, steps, weights, s)).sum(-1)


def joint_remainders(
    some: Candidates,
    steps: Array,
    inverse: InverseHessian,
    old: OldRows,
    recount: JointRecount | None = None,
) -> tuple[Array, Array]:
    """Σ_l u_l·rest_l (L) and s (L×nq) of all n rows learned together, by steps c̃ (L×nq)."""
    xp = namespace(steps)
    P, log_P, U, w = _prepared(old)
    direct, s = xp.zeros_like(steps[:, 0]), xp.zeros_like(steps)
    moves = -steps if recount is None else xp.concat([-steps, recount.excess], axis=1)
    for part, K in crossed(some, inverse, old.features, P=P):
        p, log_p, u = P[part].T, log_P[part].T, xp.reshape(U[part].T, (-1,))
        before, after = (p, None) if w is None else (p * w[part], w[part])
        K = xp.reshape(K, (steps.shape[1], -1))
        every = K
        if recount is not None:
            every = recount.below(K, old.features[part], old.intercept, P[part])
        for few in slices(steps.shape[0], K.shape[1], CACHED_NUMBERS):
            change = xp.reshape(moves[few] @ every, (-1, *p.shape))
            if recount is not None:
                after = recount.weights(few, part, w)
            rest = _remainder(before, log_p, after, change, is_far(change))
            rest = xp.reshape(rest, (rest.shape[0], -1))
            direct[few] += rest @ u
            s[few] += rest @ K.T
    return direct, s


def _prepared(old):
    """P and log P of the old rows, their ZV less its mean under P, and their weights."""
    logits = as_float64(old.logits)
    P, log_P = softmax(logits), log_softmax(logits)
    U = moved_logits(as_float64(old.features), old.V, old.intercept)
    w = None if old.weights is None else float64_like(old.weights, logits)
    return P, log_P, U - (P * U).sum(1)[:, None], w


def _remainder(before, log_p, after, change, far):
    """w′softmax(η + δ) − wp∘δ of rows (…×k×m), wp and log p (k×m), w′ (…×m; None is 1).

    `change` is written over.
    """
    xp = namespace(change)
    bent = before * change
    change += log_p
    if far:
        change -= xp.max(change, axis=-2)[..., None, :]
    new = exp_in_place(change)
    sums = new.sum(-2)
    new *= (1 / sums if after is None else after / sums)[..., None, :]
    new -= bent
    return new


def _times_C(some, steps, weights, s):
    """Cs = (I + wΛ′N)⁻¹wΛ′s (n×L×q)."""
    xp = namespace(steps)
    n, L, q = steps.shape
    B, k = contrasts(q + 1, steps), q + 1
    w = None if weights is None else float64_like(weights, steps)
    P = softmax(some.logits - (steps @ some.N) @ B.T)
    P, right = (xp.reshape(values, (n * L, k)).T + 0 for values in (P, s @ B.T))
    right = P * (right - (P * right).sum(0))
    if w is not None:
        right = right * xp.reshape(w, (-1,))
    return xp.reshape(curved_solve(P, for_labels(some.N, L, w), right).T @ B, (n, L, q))
