"""R of each row, Λ̃ = RRᵀ, and what it makes of a row's numbers: rows are the *last* axis here.

Numbers X of a row, one for each contrast of its classes, are handed in as differences to the last
class: q = k − 1 of them, the last class standing at 0 (`from_last`).
"""

from typing import Protocol

import numpy as np

from skal._array import Array, device, float64_like, namespace, row_slices
from skal._linalg import products_by_row
from skal.kernels.softmax import contrasts


def from_last(k: int, like: Array) -> Array:
    """T (q×q): Tx has the classes' differences to the last one, where x is in `contrasts`."""
    basis = contrasts(k, like)
    return basis[:-1] - basis[-1]


class Roots(Protocol):
    """R of each row."""

    height: int  # columns of R

    def times(self, X: Array, rows: slice) -> Array:
        """RᵀX (height×…×n) of some rows, for X (q×…×n)."""


class SoftmaxRoots:
    r"""R of diag p − ppᵀ, in as many operations as X has numbers.

    With s = √p, diag p − ppᵀ = SSᵀ, S = diag(s)(I − ssᵀ).  Let t be the likeliest class.  The
    reflection H of s to −e_t makes I − ssᵀ a unit matrix without t, so that R = diag(s)H without
    column t will do:

        (RᵀX)_c = s_c (X_c − m),  c ≠ t,   m = (Σ_c p_c X_c + s_t X_t)/(1 + s_t).

    Nothing cancels but what has to where p_t is nearly 1.  The place of t is taken by the last
    class, for which X is 0.
    """

    def __init__(self, P: Array, like: Array):
        xp, (n, k) = namespace(like), P.shape
        self.height = k - 1
        shape = (3, k - 1, n)
        self._parts = xp.empty(shape, dtype=like.dtype, device=device(like))
        for rows in row_slices(n, 4 * k, like):
            self._parts[..., rows] = xp.astype(_reflected(P[rows], like), like.dtype)

    def times(self, X: Array, rows: slice) -> Array:
        xp = namespace(X)
        own, shared, share = xp.astype(self._parts[..., rows], X.dtype, copy=False)
        middle = (1,) * (X.ndim - 2)
        own, shared = (xp.reshape(part, (self.height, *middle, -1)) for part in (own, shared))
        mean = xp.reshape(products_by_row(share[None], _by_class(X)), (1, *X.shape[1:]))
        product = own * X
        product -= shared * mean
        return product


def _reflected(P, like):
    """What X_c and m are multiplied by, and what m is made of (3×q×n, float64)."""
    xp = namespace(like)
    P = xp.clip(xp.asarray(P, dtype=xp.float64, copy=True), 0, None)
    P = (P / xp.sum(P, axis=1)[:, None]).T
    s, k = xp.sqrt(P), P.shape[0]
    top = xp.argmax(P, axis=0)[None, :] == xp.arange(k, device=device(P))[:, None]  # k×n
    most = xp.max(s, axis=0)
    share = xp.where(top, P + s, P) / (1 + most)
    own = xp.where(top, 0.0, s)
    shared = xp.where(top, s[-1:], s)
    return xp.stack([own[:-1], shared[:-1], share[:-1]])


class LikeliestRoots:
    """R of Λ̃ as a row's r most likely classes alone show it: √(p_c/Σp)(e_c − p) for each of them.

    The sum is over the r, the last p has all k.
    """

    def __init__(self, P: Array, r: int, like: Array):
        xp, (n, k) = namespace(like), P.shape
        self.height = r
        self._R = xp.empty((r, k - 1, n), dtype=like.dtype, device=device(like))
        for rows in row_slices(n, k * r, like):
            self._R[..., rows] = xp.astype(_of_likeliest(P[rows], r, like), like.dtype)

    def times(self, X: Array, rows: slice) -> Array:
        xp = namespace(X)
        R = xp.astype(self._R[..., rows], X.dtype, copy=False)
        return xp.reshape(products_by_row(R, _by_class(X)), (self.height, *X.shape[1:]))


def _of_likeliest(P, r, like):
    xp = namespace(like)
    P = xp.asarray(P, dtype=xp.float64)
    places = xp.argsort(P, axis=1, descending=True)[:, :r]
    shares = xp.take_along_axis(P, places, axis=1)
    shares = shares / xp.sum(shares, axis=1)[:, None]
    unit = float64_like(np.eye(P.shape[1]), P)[places]  # n×r×k
    columns = (unit - P[:, None, :]) * xp.sqrt(shares)[:, :, None]
    return xp.permute_dims(columns[..., :-1], (1, 2, 0))


def _by_class(X):
    """X (q×…×n) as a matrix with a column for each class (…×q×n)."""
    xp = namespace(X)
    return xp.permute_dims(xp.reshape(X, (X.shape[0], -1, X.shape[-1])), (1, 0, 2))
