"""What asking for each row would do for a goal, at the weights after a converged Newton step.

The goal of the moved logits of its m rows less that of today's, for n candidates and L labels.
"""

from typing import Any

from skal._array import Array, as_float64, device, namespace
from skal._progress import counted
from skal.kernels.influence.gains import Gains
from skal.kernels.influence.goals import GoalRows
from skal.kernels.influence.inverse_hessian import InverseHessian
from skal.kernels.influence.moves import Candidates, moves, slices
from skal.kernels.influence.newton_step import label_steps
from skal.kernels.influence.recount import Recount
from skal.kernels.influence.second_step import OldRows, second_steps

# The second step counts for this share of what the first one gains, or less: a step that would be
# as long is not to be trusted.
SECOND = 0.5
# Numbers kept of a chunk of candidates (32 MiB).
CHUNK_NUMBERS = 2**22


def newton_utilities(
    Z: Array,
    logits: Array,
    columns: Array,
    inverse: InverseHessian,
    rows: GoalRows,
    weights: Any = None,
    old: OldRows | None = None,
    recount: Recount | None = None,
) -> Array:
    """τ(θ + Δθ) − τ(θ) for candidates with features Z and logits, and labels to try (n×L).

    `weights` (n×L) multiply the new row's loss; None is 1.  `old` adds what a second step would
    do, which the losses of the labelled rows call for.  `recount` is what a row of each class
    changes beside its own loss.
    """
    xp = namespace(logits)
    (n, L), q = columns.shape, inverse.q
    r = inverse.matrix.shape[0] // q
    width = max(r, 4 * L * q * q)
    start, parts = None, []
    if recount is not None:
        start = recount.changes(rows.features, rows.intercept) + recount.shifts[:, None, :]
    for part in counted(slices(n, width, CHUNK_NUMBERS), "Rating rows"):
        some = Candidates.of(Z[part], as_float64(logits[part]), columns[part], inverse, recount)
        w = None if weights is None else weights[part]
        steps = label_steps(some.logits, some.N, some.columns, w)
        gains = _gains(some, steps, inverse, rows, start)
        if old is not None:
            second = second_steps(some, steps, inverse, old, w, recount)
            most = SECOND * xp.abs(gains)
            gains = gains + xp.minimum(xp.maximum(second, -most), most)
        parts.append(gains)
    return xp.concat(parts) if len(parts) > 1 else parts[0]


def _gains(some, steps, inverse, rows, start):
    """The change of τ (n×L)."""
    m = rows.logits.shape[0]
    xp = namespace(steps)
    total = xp.zeros(steps.shape[:2], dtype=steps.dtype, device=device(steps))
    for part, blocks in moves(some, steps, inverse, rows.features, start=start):
        share = (part.stop - part.start) / m if rows.name == "fisher" else 1
        gains = Gains(rows.part(part))
        for block in blocks:
            total[block.which] += share * gains(block.change, block.far())
    return total
