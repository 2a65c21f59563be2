"""Rows whose information is of rank one in each of m blocks: I = diag(w₁, …, w_m) ⊗ zzᵀ.

A regression is one block with w = 1; the classes of a softmax taken one by one are k blocks with
w = p(1 − p); a row's most likely class against the rest is one block with w = 2p(1 − p), which at
two classes is exact.  What `softmax_rows` says holds with numbers N and D for each block.
"""

import copy
from collections.abc import Callable

import numpy as np

from skal._array import augmented, device, dtype_name, namespace, products, row_slices, to_numpy
from skal.kernels.fisher.gains import LEAST_LEFT, rise_of
from skal.kernels.fisher.inverse import Inverse


def class_weights(P):
    """p(1 − p) of each class (n×k)."""
    return P * (1 - P)


def top_weights(P):
    """2p(1 − p) of the most likely class (n×1)."""
    p = namespace(P).max(P, axis=1)[:, None]
    return 2 * p * (1 - p)


def rank_one_information(Z, weights, intercept: bool, row_weights=None, scale=None):
    """Σᵢ rᵢ·w_ic·zᵢzᵢᵀ for each block c (m×d×d, float64), r the rows' weights."""
    like = augmented(Z[:1], intercept, scale)
    xp, d, m = namespace(like), like.shape[1], weights[:1].shape[1]
    total = xp.zeros((m, d, d), dtype=xp.float64, device=device(like))
    for rows in row_slices(Z.shape[0], 2 * d, like):
        block = xp.astype(augmented(Z[rows], intercept), xp.float64)
        block = block if scale is None else block * scale
        w = xp.asarray(weights[rows], dtype=xp.float64)
        w = w if row_weights is None else w * row_weights[rows][:, None]
        for c in range(m):
            total[c] += (block * w[:, c : c + 1]).T @ block
    return total


def rank_one_seen(Z, A, intercept: bool, scale=None, *, double=False):
    """zᵢᵀA_c zᵢ of each row and block: (rows, n×m values), a block of rows at a time.

    In the features' own type, or in float64 with `double`.
    """
    for rows in row_slices(Z.shape[0], 2 * A.shape[-1], augmented(Z[:1], False)):
        block = augmented(Z[rows], intercept, None if double else scale)
        xp = namespace(block)
        block = augmented(xp.astype(block, xp.float64), False, scale) if double else block
        parts = [xp.vecdot(block @ xp.astype(part, block.dtype), block) for part in A]
        yield rows, xp.stack(parts, axis=1)


class Weights:
    """Weights of rows in each block, computed where they are asked for."""

    def __init__(self, of: Callable, P):
        self.of, self.P = of, P

    def __getitem__(self, rows):
        return self.of(self.P[rows])


class Ones:
    """The weight 1 of every row in one block."""

    def __init__(self, Z):
        self.n, self.like = Z.shape[0], augmented(Z[:1], False)

    def __getitem__(self, rows):
        n = len(range(self.n)[rows]) if isinstance(rows, slice) else len(rows)
        xp = namespace(self.like)
        return xp.ones((n, 1), dtype=self.like.dtype, device=device(self.like))


class RankOneRows:
    """What adding each row to M = prior + Σ picked would gain.

    Parameters
    ----------
    Z : array (n×d)
        Features, which may be a sparse matrix.
    weights : array-like of rows (n×m)
        What is indexed by rows to give their weights in each block.
    intercept, scale, prior, target
        As for `skal.kernels.fisher.softmax_rows.SoftmaxRows`, prior and target m×d×d.
    """

    closer = gain = None  # bounds are the gains themselves

    def __init__(self, Z, weights, intercept, scale, prior: Callable, target):
        self.Z, self.weights, self.intercept, self.scale = Z, weights, intercept, scale
        self.picked, self._prior = [], prior
        self._like = augmented(Z[:1], intercept)
        self.inverse = Inverse(self._information, target, 1, dtype_name(self._like))
        self._look_afresh()

    def kept(self) -> "RankOneRows":
        """The picked rows alone, all of them in M, to take rows out of; in float64."""
        rows = copy.copy(self)
        rows.Z, rows.weights = self._doubled(self.picked)
        rows._like, rows.picked = rows.Z, list(range(len(self.picked)))
        rows.inverse.information = rows._information
        rows._look_afresh()
        return rows

    def _information(self):
        M = self._prior()
        if self.picked:
            Z, w = self._doubled(self.picked)
            M = M + rank_one_information(Z, w, self.intercept, scale=self.scale)
        return M

    def _doubled(self, positions):
        xp, Z = namespace(self._like), augmented(self.Z[positions], False)
        return xp.astype(Z, xp.float64), xp.asarray(self.weights[positions], dtype=xp.float64)

    def _look_afresh(self):
        """N, D and the gains of all rows from M⁻¹ and Q."""
        xp, n = namespace(self._like), self.Z.shape[0]
        kind = {"dtype": self._like.dtype, "device": device(self._like)}
        inverse, both = self.inverse.matrices()
        double = self.inverse.needs_double
        self._N = xp.empty((n, inverse.shape[0]), **kind)
        self._D = xp.empty((n, inverse.shape[0]), **kind)
        self.bounds = xp.empty(n, **kind)
        for A, seen in ((inverse, self._N), (both, self._D)):
            for rows, values in rank_one_seen(self.Z, A, self.intercept, self.scale, double=double):
                seen[rows] = values
        for rows in self._slices():
            self._gain(rows)
        self._close_picked()

    def _follow(self, W, G, sign: int):
        """Bring N, D and the gains of all rows up to date: one pass over the pool."""
        xp, m = namespace(self._like), W.shape[0]
        change = xp.astype(xp.concat([W, 2 * G]) * self.scale, self._like.dtype).T
        for rows in self._slices():
            both = products(self.Z[rows], change, self.intercept)
            X, Y = both[:, :m], both[:, m:]
            Y *= X
            self._D[rows] -= Y
            X *= X if sign > 0 else -X
            self._N[rows] -= X
            self._gain(rows)

    def _slices(self):
        return row_slices(self.Z.shape[0], 6 * self._N.shape[1], self._like)

    def _gain(self, rows):
        N, D = self._N[rows], self._D[rows]
        if not isinstance(self.weights, Ones):
            w = namespace(N).asarray(self.weights[rows], dtype=N.dtype)
            N, D = w * N, w * D
        gain = D / (1 + N)
        self.bounds[rows] = gain[:, 0] if gain.shape[1] == 1 else namespace(N).sum(gain, axis=1)

    def push(self, position: int) -> None:
        """Add a row."""
        self.picked.append(position)
        self._change(position, 1)

    def loss(self) -> np.ndarray:
        """What taking each row out would cost; inf where it is out, or M needs it."""
        xp, loss = namespace(self._like), np.full(self.Z.shape[0], np.inf)
        w = self.weights[self.picked]
        left = 1 - w * self._N[self.picked]
        cost = w * self._D[self.picked] / xp.where(left > LEAST_LEFT, left, 1.0)
        cost = xp.where(xp.min(left, axis=1) > LEAST_LEFT, xp.sum(cost, axis=1), xp.inf)
        loss[self.picked] = to_numpy(cost)
        return loss

    def pop(self, position: int) -> None:
        """Take a row out."""
        self.picked.remove(position)
        self._change(position, -1)

    def _change(self, position, sign):
        xp = namespace(self._like)
        Z, w = self._doubled([position])
        z, w = augmented(Z, self.intercept, self.scale)[0], w[0]
        W, U = (A[:, 0] for A in self.inverse.rows(z))
        N, D = W @ z, U @ z
        left = 1 + sign * w * N
        rise = rise_of(left) if sign < 0 else 0.0
        R = xp.sqrt(xp.abs(w / left))
        W = R[:, None] * W
        G = sign * R[:, None] * U - (R * R * D / 2)[:, None] * W
        if np.isfinite(rise):
            self.inverse.change(W[:, None], G[:, None], sign, rise)
        if self.inverse.stale or not np.isfinite(rise):
            self.inverse.refresh()
            self._look_afresh()
        else:
            self._follow(W, G, sign)
        self._close_picked()

    def _close_picked(self):
        """Rows that are in cannot be added."""
        if self.picked:
            self.bounds[self.picked] = -np.inf
