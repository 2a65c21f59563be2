"""Kernels that match pool rows with holdout rows: correlations of features and of gradients."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from skal._array import Array, device, is_sparse, namespace, to_numpy
from skal._progress import counted

# Entries of a block of similarities: what stays in a processor's cache.
BLOCK_ENTRIES = 2**18
# Centres of such a block.
CENTRES = 512
# Numbers of a block of rows that is centred at a time.
BLOCK_NUMBERS = 2**20


class Unit(NamedTuple):
    """Rows about their mean, scaled to length 1: inner products of two are correlations.

    Sparse rows keep their zeros: they are scaled only, and `means` has √L times their means.
    """

    rows: Array
    means: Any = None

    def __len__(self):
        return self.rows.shape[0]

    def part(self, positions: Any) -> "Unit":
        """Some of the rows."""
        return Unit(self.rows[positions], None if self.means is None else self.means[positions])


class Match(NamedTuple):
    """How the similarities of all scales make one kernel.

    `combine`: "product" or "sum" of the two similarities of a scale.  `clip` counts negative ones
    as 0, since two of them would multiply to a positive one.  `scale_weights`: with "length" each
    similarity is the inner product of rows of zero mean and unit variance, that is L times their
    correlation, so that a scale counts L in R_z and L² in the product; with "equal" it is the
    correlation.
    """

    combine: str = "product"
    clip: bool = False
    scale_weights: str = "length"

    def weights(self, scales: "Scales") -> list[tuple[float, ...]]:
        """What each similarity of each scale is multiplied by, relative to the first scale."""
        if self.scale_weights == "equal":
            return [(1.0,) * len(scale) for scale in scales]
        lengths = [[unit.rows.shape[1] for unit in scale] for scale in scales]
        if self.combine == "sum":
            return [tuple(L / lengths[0][0] for L in scale) for scale in lengths]
        whole = [math.prod(scale) for scale in lengths]
        return [(L / whole[0], *(1.0 for _ in scale[1:])) for L, scale in zip(whole, scales)]


# For each scale, the unit rows of features and, unless features alone are compared, of gradients.
Scales = Sequence[tuple[Unit, ...]]
EQ_12 = Match()


def unit_rows(A: Array) -> Unit:
    """Each row centred and scaled to unit variance, divided by √L; 0 where it is constant.

    >>> import numpy as np
    >>> unit_rows(np.array([[1.0, 3.0], [5.0, 5.0]])).rows.round(3)
    array([[-0.707,  0.707],
           [ 0.   ,  0.   ]])
    """
    if is_sparse(A) and A.shape[1] != 2:
        return _sparse_unit_rows(A)
    A = A.toarray() if is_sparse(A) else A
    xp = namespace(A)
    if A.shape[1] == 2:  # correlations are ±1: exactly, or rounding would decide between rows
        step, rounding = A[:, 0] - A[:, 1], 4 * float(xp.finfo(A.dtype).eps) * xp.abs(A[:, 0])
        side = xp.sign(step) * xp.where(xp.abs(step) > rounding, 0.5**0.5, 0.0)
        return Unit(xp.stack([side, 0.0 - side], axis=1))
    info = xp.finfo(A.dtype)
    largest = max(float(xp.max(A)), -float(xp.min(A)))
    if in_range := largest < float(info.max) ** 0.5 / A.shape[1]:
        C, means, squares = _centred(A)
        in_range = bool((squares > float(info.tiny) ** 0.5).all())
    if not in_range:  # squares overflow, or vanish: of constant rows at the latest
        peaks = xp.max(xp.abs(A), axis=1, keepdims=True)
        C, means, squares = _centred(A / xp.where(peaks > 0, peaks, xp.ones_like(peaks)))
    rounding = 16 * float(info.eps) ** 2 * A.shape[1]
    constant = squares <= rounding * means * means
    C *= (xp.where(constant, 0.0, 1.0) / xp.sqrt(xp.where(constant, 1.0, squares)))[:, None]
    return Unit(C)


def _centred(A):
    """Rows about their means, the means, and the squared lengths."""
    xp = namespace(A)
    means = A @ xp.full(A.shape[1], 1 / A.shape[1], dtype=A.dtype, device=device(A))
    C = A - means[:, None]
    return C, means, xp.vecdot(C, C)


def _sparse_unit_rows(A: Array) -> Unit:
    A = A.tocsr()
    L = A.shape[1]
    peaks = np.asarray(abs(A).max(axis=1).todense()).ravel()
    A = sparse.diags_array(1 / np.where(peaks > 0, peaks, 1)).astype(A.dtype) @ A
    means = np.asarray(A.sum(axis=1)).ravel() / L
    squares = np.asarray(A.multiply(A).sum(axis=1)).ravel() - L * means**2
    constant = squares <= 16 * np.finfo(A.dtype).eps * L * np.maximum(means**2, 1e-30)
    scales = np.where(constant, 0, 1 / np.sqrt(np.where(constant, 1, squares)))
    scaled = (sparse.diags_array(scales).astype(A.dtype) @ A).tocsr()
    return Unit(scaled, (means * scales * L**0.5).astype(A.dtype))


def correlations(A: Unit, B: Unit) -> Array:
    """Pearson correlation of each row of A with each row of B (n_A×n_B)."""
    products = A.rows @ B.rows.T
    if is_sparse(products):
        products = products.toarray()
        products -= A.means[:, None] * B.means[None, :]
    return products


def similarities(A: Scales, B: Scales, match: Match = EQ_12) -> Array:
    """R between the rows of A and those of B: equations 6 and 12.

    R = Σ_scales (z·z′)∘(g·g′), or the sum of the two similarities in place of their product; up to
    a factor, that of the first scale.
    """
    total = None
    for ours, theirs, weights in zip(A, B, match.weights(A), strict=True):
        scale = None
        for a, b, weight in zip(ours, theirs, weights, strict=True):
            part = correlations(a, b)
            if weight != 1:
                part *= weight
            if match.clip:
                part = namespace(part).clip(part, 0, None)
            if scale is None:
                scale = part
            elif match.combine == "product":
                scale *= part
            else:
                scale += part
        total = scale if total is None else total + scale
    return total


def self_similarities(A: Scales, match: Match = EQ_12) -> Array:
    """The diagonal of `similarities(A, A)`, free of rounding: a row is like itself, or constant."""
    total = 0
    for scale, weights in zip(A, match.weights(A), strict=True):
        parts = [weight * _is_something(unit) for unit, weight in zip(scale, weights, strict=True)]
        if len(parts) == 2:
            parts = [parts[0] * parts[1] if match.combine == "product" else parts[0] + parts[1]]
        total = total + parts[0]
    return total


def _is_something(unit: Unit) -> Array:
    """1 for each row that is not constant, 0 for others."""
    xp = namespace(unit.rows)
    if is_sparse(unit.rows):
        squares = np.asarray(unit.rows.multiply(unit.rows).sum(axis=1)).ravel() - unit.means**2
    else:
        squares = xp.vecdot(unit.rows, unit.rows)
    return xp.astype(squares > 0.5, unit.rows.dtype)


def match_blocks(
    centres: Scales,
    rows: Callable[[slice], Scales],
    n: int,
    match: Match = EQ_12,
) -> Iterator[tuple[int, int, Any]]:
    """R between centres and n rows in blocks on both sides, with the numbers of the first of each.

    `rows` gives the unit rows of a slice, scale by scale: each is made once, R as a whole never.
    """
    m = len(centres[0][0])
    widest = max(unit.rows.shape[1] for scale in centres for unit in scale)
    some = min(m, CENTRES)
    size = max(1, min(BLOCK_ENTRIES // some, BLOCK_NUMBERS // widest))
    for start in counted(range(0, n, size), "Matching rows"):
        block = rows(slice(start, min(start + size, n)))
        for first in range(0, m, some):
            few = [tuple(unit.part(slice(first, first + some)) for unit in s) for s in centres]
            yield first, start, similarities(few, block, match)


def best_matches(blocks: Iterator[tuple[int, int, Any]], m: int) -> np.ndarray:
    """The largest similarity of each of m centres, from `match_blocks`."""
    best = np.full(m, -np.inf)
    for first, _, R in blocks:
        largest = to_numpy(namespace(R).max(R, axis=1))
        part = slice(first, first + len(largest))
        best[part] = np.maximum(best[part], largest)
    return best


def nearest_rows(Z: list[Array], holdout: list[Unit], match: Match = EQ_12) -> Array:
    """For each row the position of the holdout row of largest R_z = Σ_scales z·z′; ties: the first.

    Z holds features scale by scale.  Blocks on both sides.
    """
    xp, m = namespace(holdout[0].rows), len(holdout[0])
    n, widest = Z[0].shape[0], max(part.shape[1] for part in Z)
    size = max(1, min(n, 512, BLOCK_NUMBERS // widest))
    others = max(1, BLOCK_ENTRIES // size)
    found = []
    for start in range(0, n, size):
        block = [(unit_rows(part[start : start + size]),) for part in Z]
        best = None
        for first in range(0, m, others):
            part = slice(first, first + others)
            R = similarities(block, [(unit.part(part),) for unit in holdout], match)
            at = xp.argmax(R, axis=1)
            value = xp.take_along_axis(R, at[:, None], axis=1)[:, 0]
            if best is None:
                best, where = value, at
            else:
                where = xp.where(value > best, at + first, where)
                best = xp.maximum(value, best)
        found.append(where)
    return xp.concat(found)


def label_scores(P: Array, columns: Array) -> Array:
    """∂ log p(y)/∂η = e_y − p (n×k), for the labels in these columns (n)."""
    xp = namespace(P)
    U = -P
    U[xp.arange(U.shape[0], device=device(U)), columns] += 1
    return U
