"""What asking for each row would do for a goal, at the weights after a converged Newton step.

The goal of the moved logits of its m rows less that of today's, for n candidates and L labels.
"""

from skal._array import Array, as_float64, augmented, device, namespace
from skal._progress import counted
from skal.kernels.influence.goals import GoalRows
from skal.kernels.influence.inverse_hessian import InverseHessian
from skal.kernels.influence.newton_step import label_steps
from skal.kernels.softmax import contrasts

# Numbers in a block of new logits (candidates × labels × classes × goal rows), and in what is kept
# of a chunk of candidates, or of goal rows, meanwhile (32 MiB).
BLOCK_NUMBERS, CHUNK_NUMBERS = 2**19, 2**22


def newton_utilities(
    Z: Array, logits: Array, columns: Array, inverse: InverseHessian, rows: GoalRows
) -> Array:
    """τ(θ + Δθ) − τ(θ) for candidates with features Z and logits, and labels to try (n×L)."""
    xp = namespace(logits)
    (n, L), q = columns.shape, inverse.q
    r = inverse.matrix.shape[0] // q
    width = max(r, 4 * L * q * q)
    parts = [
        _block(Z[part], logits[part], columns[part], inverse, rows)
        for part in counted(_slices(n, width, CHUNK_NUMBERS), "Rating rows")
    ]
    return xp.concat(parts) if len(parts) > 1 else parts[0]


def _block(Z, logits, columns, inverse, rows):
    """`newton_utilities` of a chunk of candidates."""
    F = inverse.coordinates(Z)
    steps = label_steps(as_float64(logits), inverse.seen_by(Z, F), columns)
    m, k = rows.logits.shape
    total = 0
    for part in _slices(m, F.shape[1] * inverse.q * k, CHUNK_NUMBERS):
        gain = _gains(Z, F, steps, inverse, rows.part(part))
        total = total + (gain * ((part.stop - part.start) / m) if rows.name == "fisher" else gain)
    return total


def _gains(Z, F, steps, inverse, rows):
    """The change of τ on a block of goal rows (n×L)."""
    base = as_float64(rows.logits)
    xp = namespace(base)
    (m, k), (n, L, q) = base.shape, steps.shape
    B = contrasts(k, base)
    F_v = inverse.coordinates(rows.features)
    F1, seen = augmented(F, inverse.intercept), _seen_by_logits(F_v, inverse, B)
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


def _seen_by_logits(F_v, inverse, B):
    """H⁻¹ as the logits of each goal row see it (r × q·k·m)."""
    F_v1, xp, q = augmented(F_v, inverse.intercept), namespace(F_v), inverse.q
    (m, r), k = F_v1.shape, B.shape[0]
    seen = xp.reshape(F_v1 @ xp.reshape(inverse.matrix, (r, q * r * q)), (m, q, r, q))
    seen = xp.tensordot(B, seen, axes=([1], [1]))  # k×m×r×q
    return xp.reshape(xp.permute_dims(seen, (2, 3, 0, 1)), (r, q * k * m))


def _slices(n: int, width: int, numbers: int) -> list[slice]:
    step = max(1, numbers // width)
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]
