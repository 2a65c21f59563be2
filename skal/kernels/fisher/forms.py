"""Sums Σ w zzᵀ and forms zᵀAz with many w and A: by pairs of features, each of them once.

z_f·z_g is written down once for each pair f ≤ g, a block of rows at a time; all sums, and all
forms, are one matrix product with these.  That is half of what a product for each w and A takes.
"""

from collections.abc import Iterator

import numpy as np

from skal._array import Array, augmented, dense_blocks, device, namespace
from skal.kernels.softmax import curvature

# Pairs that are multiplied at a time, and numbers of a row in all that is in use meanwhile.
PAIRS, WIDTH = 512, 512


def forms_of_rows(
    Z: Array,
    matrices: list[Array],
    basis: Array,
    intercept: bool,
    scale: Array,
    *,
    double: bool = False,
) -> Iterator[tuple[slice, Array]]:
    """(zᵢᵀ⊗T) A (zᵢ⊗Tᵀ) of each row and symmetric A (D×D), T the basis (q×q): (rows, m×q×q×n).

    In the features' own type, or in float64 with `double`.
    """
    like = augmented(Z[:1], intercept)
    xp, q, m = namespace(like), len(basis), len(matrices)
    dtype = xp.float64 if double else like.dtype
    packed = xp.concat([xp.astype(_packed(A, basis), dtype) for A in matrices])
    first, second = np.triu_indices(q)
    for rows, block in dense_blocks(Z, WIDTH, intercept, scale, double=double):
        flat: Array = 0.0
        for pairs, products in _products_of_pairs(block.T):
            flat = flat + packed[:, pairs] @ products
        flat = flat.reshape(m, len(first), -1)
        values = xp.empty((m, q, q, block.shape[0]), dtype=dtype, device=device(block))
        values[:, first, second] = values[:, second, first] = flat
        yield rows, values


def summed_information(Z: Array, P: Array, intercept: bool, scale: Array) -> Array:
    """Σᵢ zᵢzᵢᵀ ⊗ Λ̃ᵢ (dq×dq, float64), products in the features' own type, blocks in float64."""
    like = augmented(Z[:1], intercept)
    xp, d, q = namespace(like), like.shape[1], P.shape[1] - 1
    first, second = np.triu_indices(q)
    shape = (len(first), d * (d + 1) // 2)
    total = xp.zeros(shape, dtype=xp.float64, device=device(like))
    for rows, block in dense_blocks(Z, WIDTH, intercept, scale):
        C = curvature(xp.asarray(P[rows], dtype=xp.float64))[:, first, second]
        C = xp.astype(C, block.dtype).T
        for pairs, products in _products_of_pairs(block.T):
            total[:, pairs] += C @ products.T
    return _unpacked(total, d, q)


def _products_of_pairs(columns: Array) -> Iterator[tuple[slice, Array]]:
    """z_f·z_g for f ≤ g, of the columns z (d×n) of some rows: (pairs, their products)."""
    xp, (d, n) = namespace(columns), columns.shape
    columns = xp.asarray(columns, copy=True)  # in one piece
    buffer = xp.empty((PAIRS + d, n), dtype=columns.dtype, device=device(columns))
    start = stop = 0
    for f in range(d):
        end = stop + d - f
        buffer[stop - start : end - start] = columns[f] * columns[f:]
        stop = end
        if stop - start >= PAIRS or f == d - 1:
            yield slice(start, stop), buffer[: stop - start]
            start = stop


def _pairs_of(q: int) -> np.ndarray:
    """Places of the pairs a ≤ b in a flat q×q."""
    first, second = np.triu_indices(q)
    return first * q + second


def _packed(A, basis):
    """What z_f·z_g is multiplied by in the form of each pair of contrasts (q(q+1)/2 × pairs)."""
    xp, q = namespace(A), len(basis)
    A = A.reshape(len(A) // q, q, -1, q)
    return xp.concat([_packed_feature(A[f, :, f:], basis) for f in range(len(A))], axis=1)


def _packed_feature(part, basis):
    """The pairs of one feature with those from it on; `part` is q×w×q."""
    xp, q, w = namespace(part), part.shape[0], part.shape[1]
    turned = (basis @ part.reshape(q, -1)).reshape(q, w, q) @ basis.T
    both = turned + xp.permute_dims(turned, (2, 1, 0))
    both[:, 0] /= 2  # f itself
    flat = xp.permute_dims(both, (0, 2, 1)).reshape(q * q, w)
    return flat[_pairs_of(q)]


def _unpacked(total, d, q):
    """The symmetric dq×dq matrix whose pairs (q(q+1)/2 × pairs) these are."""
    xp = namespace(total)
    A = xp.empty((d, q, d, q), dtype=total.dtype, device=device(total))
    places = np.empty((q, q), dtype=np.intp)
    first, second = np.triu_indices(q)
    places[first, second] = places[second, first] = np.arange(len(first))
    start = 0
    for f in range(d):
        part = total[:, start : start + d - f]
        whole = part[places.ravel()].reshape(q, q, d - f)
        A[f, :, f:] = xp.permute_dims(whole, (0, 2, 1))
        A[f:, :, f] = xp.permute_dims(whole, (2, 0, 1))
        start += d - f
    return A.reshape(d * q, d * q)
