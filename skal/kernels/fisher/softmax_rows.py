"""Rows of a softmax model and the Fisher information that each would add, kept up to date.

For every row i, with V = zᵢ⊗I, Q = M⁻¹FM⁻¹ and Λ̃ᵢ = RᵢRᵢᵀ,

    Ñᵢ = RᵢᵀVᵀM⁻¹VRᵢ,   D̃ᵢ = RᵢᵀVᵀQVRᵢ   (q×q each)

are all that the gain of adding it needs.  Adding row j with SSᵀ = (I + Λ̃ⱼNⱼ)⁻¹Λ̃ⱼ,
W' = M⁻¹VⱼS and G' = QVⱼS − ½W'(SᵀDⱼS) changes them by

    M⁻¹ −= W'W'ᵀ,   Q −= W'G'ᵀ + G'W'ᵀ,   Ñᵢ −= X'X'ᵀ,   D̃ᵢ −= X'Y'ᵀ + Y'X'ᵀ

with X' = Rᵢᵀ(zᵢᵀ⊗I)W' and Y' = Rᵢᵀ(zᵢᵀ⊗I)G': for all rows one product of n×d by d×2qr.  Taking j
out turns the signs of M⁻¹'s change, of Ñ's and of QVⱼS.
"""

import copy
from collections.abc import Callable
from typing import Self

import numpy as np

from skal._array import Array, dtype_name, namespace, row_slices, to_numpy, turned_products
from skal._linalg import products_by_row
from skal.kernels.fisher import gains
from skal.kernels.fisher.forms import forms_of_rows
from skal.kernels.fisher.roots import LikeliestRoots, Roots, SoftmaxRoots, from_last
from skal.kernels.fisher.rows import InformationRows
from skal.kernels.softmax import curvature, information


class SoftmaxRows(InformationRows):
    """What adding each row of a softmax model to M would gain: I(x) = zzᵀ ⊗ Λ̃.

    Parameters
    ----------
    Z, P : arrays (n×d, n×k)
        Features (which may be a sparse matrix) and class probabilities.
    intercept, scale, prior, target
        As for `skal.kernels.fisher.rows.InformationRows`, prior and target 1×dq×dq.
    likeliest : int, default=None
        Gains are computed as if only so many of a row's most likely classes could be seen.
    """

    roots: Roots

    def __init__(
        self,
        Z: Array,
        P: Array,
        intercept: bool,
        scale: Array,
        prior: Callable[[], Array] | None,
        target: Array | None,
        likeliest: int | None = None,
    ):
        self.q, self.likeliest = P.shape[1] - 1, likeliest
        super().__init__(Z, P, intercept, scale, prior, target, self.q)

    def kept(self) -> Self:
        """The picked rows alone, to take rows out of: a removal is of all that a row gave."""
        whole = copy.copy(self)
        whole.likeliest = None
        return super(SoftmaxRows, whole).kept()

    def _with_rows(self):
        if self.likeliest is None:
            self.roots = SoftmaxRoots(self.given, self._like)
        else:
            self.roots = LikeliestRoots(self.given, self.likeliest, self._like)

    # ------------------------------------------------------------------ Ñ and D̃
    def _sum(self, Z, P):
        return information(Z, P, self.intercept, scale=self.scale)

    def _look(self):
        """Ñ and D̃ of all rows, in one array (2×q×q×n)."""
        matrices = [A[0] for A in self.inverse.matrices()]
        q = self.roots.height
        self._seen = self._empty(len(matrices), q, q, self.Z.shape[0])
        forms = forms_of_rows(
            self.Z, matrices, self._from_last, self.intercept, self.scale,
            double=self.inverse.needs_double,
        )  # fmt: skip
        for rows, values in forms:
            for seen, N in zip(self._seen, values, strict=True):
                seen[..., rows] = self._both_sides(N, rows)

    def _both_sides(self, N, rows):
        """RᵀNR of some rows."""
        xp, once = namespace(N), self.roots.times(N, rows)
        return self.roots.times(xp.permute_dims(once, (1, 0, 2)), rows)

    @property
    def _from_last(self):
        return from_last(self.q + 1, self.scale)

    def _term(self, z, p, sign):
        W, *with_target = self.inverse.rows(z)
        N = z @ W[0].reshape(self.q, -1, self.q)
        S, rise = gains.term(curvature(p[None])[0], (N + N.T) / 2, sign)
        W = S.T @ W[0]
        if not with_target:
            return W[None], None, rise
        (U,) = with_target
        D = z @ U[0].reshape(self.q, -1, self.q)
        G = sign * (S.T @ U[0]) - S.T @ D @ S @ W / 2
        return W[None], G[None], rise

    def _step(self, W, G):
        """[W', 2G'] as d×2qr: twice Y'X'ᵀ, since only the symmetric part of D̃ matters."""
        xp, parts = namespace(self._like), [W] if G is None else [W, 2 * G]
        parts = xp.stack([part[0].reshape(W.shape[1], -1, self.q) for part in parts])
        parts = parts @ self._from_last.T * self.scale[:, None]  # 2×r×d×q
        parts = xp.permute_dims(parts, (2, 0, 3, 1))
        return xp.astype(parts.reshape(parts.shape[0], -1), self._like.dtype)

    _multiply = staticmethod(turned_products)

    def _follow(self, rows, XY, sign):
        seen = self._seen[..., rows]
        XY = XY.reshape(seen.shape[0], self.q, -1, XY.shape[1])
        X, *Y = (self.roots.times(part, rows) for part in XY)
        seen[0] -= products_by_row(X if sign > 0 else -X, X)
        for part in Y:
            seen[1] -= products_by_row(part, X)

    @property
    def _width(self):
        """So that a block of rows is in a cache, and has many rows for each operation."""
        return max(16, min(self.q**2 * self._like.dtype.itemsize // 5, 1024))

    # ------------------------------------------------------------------ gains
    def _gain(self, rows):
        self.gains[rows] = self._of(self._seen[..., rows])

    @property
    def exact(self) -> Callable[[np.ndarray], np.ndarray] | None:
        """Gains of some rows in float64, where they are not in it."""
        return None if dtype_name(self._like) == "float64" else self._in_float64

    def _in_float64(self, positions):
        xp, parts = namespace(self._like), [np.zeros(0)]
        for rows in row_slices(len(positions), self._width, self._like):
            seen = xp.astype(self._seen[..., positions[rows]], xp.float64)
            parts.append(to_numpy(self._of(seen)))
        return np.concatenate(parts)

    def _of(self, seen):
        determinant = self.inverse.target is None
        return gains.determinant_gain(seen[0]) if determinant else gains.trace_gain(*seen)

    def _losses(self):
        return gains.trace_loss(*self._seen[..., self.picked])
