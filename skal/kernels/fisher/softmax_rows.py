"""Rows of a softmax model and the Fisher information that each would add, kept up to date.

For every row i, with V = zᵢ⊗I and Q = M⁻¹FM⁻¹,

    Nᵢ = VᵀM⁻¹V,   Dᵢ = VᵀQV   (q×q each)

are all that the gain of adding it needs.  Adding row j with RRᵀ = (I + Λ̃ⱼNⱼ)⁻¹Λ̃ⱼ,
W' = M⁻¹VⱼR and G' = QVⱼR − ½W'(RᵀDⱼR) changes them by

    M⁻¹ −= W'W'ᵀ,   Q −= W'G'ᵀ + G'W'ᵀ,   Nᵢ −= X'X'ᵀ,   Dᵢ −= X'Y'ᵀ + Y'X'ᵀ

with X' = (zᵢᵀ⊗I)W' and Y' = (zᵢᵀ⊗I)G': for all rows one product of n×d by d×2qr.  Taking j out
turns the signs of M⁻¹'s change, of N's and of QVⱼR.
"""

import copy
from collections.abc import Callable
from typing import Self

import numpy as np

from skal._array import Array, namespace, row_slices, to_numpy
from skal.kernels.fisher import gains
from skal.kernels.fisher.rows import InformationRows
from skal.kernels.softmax import (
    curvature,
    information,
    likeliest_curvature,
    seen_by_rows,
    share_of_likeliest,
)


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
        self._share = None if likeliest is None else share_of_likeliest(P, likeliest)
        super().__init__(Z, P, intercept, scale, prior, target, self.q)

    def kept(self) -> Self:
        """The picked rows alone, to take rows out of: a removal is of all that a row gave."""
        whole = copy.copy(self)
        whole.likeliest = whole._share = None
        return super(SoftmaxRows, whole).kept()

    # ------------------------------------------------------------------ N and D
    def _sum(self, Z, P):
        return information(Z, P, self.intercept, scale=self.scale)

    def _look(self):
        """Nᵢ over Dᵢ of all rows, in one array."""
        q, double = self.q, self.inverse.needs_double
        matrices = [A[0] for A in self.inverse.matrices()]
        self._seen = self._empty(self.Z.shape[0], len(matrices) * q, q)
        for place, A in enumerate(matrices):
            seen = seen_by_rows(self.Z, A, q, self.intercept, self.scale, double=double)
            for rows, values in seen:
                self._seen[rows, place * q : (place + 1) * q] = values

    def _term(self, z, p, sign):
        W, *with_target = self.inverse.rows(z)
        N = z @ W[0].reshape(self.q, -1, self.q)
        R, rise = gains.term(curvature(p[None])[0], (N + N.T) / 2, sign)
        W = R.T @ W[0]
        if not with_target:
            return W[None], None, rise
        (U,) = with_target
        D = z @ U[0].reshape(self.q, -1, self.q)
        G = sign * (R.T @ U[0]) - R.T @ D @ R @ W / 2
        return W[None], G[None], rise

    def _step(self, W, G):
        """[W', 2G'] as d×2qr: twice Y'X'ᵀ, since only the symmetric part of D matters."""
        xp, r = namespace(self._like), W.shape[1]
        step = W[0].reshape(r, -1, self.q)
        if G is not None:
            step = xp.concat([step, 2 * G[0].reshape(r, -1, self.q)], axis=2)
        step = xp.permute_dims(step, (1, 2, 0)) * self.scale[:, None, None]
        return xp.astype(step, self._like.dtype).reshape(-1, step.shape[1] * r)

    def _follow(self, rows, XY, sign):
        height = self._seen.shape[1]
        XY = XY.reshape(-1, height, XY.shape[1] // height)
        difference = XY @ namespace(XY).matrix_transpose(XY[:, : self.q])
        if sign < 0:
            difference[:, : self.q] *= -1
        self._seen[rows] -= difference

    @property
    def _width(self):
        return self.Z.shape[1] + 2 * self.q**2

    # ------------------------------------------------------------------ gains
    def _bound(self, rows):
        """Numbers that the gains of some rows do not exceed."""
        N, D = self._seen[rows, : self.q], self._seen[rows, self.q :]
        if self.inverse.target is None:
            self.bounds[rows] = gains.determinant_bound(self._gained(rows, N.dtype), N)
            return
        share = None if self._share is None else self._share[rows]
        P = namespace(self._like).asarray(self.given[rows], dtype=D.dtype)
        self.bounds[rows] = gains.trace_bound(P, N, D, share)

    def closer(self, positions: np.ndarray) -> np.ndarray:
        """Closer bounds of some rows."""
        if self.inverse.target is None:
            return to_numpy(self.bounds[positions])
        xp, dtype = namespace(self._like), self._like.dtype  # float32 takes half the time

        def closer(positions):
            P = xp.asarray(self.given[positions], dtype=dtype)
            return gains.closer_trace_bound(P, *self._of(positions, dtype))

        return self._in_blocks(closer, positions)

    def gain(self, positions: np.ndarray) -> np.ndarray:
        """What adding each of some rows would gain."""
        determinant = self.inverse.target is None
        gain = gains.determinant_gain if determinant else gains.trace_gain
        return self._in_blocks(lambda positions: gain(*self._of(positions)), positions)

    def _losses(self):
        return gains.trace_loss(*self._of(self.picked))

    def _of(self, positions, dtype=None):
        """Λ̃ and N (and D) of some rows; in float64 unless said otherwise."""
        xp = namespace(self._like)
        dtype = xp.float64 if dtype is None else dtype
        seen = xp.astype(self._seen[positions], dtype, copy=False)
        C, N, D = self._gained(positions, dtype), seen[:, : self.q], seen[:, self.q :]
        if self.inverse.target is None:
            return C, N
        return C, N, (D + xp.matrix_transpose(D)) / 2

    def _gained(self, positions, dtype):
        """Λ̃ of some rows, as their gains see it."""
        P = namespace(self._like).asarray(self.given[positions], dtype=dtype)
        return curvature(P) if self.likeliest is None else likeliest_curvature(P, self.likeliest)

    def _in_blocks(self, function, positions):
        slices = row_slices(len(positions), 8 * self.q**2, self._like)
        values = [to_numpy(function(positions[rows])) for rows in slices]
        return np.concatenate([np.zeros(0), *values])
