"""How the logits of some rows move with each candidate and label, a block at a time."""

from collections.abc import Iterator
from typing import NamedTuple

from skal._array import Array, augmented, namespace
from skal.kernels.influence.inverse_hessian import InverseHessian
from skal.kernels.softmax import contrasts

# Numbers in a block of moved logits (candidates × labels × classes × rows), which stays in a
# processor's cache; in what a block of candidates sees of these rows; and in what these rows see of
# the weights, which is read once for each such block of candidates.
CACHED_NUMBERS, BLOCK_NUMBERS, SEEN_NUMBERS = 2**16, 2**19, 2**19


class Candidates(NamedTuple):
    """Rows to be learned, as H⁻¹ sees them."""

    features: Array  # n×d
    coordinates: Array  # n×r, without the constant
    logits: Array  # n×k, of the fit
    N: Array  # n×q×q

    @classmethod
    def of(cls, Z: Array, logits: Array, inverse: InverseHessian) -> "Candidates":
        """Of features and logits."""
        F = inverse.coordinates(Z)
        return cls(Z, F, logits, inverse.seen_by(Z, F))


def moves(
    some: Candidates, steps: Array, inverse: InverseHessian, Z: Array, k: int
) -> Iterator[tuple[slice, Iterator[tuple[slice, Array, Array]]]]:
    """Blocks of the rows Z (m×d), and for each of them blocks of candidates.

    Of a block of candidates: which, K (b × q × k·m) = (zᵀ⊗I)H⁻¹(z_v⊗Bᵀ), and the change of the
    logits (b × L × k × m), −c̃K.
    """
    m, width = Z.shape[0], (some.coordinates.shape[1] + 1) * inverse.q * k
    for part in slices(m, width, SEEN_NUMBERS):
        yield part, _moved(some, steps, inverse, Z[part], k)


def _moved(some, steps, inverse, Z_v, k):
    xp, q, m = namespace(steps), inverse.q, Z_v.shape[0]
    (n, L), B = steps.shape[:2], contrasts(k, steps)
    F_v = inverse.coordinates(Z_v)
    F1, seen = augmented(some.coordinates, inverse.intercept), _seen(F_v, inverse, B)
    for part in slices(n, m * k * q, BLOCK_NUMBERS):
        K = xp.reshape(F1[part] @ seen, (-1, q, k * m))
        rest = inverse.rest_between(Z_v, F_v, some.features[part], some.coordinates[part])
        if rest is not None:
            K = K + xp.reshape(B.T[None, :, :, None] * rest.T[:, None, None, :], K.shape)
        for few in slices(K.shape[0], L * m * k, CACHED_NUMBERS):
            which = slice(part.start + few.start, part.start + few.stop)
            yield which, K[few], xp.reshape(-steps[which] @ K[few], (-1, L, k, m))


def _seen(F_v, inverse, B):
    """H⁻¹ as the logits of each row see it (r × q·k·m)."""
    F_v1, xp, q = augmented(F_v, inverse.intercept), namespace(F_v), inverse.q
    (m, r), k = F_v1.shape, B.shape[0]
    seen = xp.reshape(F_v1 @ xp.reshape(inverse.matrix, (r, q * r * q)), (m, q, r, q))
    seen = xp.tensordot(B, seen, axes=([1], [1]))  # k×m×r×q
    return xp.reshape(xp.permute_dims(seen, (2, 3, 0, 1)), (r, q * k * m))


def slices(n: int, width: int, numbers: int) -> list[slice]:
    """Slices of n rows that have `numbers` numbers at most, of `width` a row."""
    step = max(1, numbers // width)
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]
