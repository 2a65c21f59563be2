"""What asking for each row would do for a goal, in closed form.

`linear_scores`: the derivative of the goal in the weight of the new row.  `newton_utilities`: the
goal itself, at the weights after a converged Newton step.  Candidates are n, goal rows m.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from skal._array import augmented, device, namespace, row_slices, squared_norms
from skal.kernels.influence import goals
from skal.kernels.influence.inverse_hessian import InverseHessian, double
from skal.kernels.influence.label_rules import settle
from skal.kernels.influence.newton_step import label_steps
from skal.kernels.softmax import contrasts

# Numbers in a block of new logits (candidates × labels × classes × goal rows), and in what is kept
# of a chunk of candidates, or of goal rows, meanwhile (32 MiB).
BLOCK_NUMBERS, CHUNK_NUMBERS = 2**19, 2**22


# ---------------------------------------------------------------------- linear
def direction(solve: Callable, gradient):
    """V = −H⁻¹∇τ (d×k) from ∇τ (d×k); `solve` applies H⁻¹ among contrasts."""
    B = contrasts(gradient.shape[1], gradient)
    return -(solve(gradient @ B) @ B.T)


def linear_utilities(Z, P, V, intercept: bool):
    """vᵀ∇R(x, y) for every label (n×k): rowsum((ZV)∘P) − ZV."""
    U = row_scores(Z, V, intercept)
    xp = namespace(U)
    return xp.vecdot(U, xp.asarray(P, dtype=U.dtype))[:, None] - U


def linear_scores(Z, P, V, intercept: bool, rule: str, temperature=None, truth=None):
    """`linear_utilities` of each row, settled by a label rule; a block of rows at a time."""
    xp = namespace(P)
    scores = xp.empty(Z.shape[0], dtype=P.dtype, device=device(P))
    for rows in row_slices(Z.shape[0], Z.shape[1] + 3 * P.shape[1], Z):
        part, U = P[rows], row_scores(Z[rows], V, intercept)
        if rule == "mean":  # one pass for both terms
            scores[rows] = xp.vecdot(U, part - 1 / P.shape[1])
            continue
        own = xp.vecdot(U, xp.asarray(part, dtype=U.dtype))
        if rule in ("min", "max"):
            scores[rows] = own - (xp.max if rule == "min" else xp.min)(U, axis=1)
        elif rule in ("predicted", "oracle"):
            columns = xp.argmax(part, axis=1) if rule == "predicted" else truth[rows]
            scores[rows] = own - U[xp.arange(U.shape[0], device=device(U)), columns]
        else:
            scores[rows] = settle(own[:, None] - U, part, rule, temperature)
    return scores


def row_scores(Z, V, intercept: bool):
    """ZV (n×k), the intercept's row of V last."""
    V = namespace(V).asarray(V, dtype=Z.dtype)
    return Z @ V[:-1] + V[-1] if intercept else Z @ V


# ---------------------------------------------------------------------- Newton
class GoalRows(NamedTuple):
    """Rows that a goal is measured on, through today's model."""

    name: str  # "holdout", "entropy", "fisher"
    features: Any  # m×d
    logits: Any  # m×k
    intercept: bool
    columns: Any = None  # true classes, of a holdout

    def part(self, rows) -> "GoalRows":
        columns = None if self.columns is None else self.columns[rows]
        return self._replace(
            features=self.features[rows], logits=self.logits[rows], columns=columns
        )

    def norms(self):
        """‖z‖²."""
        return double(squared_norms(self.features)) + self.intercept

    def slope(self, P):
        """∂τ/∂η (m×k) at these probabilities."""
        if self.name == "holdout":
            return goals.holdout_slope(P, self.columns)
        if self.name == "entropy":
            return goals.entropy_slope(P)
        return goals.fisher_slope(P, self.norms())

    def value(self, logits):
        """τ of new logits (…×m×k)."""
        xp = namespace(logits)
        top = xp.max(logits, axis=-1)[..., None]
        if self.name == "holdout":  # without the logarithms of all probabilities
            total = xp.log(xp.exp(logits - top).sum(-1)) + top[..., 0]
            own = logits[..., xp.arange(logits.shape[-2]), self.columns]
            return (own - total).sum(-1)
        log_P = logits - top
        log_P = log_P - xp.log(xp.exp(log_P).sum(-1))[..., None]
        if self.name == "entropy":
            return goals.entropy_value(log_P)
        return goals.fisher_value(log_P, self.norms())


def newton_utilities(Z, logits, columns, inverse: InverseHessian, rows: GoalRows):
    """τ(θ + Δθ) − τ(θ) for candidates with features Z and logits, and labels to try (n×L)."""
    xp = namespace(logits)
    (n, L), q = columns.shape, inverse.q
    r = inverse.matrix.shape[0] // q
    width = max(r, 4 * L * q * q)
    parts = [
        _block(Z[part], logits[part], columns[part], inverse, rows)
        for part in _slices(n, width, CHUNK_NUMBERS)
    ]
    return xp.concat(parts) if len(parts) > 1 else parts[0]


def _block(Z, logits, columns, inverse, rows):
    """`newton_utilities` of a chunk of candidates."""
    F = inverse.coordinates(Z)
    steps = label_steps(double(logits), inverse.seen_by(Z, F), columns)
    m, k = rows.logits.shape
    total = 0
    for part in _slices(m, F.shape[1] * inverse.q * k, CHUNK_NUMBERS):
        gain = _gains(Z, F, steps, inverse, rows.part(part))
        total = total + (gain * ((part.stop - part.start) / m) if rows.name == "fisher" else gain)
    return total


def _gains(Z, F, steps, inverse, rows):
    """The change of τ on a block of goal rows (n×L)."""
    base = double(rows.logits)
    xp = namespace(base)
    (m, k), (n, L, q) = base.shape, steps.shape
    B = contrasts(k, base)
    F_v = inverse.coordinates(rows.features)
    F_v1, F1 = (augmented(part, inverse.intercept) for part in (F_v, F))
    r = F_v1.shape[1]
    seen = xp.reshape(F_v1 @ xp.reshape(inverse.matrix, (r, q * r * q)), (m, q, r, q))
    seen = xp.tensordot(B, seen, axes=([1], [1]))  # k×m×r×q: H⁻¹ as each goal row's logits see it
    seen = xp.reshape(xp.permute_dims(seen, (2, 3, 0, 1)), (r, q * k * m))
    before = rows.value(base)
    gains = xp.empty((n, L), dtype=base.dtype, device=device(base))
    for part in _slices(n, m * k * max(q, L), BLOCK_NUMBERS):
        K = xp.reshape(F1[part] @ seen, (-1, q, k * m))
        rest = inverse.rest_between(rows.features, F_v, Z[part], F[part])
        if rest is not None:
            outside = B.T[None, :, :, None] * rest.T[:, None, None, :]
            K = K + xp.reshape(outside, K.shape)
        new = base.T[None, None] - xp.reshape(steps[part] @ K, (-1, L, k, m))
        gains[part] = rows.value(new.swapaxes(-1, -2)) - before
    return gains


def _slices(n: int, width: int, numbers: int) -> list[slice]:
    step = max(1, numbers // width)
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]
