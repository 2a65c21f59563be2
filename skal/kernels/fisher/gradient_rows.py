"""Rows of gradient embeddings g = z ⊗ u, and how far each is from those that are in already."""

import math

from skal._array import Array, augmented, device, namespace, products, row_slices
from skal._linalg import lower_solve, positive_inverse
from skal.kernels.fisher.rows import Rows
from skal.kernels.softmax import contrasts, outer_information, seen_by_rows

# So many roundings may have gone into a number.
ROUNDINGS = 16


class GradientRows(Rows):
    """What adding ggᵀ of each row to M = I + Σ_known ggᵀ + Σ picked would add to log det M.

    The gain is log(1 + v), v = gᵀM⁻¹g; `gains` holds v, whose order is the same.  No g is formed:
    gᵢᵀM⁻¹gⱼ = ⟨gᵢ,gⱼ⟩ − Lᵢ·Lⱼ with ⟨gᵢ,gⱼ⟩ = (zᵢ·zⱼ)(uᵢ·uⱼ), and to add j is to append
    ℓᵢ = gᵢᵀM⁻¹gⱼ/√(1 + vⱼ) to every Lᵢ and to take ℓᵢ² off vᵢ.  Where more rows are known than g
    has dimensions, ⟨·,·⟩ is that of (I + Σ_known ggᵀ)⁻¹, as a dense matrix.

    Parameters
    ----------
    Z, U : arrays (n×d, n×k)
        Features, which may be a sparse matrix, and gradients in the outputs, of sum 0.
    intercept, scale
        As for `skal.kernels.fisher.rows.InformationRows`.
    known : tuple of arrays (n_l×d, n_l×k)
        Z and U of the rows that are in M from the start, U times the roots of their weights.
    n_picks : int
        How many rows will be added at most.
    """

    def __init__(
        self,
        Z: Array,
        U: Array,
        intercept: bool,
        scale: Array,
        known: tuple[Array, Array],
        *,
        n_picks: int,
    ):
        super().__init__(Z, intercept, scale)
        self.U = self._contrasted(U)
        self._n, self._metric, n_known = 0, None, known[0].shape[0]
        dense = n_known > self._like.shape[1] * self.U.shape[1]
        self._L = self._empty(Z.shape[0], n_picks + (0 if dense else n_known))
        if dense:
            self._start_dense(known)
        else:
            self._start_by_rows(known)

    def _contrasted(self, U):
        """U in the basis of contrasts: one column fewer, the same inner products."""
        xp = namespace(self._like)
        return xp.asarray(U @ contrasts(U.shape[1], U), dtype=self._like.dtype)

    def _start_dense(self, known):
        """v from the inverse of I + Σ_known ggᵀ."""
        xp, q = namespace(self._like), self.U.shape[1]
        U_known = self._contrasted(known[1])
        M = outer_information(known[0], U_known, self.intercept, self.scale)
        M = M + xp.eye(M.shape[0], dtype=M.dtype, device=device(M))
        self._metric = positive_inverse(M[None])[0]
        for rows, N in seen_by_rows(self.Z, self._metric, q, self.intercept, self.scale):
            U = self.U[rows]
            self.gains[rows] = xp.vecdot((U[:, None, :] @ N)[:, 0], U)

    def _start_by_rows(self, known):
        """v and L from the known rows: L = GG_lᵀR⁻ᵀ with RRᵀ = I + G_lG_lᵀ."""
        xp = namespace(self._like)
        Z = xp.astype(augmented(known[0], self.intercept, self.scale), xp.float64)
        U = xp.astype(self._contrasted(known[1]), xp.float64)
        n_known = Z.shape[0]
        gram = (Z @ Z.T) * (U @ U.T)
        R = xp.linalg.cholesky(gram + xp.eye(n_known, dtype=xp.float64, device=device(Z)))
        for rows in row_slices(self.Z.shape[0], self.Z.shape[1] + n_known, self._like):
            block, V = augmented(self.Z[rows], self.intercept, self.scale), self.U[rows]
            block, V = xp.astype(block, xp.float64), xp.astype(V, xp.float64)
            L = lower_solve(R, ((block @ Z.T) * (V @ U.T)).T).T
            norms = xp.vecdot(block, block) * xp.vecdot(V, V)
            self._L[rows, :n_known] = L
            self.gains[rows] = norms - xp.vecdot(L, L)
        self._n = n_known

    def push(self, position: int) -> None:
        """Add a row."""
        xp = namespace(self._like)
        z = augmented(self.Z[[position]], self.intercept)[0]
        z, u = xp.astype(z, xp.float64) * self.scale, self.U[position]
        L, v = self._L[:, : self._n], float(self.gains[position])
        step = self._products(z, u) - L @ L[position]
        # v is known to within the rounding of ⟨gⱼ,gⱼ⟩, and ℓ must not be made of that
        rounding = float(xp.finfo(step.dtype).eps) * float(z @ z) * float(u @ u)
        step = step / math.sqrt(1 + max(v, ROUNDINGS * rounding))
        self._L[:, self._n] = step
        self._n += 1
        self.gains = xp.clip(self.gains - step**2, 0, None)
        self.picked.append(position)
        self._close_picked()

    def _products(self, z, u):
        """⟨gᵢ,g⟩ for all rows i and one g = z ⊗ u."""
        xp = namespace(self._like)
        if self._metric is None:
            z = xp.astype(z * self.scale, self._like.dtype)
            return products(self.Z, z, self.intercept) * (self.U @ u)
        g = xp.reshape(z[:, None] * xp.astype(u, xp.float64)[None, :], (-1,))
        H = xp.reshape(self._metric @ g, (z.shape[0], -1)) * self.scale[:, None]
        H = xp.astype(H, self._like.dtype)
        result = xp.empty_like(self.gains)
        for rows in row_slices(self.Z.shape[0], self.Z.shape[1] + H.shape[1], self._like):
            result[rows] = xp.vecdot(products(self.Z[rows], H, self.intercept), self.U[rows])
        return result
