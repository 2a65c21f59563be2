"""Rows of a softmax model and an M⁻¹ = I − WᵀW of low rank, which is never written out.

Where few rows are in M, W (R×D) has few rows: q for each of them, so that neither a D×D matrix nor
an n×n one is needed.  Picks are those of `softmax_rows`.
"""

from skal._array import (
    Array,
    as_float64,
    augmented,
    device,
    float64_like,
    namespace,
    turned_products,
)
from skal._linalg import lower_solve
from skal.kernels.fisher.gains import root
from skal.kernels.fisher.softmax_rows import SoftmaxRows
from skal.kernels.fisher.span import scaled_norms
from skal.kernels.softmax import curvature

# Rows of W that all rows are multiplied with at a time.
TERMS = 64


class LowRankInverse:
    """M⁻¹ = I − WᵀW of an M to which terms are added; answers what `UpdatedInverse` does.

    Parameters
    ----------
    known : array (R×D)
        W of what is in M from the start.
    q : int
        Columns of V.
    n_more : int
        How many rows W will get at most.
    """

    target = None
    needs_double = stale = False

    def __init__(self, known: Array, q: int, n_more: int):
        xp, self.q, self._n = namespace(known), q, known.shape[0]
        D = known.shape[1]
        self._W = xp.empty((self._n + n_more, D), dtype=xp.float64, device=device(known))
        self._W[: self._n] = known

    @property
    def terms(self) -> Array:
        """W as it is now."""
        return self._W[: self._n]

    def rows(self, z: Array) -> list[Array]:
        """VᵀM⁻¹ (1×q×D) for the vector z (d) of a row."""
        xp, (R, D) = namespace(z), self.terms.shape
        V = xp.zeros((self.q, D // self.q, self.q), dtype=xp.float64, device=device(z))
        for a in range(self.q):
            V[a, :, a] = z
        along = z @ xp.reshape(self.terms, (R, D // self.q, self.q))  # R×q
        return [(xp.reshape(V, (self.q, D)) - along.T @ self.terms)[None]]

    def change(self, W: Array, G: None, sign: int, rise: float = 0.0) -> None:
        """Add a term."""
        r = W.shape[1]
        self._W[self._n : self._n + r] = W[0]
        self._n += r


class LowRankRows(SoftmaxRows):
    """What adding each row to M = I + Σ_known w·I(x) + Σ picked would add to log det M.

    Parameters
    ----------
    Z, P, intercept, scale
        As for `skal.kernels.fisher.softmax_rows.SoftmaxRows`.
    known : tuple of arrays (n_l×d, n_l×k, n_l)
        Z, P and w of the rows that are in M from the start.
    n_picks : int
        How many rows will be added at most.
    """

    def __init__(
        self,
        Z: Array,
        P: Array,
        intercept: bool,
        scale: Array,
        known: tuple[Array, Array, Array],
        *,
        n_picks: int,
    ):
        self._start, self._n_picks = known, n_picks
        super().__init__(Z, P, intercept, scale, None, None)

    def _new_inverse(self, target, q):
        known = _terms_of(*self._start, self.intercept, self.scale)
        return LowRankInverse(known, q, self._n_picks * q)

    def _look(self):
        """Ñᵢ = ‖z‖²RᵀR − X'X'ᵀ, X' = Rᵀ(zᵀ⊗I)W'ᵀ, a few rows of W at a time."""
        q = self.q
        self._seen = self._empty(1, q, q, self.Z.shape[0])
        basis = self._from_last @ self._from_last.T
        for rows in self._slices():
            norms = scaled_norms(self.Z[rows], self.intercept, self.scale**2)
            self._seen[0][..., rows] = self._both_sides(basis[..., None] * norms, rows)
        W = self.inverse.terms
        for start in range(0, W.shape[0], TERMS):
            step = self._step(W[None, start : start + TERMS], None)
            for rows in self._slices():
                self._follow(rows, turned_products(self.Z[rows], step, self.intercept), 1)

    @property
    def _width(self):
        return max(super()._width, TERMS * self.q)


def _terms_of(Z, P, weights, intercept, scale):
    """W of M = I + AAᵀ, A = z ⊗ (wΛ̃)^½ of rows beside each other: W = R⁻¹Aᵀ, RRᵀ = I + AᵀA."""
    Z = augmented(as_float64(Z), intercept, scale)
    xp = namespace(Z)
    half = root(curvature(float64_like(P, Z))) * (weights**0.5)[:, None, None]
    n, q, _ = half.shape
    gram = xp.tensordot(half, half, axes=([1], [1])) * (Z @ Z.T)[:, None, :, None]
    gram = xp.reshape(gram, (n * q, n * q)) + xp.eye(n * q, dtype=xp.float64, device=device(Z))
    A = xp.reshape(Z[:, None, :, None] * half[:, :, None, :], (n * q, -1))
    return lower_solve(xp.linalg.cholesky(gram), A)
