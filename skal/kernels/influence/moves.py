"""How the logits of some rows move with each candidate and label, a block at a time."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from skal._array import Array, augmented, namespace
from skal.kernels.influence.inverse_hessian import InverseHessian
from skal.kernels.influence.recount import Recount
from skal.kernels.softmax import contrasts

# Numbers in a block of moved logits (candidates × labels × classes × rows), which stays in a
# processor's cache; in what a block of candidates sees of these rows; and in what these rows see of
# the weights, which is read once for each such block of candidates.
CACHED_NUMBERS, BLOCK_NUMBERS, SEEN_NUMBERS = 2**16, 2**20, 2**19
# Of logits that move by less, exp and its square stay in range, as one class at least has p ≥ 1/k.
NEAR = 300.0


class Moves(NamedTuple):
    """How the logits of some rows move, for a block of candidates."""

    which: slice  # of the candidates
    K: Array  # b × q × k·m: (zᵀ⊗I)H⁻¹(z_v⊗Bᵀ)
    change: Array  # b × L × k × m: −c̃K and what the label alone changes
    near: bool  # whether a bound of all changes is within exp's range

    def far(self) -> bool:
        """Whether exp of log p and the change may overflow."""
        return not self.near and is_far(self.change)


def is_far(change: Array) -> bool:
    """Whether some change leaves exp's range."""
    xp = namespace(change)
    return max(float(xp.max(change)), -float(xp.min(change))) >= NEAR


class Candidates(NamedTuple):
    """Rows to be learned, as H⁻¹ sees them, and the labels to try."""

    features: Array  # n×d
    coordinates: Array  # n×r, without the constant
    logits: Array  # n×1×k, of the fit; n×L×k where the label changes them before it is learned
    N: Array  # n×q×q
    columns: Array  # n×L

    @classmethod
    def of(
        cls,
        Z: Array,
        logits: Array,
        columns: Array,
        inverse: InverseHessian,
        recount: Recount | None = None,
    ) -> "Candidates":
        """Of features, logits (n×k) and labels."""
        F, logits = inverse.coordinates(Z), logits[:, None, :]
        if recount is not None:
            rows = namespace(logits).arange(logits.shape[0])[:, None]
            logits = logits + recount.changes(Z, inverse.intercept)[columns, rows]
        return cls(Z, F, logits, inverse.seen_by(Z, F), columns)


def moves(
    some: Candidates,
    steps: Array,
    inverse: InverseHessian,
    Z: Array,
    *,
    P: Array | None = None,
    start: Array | None = None,
) -> Iterator[tuple[slice, Iterator[Moves]]]:
    """Blocks of the rows Z (m×d), and for each of them blocks of candidates.

    `start` (k×m×k) is what the label alone changes.  K and the change are less their means under
    the probabilities P (m×k), if given; if not, they are less those of the last class, which is
    left out (k − 1 in place of k).
    """
    xp = namespace(steps)
    if start is not None and P is None:
        start = start[..., :-1] - start[..., -1:]
    elif start is not None:
        start = start - (start * P).sum(-1)[..., None]
    for part, basis in _bases(some, inverse, Z, P):
        first = None if start is None else xp.permute_dims(start[:, part], (0, 2, 1))
        yield part, _moved(some, steps, inverse, Z[part], basis, first)


def crossed(
    some: Candidates, inverse: InverseHessian, Z: Array, *, P: Array | None = None
) -> Iterator[tuple[slice, Array]]:
    """Blocks of the rows Z (m×d), and for each of them the K of all candidates (n×q×k·m)."""
    xp = namespace(some.coordinates)
    for part, basis in _bases(some, inverse, Z, P):
        Z_v = Z[part]
        parts = [K for _, K in _crossed(some, inverse, Z_v, inverse.coordinates(Z_v), basis)]
        yield part, xp.concat(parts) if len(parts) > 1 else parts[0]


def _bases(some, inverse, Z, P):
    """Blocks of the rows Z, and how their logits see contrasts (m×k×q, or 1×k×q)."""
    B = contrasts(inverse.q + 1, some.coordinates)
    mean, B = (None, B[:-1] - B[-1]) if P is None else (P @ B, B)
    width = (some.coordinates.shape[1] + 1) * inverse.q * B.shape[0]
    for part in slices(Z.shape[0], width, SEEN_NUMBERS):
        yield part, B[None] if mean is None else B[None] - mean[part][:, None, :]


def _crossed(some, inverse, Z_v, F_v, basis):
    """Blocks of candidates, and K of each."""
    xp, q, m, k = namespace(F_v), inverse.q, Z_v.shape[0], basis.shape[1]
    F1, seen = augmented(some.coordinates, inverse.intercept), _seen(F_v, inverse, basis)
    turned = xp.permute_dims(basis, (2, 1, 0))  # q×k×m, or q×k×1
    for part in slices(F1.shape[0], m * k * q, BLOCK_NUMBERS):
        K = xp.reshape(F1[part] @ seen, (-1, q, k * m))
        rest = inverse.rest_between(Z_v, F_v, some.features[part], some.coordinates[part])
        if rest is not None:
            K += xp.reshape(turned[None] * rest.T[:, None, None, :], K.shape)
        yield part, K


def _moved(some, steps, inverse, Z_v, basis, first):
    xp, m, k, L = namespace(steps), Z_v.shape[0], basis.shape[1], steps.shape[1]
    F_v = inverse.coordinates(Z_v)
    near = _reach(some, steps, inverse.traces(Z_v, F_v), basis, first) < NEAR
    for part, K in _crossed(some, inverse, Z_v, F_v, basis):
        for few in slices(K.shape[0], L * m * k, CACHED_NUMBERS):
            which = slice(part.start + few.start, part.start + few.stop)
            change = xp.reshape(-steps[which] @ K[few], (-1, L, k, m))
            if first is not None:
                change += first[some.columns[which]]
            yield Moves(which, K[few], change, near)


def _reach(some, steps, traces, basis, first):
    """The most that a logit may move: (c̃K)² ≤ c̃ᵀNc̃ · bᵀN_v b by Cauchy and Schwarz."""
    xp = namespace(steps)
    lengths = xp.max((basis * basis).sum(-1), axis=1)
    own = xp.max((steps @ some.N * steps).sum(-1))
    reach = max(float(own) * float(xp.max(lengths * traces)), 0.0) ** 0.5
    return reach if first is None else reach + float(xp.max(xp.abs(first)))


def _seen(F_v: Array, inverse: InverseHessian, basis: Array) -> Any:
    """H⁻¹ as the logits of each row see it (r × q·k·m)."""
    F_v1, xp, q = augmented(F_v, inverse.intercept), namespace(F_v), inverse.q
    (m, r), k = F_v1.shape, basis.shape[1]
    seen = xp.reshape(F_v1 @ xp.reshape(inverse.matrix, (r, q * r * q)), (m, q, r * q))
    seen = xp.reshape(basis @ seen, (m, k, r, q))
    return xp.reshape(xp.permute_dims(seen, (2, 3, 1, 0)), (r, q * k * m))


def slices(n: int, width: int, numbers: int) -> list[slice]:
    """Slices of n rows that have `numbers` numbers at most, of `width` a row."""
    step = max(1, numbers // width)
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]
