"""Second derivatives of the log loss of a softmax: per row, summed over rows, and seen by rows.

Adding one number to all logits of a row changes nothing, so everything lives among *contrasts*:
k-vectors that sum to 0, written in an orthonormal basis B (k×q, q = k − 1).  A matrix over d
features and q contrasts, such as Σᵢ zᵢzᵢᵀ ⊗ Λ̃ᵢ, is a dq×dq array whose index is feature-major:
feature f, contrast a stand at place f·q + a, so that ``M.reshape(d, q, d, q)[:, a, :, b]`` is its
d×d block for a pair of contrasts.  With an intercept d counts the constant 1, which is the last
feature and which Z does not hold.
"""

from collections.abc import Callable, Iterator

import numpy as np

from skal._array import append_ones, asarray_like, device, namespace, row_slices


def contrasts(k: int, like):
    """B (k×(k−1)): an orthonormal basis of the vectors that sum to 0, in the kind of `like`.

    Column a compares class a + 1 with the mean of those before it (Helmert contrasts).
    """
    basis = np.zeros((k, k - 1))
    for a in range(1, k):
        basis[:a, a - 1], basis[a, a - 1] = 1, -a
        basis[:, a - 1] /= np.sqrt(a * (a + 1))
    return asarray_like(basis, like)


def curvature(P):
    """Λ̃ᵢ = Bᵀ(diag pᵢ − pᵢpᵢᵀ)B of each row (n×q×q): the Hessian of the log loss in its logits.

    Written as Σ over pairs of classes of p_a p_c (b_a − b_c)(b_a − b_c)ᵀ, b_a the rows of B: every
    term is positive semi-definite, and nothing cancels where a probability is nearly 1.
    """
    n, k = P.shape
    basis, (first, second) = contrasts(k, P), np.triu_indices(k, 1)
    steps = basis[first] - basis[second]
    outer = (steps[:, :, None] * steps[:, None, :]).reshape(len(first), (k - 1) ** 2)
    return ((P[:, first] * P[:, second]) @ outer).reshape(n, k - 1, k - 1)


def information(Z, P, intercept: bool, weights=None):
    """Σᵢ wᵢ·zᵢzᵢᵀ ⊗ Λ̃ᵢ (dq×dq, float64): the Fisher information of rows, and their Hessian.

    Z is n×d (an array or a sparse matrix), P n×k; w are the rows' weights, 1 if not given.
    """
    q = P.shape[1] - 1
    return paired_products(Z, lambda rows: curvature(P[rows]), q, intercept, weights)


def paired_products(Z, curvature_of: Callable, q: int, intercept: bool, weights=None):
    """Σᵢ wᵢ·zᵢzᵢᵀ ⊗ Cᵢ for any symmetric Cᵢ (q×q): `curvature_of` gives those of a slice of rows.

    One product of features with weighted features for each pair a ≤ b, a block of rows at a time.
    """
    n, d = Z.shape[0], Z.shape[1] + intercept
    xp, total = None, None
    for rows in row_slices(n, d + q * q, Z):
        block, C = append_ones(Z[rows], intercept), curvature_of(rows)
        if total is None:
            xp = namespace(block)
            total = xp.zeros((d, q, d, q), dtype=xp.float64, device=device(block))
        C = xp.asarray(C, dtype=block.dtype)
        if weights is not None:
            C = C * xp.asarray(weights[rows], dtype=block.dtype)[:, None, None]
        for a, b in _pairs(q):
            total[:, a, :, b] += xp.asarray(
                (block * C[:, a, b][:, None]).T @ block, dtype=xp.float64
            )
    for a, b in _pairs(q):
        if a != b:
            total[:, b, :, a] = total[:, a, :, b].T
    return total.reshape(d * q, d * q)


def seen_by_rows(Z, A, q: int, intercept: bool) -> Iterator:
    """(zᵢᵀ⊗I) A (zᵢ⊗I) (q×q) of each row, for a symmetric A (dq×dq): blocks (rows, their values).

    One product of features with a d×d part of A for each pair a ≤ b.
    """
    n, d = Z.shape[0], Z.shape[1] + intercept
    A = A.reshape(d, q, d, q)
    for rows in row_slices(n, d + q * q, Z):
        block = append_ones(Z[rows], intercept)
        xp = namespace(block)
        values = xp.empty((block.shape[0], q, q), dtype=block.dtype, device=device(block))
        for a, b in _pairs(q):
            part = xp.asarray(A[:, a, :, b], dtype=block.dtype, copy=True)
            values[:, a, b] = values[:, b, a] = xp.vecdot(block @ part, block)
        yield rows, values


def _pairs(q: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(q) for b in range(a, q)]
