"""Rows whose information is of rank one in each of m blocks: I = diag(w₁, …, w_m) ⊗ zzᵀ.

A regression is one block with w = 1; the classes of a softmax taken one by one are k blocks with
w = p(1 − p); a row's most likely class against the rest is one block with w = 2p(1 − p), which at
two classes is exact.  What `softmax_rows` says holds with numbers N and D for each block.
"""

from collections.abc import Callable, Iterator

from skal._array import Array, asarray_like, augmented, dense_blocks, device, namespace
from skal.kernels.fisher.gains import LEAST_LEFT, rise_of
from skal.kernels.fisher.rows import ByRow, InformationRows


def class_weights(P: Array) -> Array:
    """p(1 − p) of each class (n×k)."""
    return P * (1 - P)


def top_weights(P: Array) -> Array:
    """2p(1 − p) of the most likely class (n×1)."""
    p = namespace(P).max(P, axis=1)[:, None]
    return 2 * p * (1 - p)


def rank_one_information(
    Z: Array,
    weights: ByRow,
    intercept: bool,
    row_weights: Array | None = None,
    scale: Array | None = None,
    *,
    double: bool = True,
) -> Array:
    """Σᵢ rᵢ·w_ic·zᵢzᵢᵀ for each block c (m×d×d, float64), r the rows' weights.

    Without `double` products are in the features' own type, and sums of blocks in float64.
    """
    like = augmented(Z[:1], intercept)
    xp, d, m = namespace(like), like.shape[1], weights[:1].shape[1]
    total = xp.zeros((m, d, d), dtype=xp.float64, device=device(like))
    for rows, block in dense_blocks(Z, 2 * d, intercept, scale, double=double):
        w = xp.asarray(weights[rows], dtype=block.dtype)
        w = w if row_weights is None else w * asarray_like(row_weights[rows], w)[:, None]
        for c in range(m):
            total[c] += (block * w[:, c : c + 1]).T @ block
    return total


def rank_one_seen(
    Z: Array, A: Array, intercept: bool, scale: Array | None = None, *, double: bool = False
) -> Iterator[tuple[slice, Array]]:
    """zᵢᵀA_c zᵢ of each row and block: (rows, n×m values), a block of rows at a time.

    In the features' own type, or in float64 with `double`.
    """
    xp = namespace(A)
    for rows, block in dense_blocks(Z, 2 * A.shape[-1], intercept, scale, double=double):
        parts = [xp.vecdot(block @ xp.astype(part, block.dtype), block) for part in A]
        yield rows, xp.stack(parts, axis=1)


class Weights:
    """Weights of rows in each block, computed where they are asked for."""

    def __init__(self, of: Callable[[Array], Array], P: Array):
        self.of, self.P = of, P

    def __getitem__(self, rows):
        return self.of(self.P[rows])


class Ones:
    """The weight 1 of every row in one block."""

    def __init__(self, Z: Array):
        self.n, self.like = Z.shape[0], augmented(Z[:1], False)

    def __getitem__(self, rows):
        n = len(range(self.n)[rows]) if isinstance(rows, slice) else len(rows)
        xp = namespace(self.like)
        return xp.ones((n, 1), dtype=self.like.dtype, device=device(self.like))


class RankOneRows(InformationRows):
    """What adding each row of rank one in each block to M would gain: Σ_c w_c·D_c/(1 + w_c·N_c).

    Parameters
    ----------
    Z : array (n×d)
        Features, which may be a sparse matrix.
    weights : array-like of rows (n×m)
        What is indexed by rows to give their weights in each block.
    intercept, scale, prior, target
        As for `skal.kernels.fisher.rows.InformationRows`, prior and target m×d×d.
    """

    def __init__(
        self,
        Z: Array,
        weights: ByRow,
        intercept: bool,
        scale: Array,
        prior: Callable[[], Array],
        target: Array,
    ):
        super().__init__(Z, weights, intercept, scale, prior, target, q=1)

    def _sum(self, Z, w):
        return rank_one_information(Z, w, self.intercept, scale=self.scale)

    def _look(self):
        """N and D of all rows (n×m each)."""
        n, matrices, double = self.Z.shape[0], self.inverse.matrices(), self.inverse.needs_double
        self._N, self._D = (self._empty(n, A.shape[0]) for A in matrices)
        for A, seen in zip(matrices, (self._N, self._D), strict=True):
            for rows, values in rank_one_seen(self.Z, A, self.intercept, self.scale, double=double):
                seen[rows] = values

    def _term(self, z, w, sign):
        """R² = w/(1 ± wN) in each block; W' = R·zᵀM⁻¹ and G' = R·zᵀQ − ½R²D·W'."""
        xp = namespace(z)
        W, U = (A[:, 0] for A in self.inverse.rows(z))
        N, D = W @ z, U @ z
        left = 1 + sign * w * N
        rise = rise_of(left) if sign < 0 else 0.0
        R = xp.sqrt(xp.abs(w / left))
        W = R[:, None] * W
        G = sign * R[:, None] * U - (R * R * D / 2)[:, None] * W
        return W[:, None], G[:, None], rise

    def _step(self, W, G):
        """[W', 2G'] as d×2m."""
        xp = namespace(self._like)
        return xp.astype(xp.concat([W[:, 0], 2 * G[:, 0]]) * self.scale, self._like.dtype).T

    def _follow(self, rows, XY, sign):
        """N −= X'², D −= 2X'Y'."""
        m = self._N.shape[1]
        X, Y = XY[:, :m], XY[:, m:]
        Y *= X
        self._D[rows] -= Y
        X *= X if sign > 0 else -X
        self._N[rows] -= X

    def _gain(self, rows):
        N, D = self._N[rows], self._D[rows]
        if not isinstance(self.given, Ones):
            w = namespace(N).asarray(self.given[rows], dtype=N.dtype)
            N, D = w * N, w * D
        gain = D / (1 + N)
        self.gains[rows] = gain[:, 0] if gain.shape[1] == 1 else namespace(N).sum(gain, axis=1)

    def _losses(self):
        """Σ_c w_c·D_c/(1 − w_c·N_c)."""
        xp, w = namespace(self._like), self.given[self.picked]
        left = 1 - w * self._N[self.picked]
        cost = w * self._D[self.picked] / xp.where(left > LEAST_LEFT, left, 1.0)
        return xp.where(xp.min(left, axis=1) > LEAST_LEFT, xp.sum(cost, axis=1), xp.inf)

    @property
    def _width(self):
        return 6 * self._N.shape[1]
