"""The softmax, and second derivatives of its log loss: per row, summed over rows, seen by rows.

Adding one number to all logits of a row changes nothing, so everything lives among *contrasts*:
k-vectors that sum to 0, written in an orthonormal basis B (k×q, q = k − 1).  A matrix over d
features and q contrasts, such as Σᵢ zᵢzᵢᵀ ⊗ Λ̃ᵢ, is a dq×dq array whose index is feature-major:
feature f, contrast a stand at place f·q + a, so that ``M.reshape(d, q, d, q)[:, a, :, b]`` is its
d×d block for a pair of contrasts.  With an intercept d counts the constant 1, which is the last
feature and which Z does not hold.
"""

import functools
from collections.abc import Callable, Iterator

import numpy as np

from skal._array import (
    Array,
    asarray_like,
    augmented,
    dense_blocks,
    device,
    float64_like,
    namespace,
)


def softmax(logits: Array) -> Array:
    """p ∝ exp η (…×k), classes along the last axis."""
    xp = namespace(logits)
    P = xp.exp(logits - xp.max(logits, axis=-1)[..., None])
    return P / P.sum(-1)[..., None]


def log_softmax(logits: Array) -> Array:
    """log p (…×k), which stays finite where p would be 0."""
    xp = namespace(logits)
    shifted = logits - xp.max(logits, axis=-1)[..., None]
    return shifted - xp.log(xp.exp(shifted).sum(-1))[..., None]


def contrasts(k: int, like: Array) -> Array:
    """B (k×(k−1)): an orthonormal basis of the vectors that sum to 0, in the kind of `like`.

    Column a compares class a + 1 with the mean of those before it (Helmert contrasts).
    """
    return asarray_like(_helmert(k), like)


@functools.cache
def _helmert(k):
    basis = np.zeros((k, k - 1))
    for a in range(1, k):
        basis[:a, a - 1], basis[a, a - 1] = 1, -a
        basis[:, a - 1] /= np.sqrt(a * (a + 1))
    return basis


def curvature(P: Array) -> Array:
    """Λ̃ᵢ = Bᵀ(diag pᵢ − pᵢpᵢᵀ)B of each row (n×q×q): the Hessian of the log loss in its logits.

    Written as Σ over pairs of classes of p_a p_c (b_a − b_c)(b_a − b_c)ᵀ, b_a the rows of B: every
    term is positive semi-definite, and nothing cancels where a probability is nearly 1.
    """
    n, k = P.shape
    outer, (first, second) = asarray_like(_outer_steps(k), P), np.triu_indices(k, 1)
    return ((P[:, first] * P[:, second]) @ outer).reshape(n, k - 1, k - 1)


@functools.cache
def _outer_steps(k):
    """(b_a − b_c)(b_a − b_c)ᵀ of each pair of classes, flat."""
    (first, second), basis = np.triu_indices(k, 1), _helmert(k)
    steps = basis[first] - basis[second]
    return (steps[:, :, None] * steps[:, None, :]).reshape(len(first), (k - 1) ** 2)


def likeliest_curvature(P: Array, r: int) -> Array:
    """VᵢVᵢᵀ of each row (n×q×q): Λ̃ᵢ as its r most likely classes alone show it.

    A class c of those is a column √(p_c/Σp)·Bᵀ(e_c − p): the sum is over the r, the last p has
    all k.
    """
    xp = namespace(P)
    basis, places = contrasts(P.shape[1], P), xp.argsort(P, axis=1, descending=True)[:, :r]
    shares = xp.take_along_axis(P, places, axis=1)
    shares = shares / xp.sum(shares, axis=1)[:, None]
    columns = (basis[places] - (P @ basis)[:, None, :]) * xp.sqrt(shares)[:, :, None]
    return xp.matrix_transpose(columns) @ columns


def share_of_likeliest(P: Array, r: int) -> Array:
    """Summed probability of the r most likely classes of each row (n)."""
    xp = namespace(P)
    return xp.sum(xp.sort(P, axis=1, descending=True)[:, :r], axis=1)


def information(
    Z: Array, P: Array, intercept: bool, weights: Array | None = None, scale: Array | None = None
) -> Array:
    """Σᵢ wᵢ·zᵢzᵢᵀ ⊗ Λ̃ᵢ (dq×dq, float64): the Fisher information of rows, and their Hessian.

    Z is n×d (an array or a sparse matrix), P n×k; w are the rows' weights, 1 if not given; each
    feature is multiplied by its `scale`, if given.  One product of features with weighted features
    for each pair of contrasts a ≤ b, a block of rows at a time, in float64: what is nearly
    singular here must stay positive.
    """
    q = P.shape[1] - 1
    return _paired_products(Z, P, curvature, q, intercept, weights, scale)


def outer_information(Z: Array, U: Array, intercept: bool, scale: Array | None = None) -> Array:
    """Σᵢ zᵢzᵢᵀ ⊗ uᵢuᵢᵀ (dq×dq, float64) for vectors u of q numbers."""
    return _paired_products(
        Z, U, lambda U: U[:, :, None] * U[:, None, :], U.shape[1], intercept, None, scale
    )


def _paired_products(
    Z: Array,
    V: Array,
    of: Callable[[Array], Array],
    q: int,
    intercept: bool,
    weights: Array | None,
    scale: Array | None,
) -> Array:
    """Σᵢ wᵢ·zᵢzᵢᵀ ⊗ of(vᵢ), `of` making a symmetric q×q matrix of each row of V."""
    d, like = Z.shape[1] + intercept, augmented(Z[:1], intercept)
    xp = namespace(like)
    total = xp.zeros((d, q, d, q), dtype=xp.float64, device=device(like))
    for rows, block in dense_blocks(Z, d + q * q, intercept, scale, double=True):
        C = of(xp.asarray(V[rows], dtype=xp.float64))
        if weights is not None:
            C = C * float64_like(weights[rows], C)[:, None, None]
        for a, b in _pairs(q):
            total[:, a, :, b] += (block * C[:, a, b][:, None]).T @ block
    for a, b in _pairs(q):
        if a != b:
            total[:, b, :, a] = total[:, a, :, b].T
    return total.reshape(d * q, d * q)


def seen_by_rows(
    Z: Array, A: Array, q: int, intercept: bool, scale: Array | None = None, *, double: bool = False
) -> Iterator[tuple[slice, Array]]:
    """(zᵢᵀ⊗I) A (zᵢ⊗I) (q×q) of each row, for a symmetric A (dq×dq): blocks (rows, their values).

    One product of features with a d×d part of A for each pair a ≤ b; in the features' own type, or
    in float64 with `double`.
    """
    xp, d = namespace(A), Z.shape[1] + intercept
    A = A.reshape(d, q, d, q)
    for rows, block in dense_blocks(Z, d + q * q, intercept, scale, double=double):
        values = xp.empty((block.shape[0], q, q), dtype=block.dtype, device=device(block))
        for a, b in _pairs(q):
            part = xp.asarray(A[:, a, :, b], dtype=block.dtype, copy=True)  # in one piece
            values[:, a, b] = values[:, b, a] = xp.vecdot(block @ part, block)
        yield rows, values


def _pairs(q: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(q) for b in range(a, q)]
