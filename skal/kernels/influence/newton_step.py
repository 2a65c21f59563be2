"""What one more labelled row does to a softmax layer: Δθ = −H⁻¹(z⊗c).

The old rows' loss is taken as its quadratic at the fitted weights, the new row's as it is, so
that c = softmax(η − Nc) − e_y with N = (zᵀ⊗I)H⁻¹(z⊗I).  Among contrasts c = Bc̃ and N = BÑBᵀ;
c̃ minimises ½c̃ᵀÑc̃ + ℓ_y(η − BÑc̃), a convex function of k − 1 numbers.  A new row whose loss is
multiplied by w moves by wc, with wN in place of N.
"""

from typing import Any

from skal._array import Array, device, float64_like, namespace
from skal.kernels.softmax import contrasts, softmax

# A step is right where the objective still falls along it, by this share of the slope it began
# with or less, or rises by the next share or less; bisection looks for such a one no longer.
FALLS, RISES, MOST_BISECTIONS = 0.5, 0.01, 60
# A residual this small is where Newton's method doubles its digits: one that no longer shrinks
# there is rounding.
NEAR = 1e-6


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

    Newton's method on all rows and labels at once, with a line search, until the residual
    c̃ − Bᵀ(softmax(η − BÑc̃) − e_y) is below the tolerance, or as small as rounding lets it be;
    those that are done drop out.
    """
    xp = namespace(logits)
    (n, L), k = columns.shape, logits.shape[-1]
    place = device(logits)
    B = contrasts(k, logits)
    logits = logits[:, None, :] if logits.ndim == 2 else logits
    logits = xp.reshape(xp.broadcast_to(logits, (n, L, k)), (n * L, k))
    rows = xp.repeat(xp.arange(n, device=place), L)
    wanted = xp.reshape(columns, (-1,))
    w = None if weights is None else xp.reshape(float64_like(weights, logits), (-1,))
    c = xp.zeros((n * L, k - 1), dtype=logits.dtype, device=place)
    active = xp.arange(n * L, device=place)
    before = xp.full((n * L,), xp.inf, dtype=logits.dtype, device=place)
    for _ in range(most_steps):
        seen = N[rows[active]] if w is None else w[active][:, None, None] * N[rows[active]]
        problem = _Problem(logits[active], seen, wanted[active], B)
        at = problem.at(c[active])
        rounded = (before < NEAR) & (at.error < NEAR) & (at.error > 0.5 * before)
        unfinished = (at.error > tolerance + at.rounding) & ~rounded
        if not bool(xp.any(unfinished)):
            return xp.reshape(c if w is None else w[:, None] * c, (n, L, k - 1))
        active, problem, at = active[unfinished], problem.part(unfinished), at.part(unfinished)
        before = at.error
        c[active] = _moved(problem, at, c[active])
    raise ArithmeticError(
        f"The Newton step of {len(active)} of {n * L} rows and labels did not converge in "
        f"{most_steps} iterations (residual {float(xp.max(at.error)):.1e}): are the "
        "features scaled?"
    )


def first_step(logits: Array, N: Array, columns: Array) -> Array:
    """c̃ after one Newton iteration from 0: the leverage-corrected influence of the literature."""
    xp = namespace(logits)
    (n, k), L = logits.shape, columns.shape[1]
    B = contrasts(k, logits)
    P = softmax(logits)
    J = _curvature(P, B) @ N + xp.eye(k - 1, dtype=N.dtype, device=device(N))
    targets = B[xp.reshape(columns, (-1,))].reshape(n, L, k - 1)
    right = (P @ B)[:, None, :] - targets
    return xp.linalg.solve(J, right.swapaxes(1, 2)).swapaxes(1, 2)


def _moved(problem, at, c):
    """c̃ after a Newton step, or as far along it as the objective falls.

    The objective is convex, so that its slope along a step, −stepᵀN·residual, only rises: where
    the whole step ends on a rising slope, bisection finds the flat place.  Slopes can be told
    apart where values of the objective no longer can.
    """
    xp = namespace(c)
    J = _curvature(at.proba, problem.B) @ problem.N
    places = xp.arange(c.shape[1])
    J[:, places, places] += 1
    step = xp.linalg.solve(J, at.residual[:, :, None])[:, :, 0]
    slope = problem.slope(step, at)
    size, low, high = (xp.ones_like(slope), xp.zeros_like(slope), xp.ones_like(slope))
    rows = xp.arange(len(slope), device=device(slope))
    for _ in range(MOST_BISECTIONS):
        part = problem.part(rows)
        new = part.slope(step[rows], part.at(c[rows] - size[rows][:, None] * step[rows]))
        too_far = new < -RISES * slope[rows]
        too_near = (new > FALLS * slope[rows]) & (size[rows] < 1)
        high[rows] = xp.where(too_far, size[rows], high[rows])
        low[rows] = xp.where(too_near, size[rows], low[rows])
        rows = rows[too_far | too_near]
        if not len(rows):
            break
        size[rows] = (low[rows] + high[rows]) / 2
    else:
        size[rows] = xp.where(low[rows] > 0, low[rows], size[rows])
    return c - size[:, None] * step


class _Problem:
    """The objectives of some rows and labels."""

    def __init__(self, logits, N, columns, B):
        self.logits, self.N, self.columns, self.B = logits, N, columns, B

    def part(self, keep):
        return _Problem(self.logits[keep], self.N[keep], self.columns[keep], self.B)

    def at(self, c):
        xp = namespace(c)
        Nc = (self.N @ c[:, :, None])[:, :, 0]
        P = softmax(self.logits - Nc @ self.B.T)
        size = xp.max(xp.abs(Nc), axis=1) + xp.max(xp.abs(self.logits), axis=1)
        return _Point(c - P @ self.B + self.B[self.columns], P, 4 * xp.finfo(c.dtype).eps * size)

    def slope(self, step, at):
        """How steeply the objective falls along a step: stepᵀN·residual."""
        return (step * (self.N @ at.residual[:, :, None])[:, :, 0]).sum(-1)


class _Point:
    """Residual and probabilities at some c̃, and what rounding of the logits does to them."""

    def __init__(self, residual, proba, rounding):
        self.residual, self.proba, self.rounding = residual, proba, rounding

    @property
    def error(self):
        xp = namespace(self.residual)
        return xp.max(xp.abs(self.residual), axis=1)

    def part(self, keep):
        return _Point(self.residual[keep], self.proba[keep], self.rounding[keep])


def _curvature(P, B):
    """Λ̃ = Bᵀ(diag p − ppᵀ)B of each row: O(kq²), and exact enough to be a Newton direction."""
    k, q = B.shape
    mean = P @ B
    outer = (B[:, :, None] * B[:, None, :]).reshape(k, q * q)
    return (P @ outer).reshape(-1, q, q) - mean[:, :, None] * mean[:, None, :]
