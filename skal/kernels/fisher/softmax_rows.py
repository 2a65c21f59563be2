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

import numpy as np

from skal._array import augmented, device, dtype_name, namespace, products, row_slices, to_numpy
from skal.kernels.fisher import gains
from skal.kernels.fisher.inverse import Inverse
from skal.kernels.softmax import (
    curvature,
    information,
    likeliest_curvature,
    seen_by_rows,
    share_of_likeliest,
)


class SoftmaxRows:
    """What adding each row to M = prior + Σ picked would gain.

    Parameters
    ----------
    Z, P : arrays (n×d, n×k)
        Features (which may be a sparse matrix) and class probabilities.
    intercept : bool
        Whether z has a constant 1 that Z does not hold.
    scale : array (d)
        What each feature (the constant is the last) is multiplied by before anything else.
    prior : callable
        () ↦ M without picks (1×dq×dq, float64).
    target : array (1×dq×dq) or None
        F of tr(M⁻¹F), which picks lower; None: they raise log det M.
    likeliest : int, default=None
        Gains are computed as if only so many of a row's most likely classes could be seen.
    """

    def __init__(self, Z, P, intercept, scale, prior: Callable, target, likeliest=None):
        self.Z, self.P, self.intercept, self.scale = Z, P, intercept, scale
        self.q, self.picked, self._prior, self.likeliest = P.shape[1] - 1, [], prior, likeliest
        self._like = augmented(Z[:1], intercept)
        self._share = None if likeliest is None else share_of_likeliest(P, likeliest)
        self.inverse = Inverse(self._information, target, self.q, dtype_name(self._like))
        self._look_afresh()

    def kept(self) -> "SoftmaxRows":
        """The picked rows alone, all of them in M, to take rows out of; in float64."""
        rows = copy.copy(self)
        rows.Z, rows.P = self._doubled(self.picked)
        rows._like, rows.picked = rows.Z, list(range(len(self.picked)))
        rows.likeliest = rows._share = None  # a removal is of all that the row gave
        rows.inverse.information = rows._information
        rows._look_afresh()
        return rows

    def _information(self):
        M = self._prior()
        if self.picked:
            M = M + information(*self._doubled(self.picked), self.intercept, scale=self.scale)
        return M

    def _doubled(self, positions):
        """Features and probabilities of a few rows, in float64."""
        xp, Z = namespace(self._like), augmented(self.Z[positions], False)
        return xp.asarray(Z, dtype=xp.float64), xp.asarray(self.P[positions], dtype=xp.float64)

    # ------------------------------------------------------------------ N and D of all rows
    def _look_afresh(self):
        """N, D and the bounds of all rows from M⁻¹ and Q."""
        xp, q, n = namespace(self._like), self.q, self.Z.shape[0]
        matrices = [A[0] for A in self.inverse.matrices() if A is not None]
        kind = {"dtype": self._like.dtype, "device": device(self._like)}
        self._seen = xp.empty((n, len(matrices) * q, q), **kind)  # N over D
        self.bounds = xp.empty(n, **kind)
        for place, A in enumerate(matrices):
            for rows, values in seen_by_rows(
                self.Z, A, q, self.intercept, self.scale, double=self.inverse.needs_double
            ):
                self._seen[rows, place * q : (place + 1) * q] = values
        for rows in self._slices():
            self._bound(rows)
        self._close_picked()

    def _follow(self, W, G, sign: int):
        """Bring N, D and the bounds of all rows up to date: one pass over the pool."""
        xp, q, r = namespace(self._like), self.q, W.shape[0]
        change = W.reshape(r, -1, q)
        if G is not None:  # twice Y'X'ᵀ, since only the symmetric part of D matters
            change = xp.concat([change, 2 * G.reshape(r, -1, q)], axis=2)
        change = xp.permute_dims(change, (1, 2, 0)) * self.scale[:, None, None]
        height = change.shape[1]
        change = xp.astype(change, self._like.dtype).reshape(-1, height * r)
        for rows in self._slices():
            parts = products(self.Z[rows], change, self.intercept).reshape(-1, height, r)
            difference = parts @ xp.matrix_transpose(parts[:, :q])
            if sign < 0:
                difference[:, :q] *= -1
            self._seen[rows] -= difference
            self._bound(rows)

    def _slices(self):
        return row_slices(self.Z.shape[0], self.Z.shape[1] + 2 * self.q**2, self._like)

    def _bound(self, rows):
        """Numbers that the gains of some rows do not exceed."""
        xp, N, D = namespace(self._like), self._seen[rows, : self.q], self._seen[rows, self.q :]
        if self.inverse.target is None:
            self.bounds[rows] = gains.determinant_bound(self._gained(rows, N.dtype), N)
            return
        share = None if self._share is None else self._share[rows]
        P = xp.asarray(self.P[rows], dtype=D.dtype)
        self.bounds[rows] = gains.trace_bound(P, N, D, share)

    def _gained(self, positions, dtype):
        """Λ̃ of some rows, as their gains see it."""
        P = namespace(self._like).asarray(self.P[positions], dtype=dtype)
        return curvature(P) if self.likeliest is None else likeliest_curvature(P, self.likeliest)

    def _of(self, positions, dtype=None):
        """Λ̃ and N (and D) of some rows; in float64 unless said otherwise."""
        xp = namespace(self._like)
        dtype = xp.float64 if dtype is None else dtype
        seen = xp.astype(self._seen[positions], dtype, copy=False)
        C, N, D = self._gained(positions, dtype), seen[:, : self.q], seen[:, self.q :]
        if self.inverse.target is None:
            return C, N
        return C, N, (D + xp.matrix_transpose(D)) / 2

    # ------------------------------------------------------------------ adding
    def closer(self, positions) -> np.ndarray:
        """Closer bounds of some rows."""
        if self.inverse.target is None:
            return to_numpy(self.bounds[positions])
        xp = namespace(self._like)

        def closer(positions):  # in the rows' own type: float32 takes half the time
            P = xp.asarray(self.P[positions], dtype=self._like.dtype)
            return gains.closer_trace_bound(P, *self._of(positions, self._like.dtype))

        return self._in_blocks(closer, positions)

    def gain(self, positions) -> np.ndarray:
        """What adding each of some rows would gain."""
        determinant = self.inverse.target is None
        gain = gains.determinant_gain if determinant else gains.trace_gain
        return self._in_blocks(lambda positions: gain(*self._of(positions)), positions)

    def _in_blocks(self, function, positions):
        slices = row_slices(len(positions), 8 * self.q**2, self._like)
        values = [to_numpy(function(positions[rows])) for rows in slices]
        return np.concatenate([np.zeros(0), *values])

    def push(self, position: int) -> None:
        """Add a row."""
        self.picked.append(position)
        self._change(position, 1)

    # ------------------------------------------------------------------ taking out
    def loss(self) -> np.ndarray:
        """What taking each row out would cost; inf where it is out, or M needs it."""
        loss = np.full(self.Z.shape[0], np.inf)
        loss[self.picked] = to_numpy(gains.trace_loss(*self._of(self.picked)))
        return loss

    def pop(self, position: int) -> None:
        """Take a row out."""
        self.picked.remove(position)
        self._change(position, -1)

    def _change(self, position, sign):
        Z, P = self._doubled([position])
        z = augmented(Z, self.intercept, self.scale)[0]
        W, U = self.inverse.rows(z)
        N, D = (None if A is None else z @ A[0].reshape(self.q, -1, self.q) for A in (W, U))
        R, rise = gains.term(curvature(P)[0], (N + N.T) / 2, sign)
        W = R.T @ W[0]
        G = None if U is None else sign * (R.T @ U[0]) - R.T @ D @ R @ W / 2
        if np.isfinite(rise):
            self.inverse.change(W[None], None if G is None else G[None], sign, rise)
        if self.inverse.stale or not np.isfinite(rise):
            self.inverse.refresh()
            self._look_afresh()
        elif W.shape[0]:
            self._follow(W, G, sign)
        self._close_picked()

    def _close_picked(self):
        """Rows that are in cannot be added."""
        if self.picked:
            self.bounds[self.picked] = -np.inf
