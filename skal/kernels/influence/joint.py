"""What asking for b rows at once would do for a goal, for any labels of all of them.

The losses of the old rows are taken as their quadratic at the fitted weights, those of the b new
rows as they are: Δθ = −Σ_i H⁻¹(z_i⊗c_i), and the c_i solve together

    c_i = w_i(softmax(η_i − Σ_j N_ij c_j) − e_yᵢ),    N_ij = (z_iᵀ⊗I)H⁻¹(z_j⊗I).

Among contrasts c_i = Bc̃_i, and c̃ (b·q numbers) minimises a convex function for each labeling,
½c̃ᵀÑc̃ + Σ_i w_i·ℓ_yᵢ(η_i − (BÑc̃)_i).  Alike rows share what they have to say, so that their
joint utility is not the sum of their utilities.
"""

from typing import Any, NamedTuple

from skal._array import Array, as_float64, device, float64_like, namespace
from skal.kernels.influence.gains import Gains
from skal.kernels.influence.goals import GoalRows
from skal.kernels.influence.inverse_hessian import InverseHessian
from skal.kernels.influence.linear import moved_logits
from skal.kernels.influence.moves import CACHED_NUMBERS, Candidates, crossed, is_far, slices
from skal.kernels.influence.newton import SECOND
from skal.kernels.influence.newton_step import FALLS, MOST_BISECTIONS, NEAR, RISES, label_steps
from skal.kernels.influence.recount import JointRecount
from skal.kernels.influence.second_step import OldRows, joint_remainders
from skal.kernels.softmax import contrasts, curvature, softmax

# Numbers of the systems (bq×bq) of labelings that are solved together.
SOLVED_NUMBERS = 2**20
# A small residual that so many iterations in a row have not halved is rounding.
STALLED = 5


def joint_utilities(
    Z: Array,
    logits: Array,
    columns: Array,
    inverse: InverseHessian,
    rows: GoalRows,
    weights: Any = None,
    old: OldRows | None = None,
    recount: JointRecount | None = None,
) -> Array:
    """τ(θ + Δθ) − τ(θ) of b rows with features Z and logits, for L labelings (L×b).

    `weights` (L×b) multiply the losses of the new rows; None is 1.  `old` adds what a second step
    would do, which the losses of the labelled rows call for.  `recount` is what the new rows change
    beside their own losses.
    """
    logits, N = as_float64(logits), inverse.between(Z)
    xp, some = namespace(logits), Candidates.of(Z, logits, columns.T, inverse)
    w = xp.ones_like(logits[:1, 0]) if weights is None else float64_like(weights, logits)
    w, logits = xp.broadcast_to(w, columns.shape), logits[None]
    if recount is not None:
        logits = logits + xp.tensordot(
            recount.excess, recount.changes(Z, inverse.intercept), axes=1
        )
    steps = joint_steps(logits, N, columns, w)
    gains = _gains(some, steps, inverse, rows, recount)
    if old is None:
        return gains
    direct, s = joint_remainders(some, steps, inverse, old, recount)
    t = moved_logits(as_float64(Z), old.V, old.intercept)
    t = xp.reshape(t @ contrasts(t.shape[1], t), (-1,))
    second = direct - _times_C(_problems(logits, N, columns, w), steps, s) @ t
    most = SECOND * xp.abs(gains)
    return gains + xp.minimum(xp.maximum(second, -most), most)


def joint_steps(
    logits: Array,
    N: Array,
    columns: Array,
    weights: Array,
    *,
    tolerance: float = 1e-10,
    most_steps: int = 200,
) -> Array:
    """c̃ (L×bq) for b rows with logits η, Ñ (bq×bq) and L labelings (L×b), weights w (L×b).

    Logits may differ by labeling (L×b×k, or 1×b×k).  Newton's method on many labelings at once,
    with a line search, from where each row alone would take the weights.
    """
    problems = _problems(logits, N, columns, weights)
    xp, (L, b, k) = namespace(logits), problems.logits.shape
    q, places = k - 1, xp.arange(b, device=device(logits))
    own = xp.reshape(N, (b, q, b, q))[places, :, places, :]
    by_row = xp.permute_dims(problems.logits, (1, 0, 2))
    alone = label_steps(by_row, own, columns.T, weights.T)
    steps = xp.reshape(xp.permute_dims(alone, (1, 0, 2)), (L, b * q))
    for part in slices(L, (b * q) ** 2, SOLVED_NUMBERS):
        steps[part] = _solved(problems.part(part), steps[part], tolerance, most_steps)
    return steps


class _Problems(NamedTuple):
    """The objectives of L labelings."""

    logits: Array  # L×b×k
    N: Array  # bq×bq
    columns: Array  # L×b
    weights: Array  # L×b

    def part(self, keep: Any) -> "_Problems":
        return _Problems(self.logits[keep], self.N, self.columns[keep], self.weights[keep])

    def at(self, c: Array) -> tuple[Array, Array]:
        """The probabilities at c (L×b×k), and c̃ − w(p − e) among contrasts (L×bq)."""
        xp, B = namespace(c), contrasts(self.logits.shape[2], c)
        pull = xp.reshape(c @ self.N, (*self.columns.shape, -1)) @ B.T
        P = softmax(self.logits - pull)
        slopes = self.weights[..., None] * (P @ B - B[self.columns])
        return P, c - xp.reshape(slopes, c.shape)


def _problems(logits, N, columns, weights):
    logits = namespace(logits).broadcast_to(logits, (*columns.shape, logits.shape[-1]))
    return _Problems(logits, N, columns, weights)


def _solved(problems, c, tolerance, most_steps):
    """The solutions (L×bq) from a start; labelings that are done drop out."""
    xp, (L, b) = namespace(c), problems.columns.shape
    found, active = xp.empty_like(c), xp.arange(L, device=device(c))
    best = xp.full((L,), xp.inf, dtype=c.dtype, device=device(c))
    stalled, largest = xp.zeros_like(best), float(xp.max(xp.abs(problems.logits)))
    for _ in range(most_steps):
        P, residual = problems.at(c)
        error, scale = xp.max(xp.abs(residual), axis=1), xp.max(problems.weights, axis=1)
        size = xp.max(xp.abs(c @ problems.N), axis=1) + largest
        rounding = 16 * xp.finfo(c.dtype).eps * size * scale
        stalled = xp.where((error < NEAR * scale) & (error > 0.5 * best), stalled + 1, 0 * stalled)
        unfinished = (error > tolerance * scale + rounding) & (stalled < STALLED)
        found[active[~unfinished]] = c[~unfinished]
        active, stalled = active[unfinished], stalled[unfinished]
        best = xp.minimum(best, error)[unfinished]
        if not len(active):
            return found
        problems, c, residual = problems.part(unfinished), c[unfinished], residual[unfinished]
        system = _system(P[unfinished], problems.weights, problems.N)
        step = xp.linalg.solve(system, residual[..., None])[..., 0]
        c = _moved(problems, c, step, residual)
    raise ArithmeticError(
        f"The joint Newton step of {len(active)} of {L} labelings of {b} rows did not converge in "
        f"{most_steps} iterations (residual {float(xp.max(best)):.1e}): are the features scaled?"
    )


def _moved(problems, c, step, residual):
    """A Newton step, or as far along it as the objective falls, by bisection.

    The objective is convex, and −stepᵀN·residual is its slope along the step: it only rises.
    """
    xp, pull = namespace(c), step @ problems.N
    slope = (pull * residual).sum(1)
    size, low, high = xp.ones_like(slope), xp.zeros_like(slope), xp.ones_like(slope)
    rows = xp.arange(len(slope), device=device(c))
    for _ in range(MOST_BISECTIONS):
        _, after = problems.part(rows).at(c[rows] - size[rows][:, None] * step[rows])
        falls = (pull[rows] * after).sum(1)
        too_far = falls < -RISES * slope[rows]
        too_near = (falls > FALLS * slope[rows]) & (size[rows] < 1)
        high[rows] = xp.where(too_far, size[rows], high[rows])
        low[rows] = xp.where(too_near, size[rows], low[rows])
        rows = rows[too_far | too_near]
        if not len(rows):
            break
        size[rows] = (low[rows] + high[rows]) / 2
    return c - size[:, None] * step


def _times_C(problems, c, s):
    """Cs = (I + wΛ′N)⁻¹wΛ′s (L×bq), Λ′ at the moved logits."""
    xp, found = namespace(c), namespace(c).empty_like(c)
    for part in slices(c.shape[0], c.shape[1] ** 2, SOLVED_NUMBERS):
        some = problems.part(part)
        P, _ = some.at(c[part])
        right = _curved(P, some.weights, s[part][..., None])
        found[part] = xp.linalg.solve(_system(P, some.weights, some.N), right)[..., 0]
    return found


def _system(P, w, N):
    """I + wΛ̃N (L×bq×bq)."""
    xp = namespace(N)
    return _curved(P, w, N[None]) + xp.eye(N.shape[0], dtype=N.dtype, device=device(N))


def _curved(P, w, right):
    """wΛ̃ times `right` (L×bq×…, or 1×bq×…): Λ̃ is block-diagonal, from P (L×b×k)."""
    xp, (L, b, k) = namespace(P), P.shape
    C = xp.reshape(curvature(xp.reshape(P, (L * b, k))), (L, b, k - 1, k - 1))
    product = (w[..., None, None] * C) @ xp.reshape(right, (-1, b, k - 1, right.shape[-1]))
    return xp.reshape(product, (L, b * (k - 1), right.shape[-1]))


def _gains(some, steps, inverse, rows, recount):
    """The change of τ (L)."""
    xp, m = namespace(steps), rows.logits.shape[0]
    total = xp.zeros_like(steps[:, 0])
    moves = -steps if recount is None else xp.concat([-steps, recount.excess], axis=1)
    for part, K in crossed(some, inverse, rows.features):
        share = (part.stop - part.start) / m if rows.name == "fisher" else 1
        gains, K = Gains(rows.part(part)), xp.reshape(K, (steps.shape[1], -1))
        if recount is not None:
            K = recount.below(K, rows.features[part], inverse.intercept)
        for few in slices(steps.shape[0], K.shape[1], CACHED_NUMBERS):
            change = xp.reshape(moves[few] @ K, (-1, inverse.q, part.stop - part.start))
            total[few] += share * gains(change, is_far(change))
    return total
