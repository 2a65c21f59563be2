"""What one more labelled row does to a softmax layer: Δθ = −H⁻¹(z⊗c).

The old rows' loss is taken as its quadratic at the fitted weights, the new row's as it is, so
that c = softmax(η − Nc) − e_y with N = (zᵀ⊗I)H⁻¹(z⊗I).  Among contrasts c = Bc̃ and N = BÑBᵀ;
c minimises ½cᵀNc + ℓ_y(η − Nc), a convex function of k − 1 numbers.  A new row whose loss is
multiplied by w moves by wc, with wN in place of N.
"""

from typing import Any, NamedTuple

from skal._array import Array, device, float64_like, namespace
from skal.kernels.influence.curved_solve import curved_solve, for_labels, times
from skal.kernels.softmax import contrasts, curvature, softmax

# A step is right where the objective still falls along it, by this share of the slope it began
# with or less, or rises by the next share or less; bisection looks for such a one no longer.
FALLS, RISES, MOST_BISECTIONS = 0.5, 0.01, 60
# A residual this small is where Newton's method doubles its digits: one that no longer shrinks
# there is rounding.
NEAR = 1e-6
# Newton iterations for the share α of the start; of two classes the start is the solution.
SHARE_STEPS = 8
# Numbers of N for rows and labels that are worked on together, in a processor's cache.
BLOCK_NUMBERS = 2**17


def label_steps(
    logits: Array,
    N: Array,
    columns: Array,
    weights: Any = None,
    *,
    tolerance: float = 1e-10,
    most_steps: int = 100,
) -> Array:
    """wc̃ (n×L×q) for rows with logits η (n×k), N (n×q×q) and the labels to try (n×L).

    Logits may differ by label (n×L×k, or n×1×k).
    `weights` (n×L) is w, of the new row's loss with each label; None is 1.

    Newton's method on many rows and labels at once, with a line search, until the residual
    c − softmax(η − Nc) + e_y is below the tolerance, or as small as rounding lets it be; those that
    are done drop out.  It starts where the other classes keep their proportions (`_started`).
    """
    xp = namespace(logits)
    (n, L), k = columns.shape, logits.shape[-1]
    B = contrasts(k, logits)
    logits = logits[:, None, :] if logits.ndim == 2 else logits
    logits = xp.broadcast_to(logits, (n, L, k))
    w = None if weights is None else float64_like(weights, logits)
    steps = xp.empty((n, L, k - 1), dtype=logits.dtype, device=device(logits))
    size = max(1, BLOCK_NUMBERS // (L * k * k)) if device(logits) == "cpu" else n
    for start in range(0, n, size):
        part = slice(start, start + size)
        some = None if w is None else w[part]
        problems = _problems(logits[part], N[part], columns[part], some)
        c = _solved(problems, tolerance, most_steps)
        found = xp.reshape(c.T @ B, (-1, L, k - 1))
        steps[part] = found if some is None else some[:, :, None] * found
    return steps


def first_step(logits: Array, N: Array, columns: Array) -> Array:
    """c̃ after one Newton iteration from 0: the leverage-corrected influence of the literature."""
    xp = namespace(logits)
    (n, k), L = logits.shape, columns.shape[1]
    B = contrasts(k, logits)
    P = softmax(logits)
    J = curvature(P) @ N + xp.eye(k - 1, dtype=N.dtype, device=device(N))
    targets = B[xp.reshape(columns, (-1,))].reshape(n, L, k - 1)
    right = (P @ B)[:, None, :] - targets
    return xp.linalg.solve(J, right.swapaxes(1, 2)).swapaxes(1, 2)


class _Problems(NamedTuple):
    """The objectives of A rows and labels, which are the last axis."""

    logits: Array  # k×A
    N: Array  # k×k×A
    columns: Array  # A
    largest: Array  # max |η| (A)

    def part(self, keep: Array) -> "_Problems":
        columns, largest = self.columns[keep], self.largest[keep]
        return _Problems(self.logits[:, keep], self.N[:, :, keep], columns, largest)

    def at(self, c: Array, Nc: Array) -> "_Point":
        xp = namespace(c)
        P = self.logits - Nc
        P -= xp.max(P, axis=0)
        P = xp.exp(P)
        P /= P.sum(0)
        residual = c - P
        residual[self.columns, xp.arange(c.shape[1], device=device(c))] += 1
        return _Point(c, Nc, P, residual)


class _Point(NamedTuple):
    """Somewhere on the way: c, Nc, the probabilities there and the residual (k×A each)."""

    c: Array
    Nc: Array
    P: Array
    residual: Array

    def part(self, keep: Array) -> "_Point":
        return _Point(*(values[:, keep] for values in self))


def _problems(logits, N, columns, weights):
    xp = namespace(logits)
    b, L, k = logits.shape
    logits = xp.reshape(xp.permute_dims(logits, (2, 0, 1)), (k, b * L)) + 0
    largest = xp.max(xp.abs(logits), axis=0)
    return _Problems(logits, for_labels(N, L, weights), xp.reshape(columns, (-1,)), largest)


def _solved(problems, tolerance, most_steps):
    """c (k×A)."""
    logits = problems.logits
    xp, n = namespace(logits), logits.shape[1]
    found = xp.empty_like(logits)
    active, point = xp.arange(n, device=device(logits)), _started(problems)
    before = xp.full((n,), xp.inf, dtype=logits.dtype, device=device(logits))
    for _ in range(most_steps):
        error = xp.max(xp.abs(point.residual), axis=0)
        size = xp.max(xp.abs(point.Nc), axis=0) + problems.largest
        rounding = 4 * xp.finfo(logits.dtype).eps * size
        rounded = (before < NEAR) & (error < NEAR) & (error > 0.5 * before)
        unfinished = (error > tolerance + rounding) & ~rounded
        left = int(unfinished.sum())
        if left < len(active):
            found[:, active[~unfinished]] = point.c[:, ~unfinished]
            if not left:
                return found
            active, error = active[unfinished], error[unfinished]
            problems, point = problems.part(unfinished), point.part(unfinished)
        before = error
        point = _moved(problems, point)
    raise ArithmeticError(
        f"The Newton step of {len(active)} of {n} rows and labels did not converge in "
        f"{most_steps} iterations (residual {float(xp.max(error)):.1e}): are the "
        "features scaled?"
    )


def _started(problems):
    """c = α(π − e_y), π the probabilities of the other classes alone: most of the way.

    With h = (π − e_y)ᵀN(π − e_y) the log odds t against y fall by about αh, and α is their sigmoid:
    t + h·σ(t) = log((1 − p_y)/p_y), by Newton's method from the side where it cannot overshoot.
    """
    logits, xp = problems.logits, namespace(problems.logits)
    own = problems.columns, xp.arange(logits.shape[1], device=device(logits))
    tiny = xp.finfo(logits.dtype).tiny
    shifted = logits - xp.max(logits, axis=0)
    shares = xp.exp(shifted)
    shares[own] = 0
    others = xp.clip(shares.sum(0), tiny, None)
    shares /= others
    shares[own] = -1
    pull = times(problems.N, shares)
    h = xp.clip((shares * pull).sum(0), 0, None)
    most = xp.log(others) - shifted[own]
    t = xp.minimum(xp.maximum(most - h, xp.zeros_like(h)), most)
    for _ in range(SHARE_STEPS):
        share = 1 / (1 + xp.exp(-t))
        t = t - (t + h * share - most) / (1 + h * share * (1 - share))
    share = 1 / (1 + xp.exp(-t))
    return problems.at(share * shares, share * pull)


def _moved(problems, point):
    """The point after a Newton step, or as far along it as the objective falls.

    The objective is convex, so that its slope along a step, −stepᵀN·residual, only rises: where
    the whole step ends on a rising slope, bisection finds the flat place.  Slopes can be told
    apart where values of the objective no longer can.
    """
    xp = namespace(point.c)
    step = curved_solve(point.P, problems.N, point.residual)
    pull = times(problems.N, step)
    slope = (pull * point.residual).sum(0)
    moved = problems.at(point.c - step, point.Nc - pull)
    falls = (pull * moved.residual).sum(0)
    rows = xp.nonzero(falls < -RISES * slope)[0]
    if not len(rows):
        return moved
    nearer = _bisected(
        problems.part(rows), point.part(rows), step[:, rows], pull[:, rows], slope[rows]
    )
    for values, some in zip(moved, nearer, strict=True):
        values[:, rows] = some
    return moved


def _bisected(problems, point, step, pull, slope):
    """The points along steps that are too long."""
    xp = namespace(slope)
    size, low, high = xp.full_like(slope, 0.5), xp.zeros_like(slope), xp.ones_like(slope)
    rows = xp.arange(len(slope), device=device(slope))
    for _ in range(MOST_BISECTIONS):
        part, s = problems.part(rows), size[rows]
        at = part.at(point.c[:, rows] - s * step[:, rows], point.Nc[:, rows] - s * pull[:, rows])
        falls = (pull[:, rows] * at.residual).sum(0)
        too_far, too_near = falls < -RISES * slope[rows], falls > FALLS * slope[rows]
        high[rows] = xp.where(too_far, s, high[rows])
        low[rows] = xp.where(too_near, s, low[rows])
        rows = rows[too_far | too_near]
        if not len(rows):
            break
        size[rows] = (low[rows] + high[rows]) / 2
    else:
        size[rows] = xp.where(low[rows] > 0, low[rows], size[rows])
    return problems.at(point.c - size * step, point.Nc - size * pull)
