"""M⁻¹ and Q = M⁻¹FM⁻¹ while M gains and loses terms of low rank."""

from collections.abc import Callable

from skal._array import Array, device, namespace
from skal._linalg import positive_inverse

# Changes wait until there are this many (a share of D, where that is more), so that the D×D
# matrices are written once for many changes, by one product.
WAITING, WAITING_SHARE = 64, 1 / 8
# Q loses digits as it falls: both are computed afresh when its trace has fallen this much ...
FALL = {"float64": 1e4, "float32": 1e2}
# ... or when a removal raised M⁻¹ this much in some direction.
RISE = 1e4
# Of an M of a condition above this, rows in float32 see too few digits: they look in float64, and
# sooner again.
ILL_CONDITIONED, ILL_FALL = 1e6, 10.0


class UpdatedInverse:
    """M⁻¹ and Q of m matrices M (D×D, D = dq) to which terms VRRᵀVᵀ are added, V = z⊗I (D×q).

    A term is handed in by rows, W' = RᵀVᵀM⁻¹ and G' (m×r×D): adding it is M⁻¹ −= W'ᵀW', taking
    it away M⁻¹ += W'ᵀW', and either way Q −= W'ᵀG' + G'ᵀW'.

    Parameters
    ----------
    information : callable
        () ↦ M (m×D×D, float64) as it is now, computed from its parts.
    target : array (m×D×D) or None
        F; None where Q is not wanted.
    q : int
        Columns of V.
    dtype : str
        What the rows keep their own share of M⁻¹ and Q in: sets how soon they are stale.
    """

    def __init__(
        self, information: Callable[[], Array], target: Array | None, q: int, dtype: str = "float64"
    ):
        self.information, self.target, self.q = information, target, q
        self._dtype = dtype
        self.refresh()

    def refresh(self) -> None:
        """Compute both afresh."""
        self._inverse: Array = None  # their memory is needed
        self._both: Array = None
        M = self.information()
        self._inverse, xp = positive_inverse(M), namespace(M)
        condition = xp.linalg.matrix_norm(M) * xp.linalg.matrix_norm(self._inverse)
        short = self._dtype != "float64"
        self.needs_double = short and bool((condition > ILL_CONDITIONED).any())
        self._fall = ILL_FALL if self.needs_double else FALL["float32" if short else "float64"]
        m, D, _ = M.shape
        del M
        if self.target is not None:
            self._both = self._inverse @ self.target @ self._inverse
            self._both = (self._both + xp.matrix_transpose(self._both)) / 2
            self._trace = xp.linalg.trace(self._both)
            self._trace_then = self._trace + 0
        self._limit = max(WAITING, int(D * WAITING_SHARE)) + self.q
        self._n, self._sign, self._rise = 0, 1, 0.0
        empty = (m, self._limit, D)
        self._W = xp.zeros(empty, dtype=xp.float64, device=device(self._inverse))
        self._G = self._W if self.target is None else xp.zeros_like(self._W)

    @property
    def stale(self) -> bool:
        """Whether so much has been taken off that few digits are left."""
        if self._rise > RISE:
            return True
        if self.target is None:
            return False
        return bool((self._trace * self._fall < self._trace_then).any())

    def objective(self) -> float:
        """tr(M⁻¹F), summed over the m matrices."""
        return float(namespace(self._inverse).sum(self.matrices()[0] * self.target))

    def matrices(self) -> list[Array]:
        """M⁻¹ and, with a target, Q (m×D×D each), with nothing waiting."""
        if self._n:
            xp, W = namespace(self._W), self._W[:, : self._n]
            self._inverse -= self._sign * (xp.matrix_transpose(W) @ W)
            if self._both is not None:
                product = xp.matrix_transpose(W) @ self._G[:, : self._n]
                self._both -= product
                self._both -= xp.matrix_transpose(product)
            self._n = 0
        return [self._inverse] if self._both is None else [self._inverse, self._both]

    def rows(self, z: Array) -> list[Array]:
        """VᵀM⁻¹ and, with a target, VᵀQ (m×q×D each) for the vector z (d) of a row."""
        W = self._contract(z, self._inverse)
        W_waiting, G_waiting = self._W[:, : self._n], self._G[:, : self._n]
        along_W = self._contract_rows(z, W_waiting) if self._n else None
        if along_W is not None:
            W -= self._sign * (along_W @ W_waiting)
        if self._both is None:
            return [W]
        U = self._contract(z, self._both)
        if along_W is not None:
            U -= along_W @ G_waiting
            U -= self._contract_rows(z, G_waiting) @ W_waiting
        return [W, U]

    def _contract(self, z, A):
        """Vᵀ A: the features of A's first index summed with z, its contrasts kept."""
        m, D, _ = A.shape
        return (z @ A.reshape(m, D // self.q, self.q * D)).reshape(m, self.q, D)

    def _contract_rows(self, z, A):
        """Vᵀ Aᵀ (m×q×R) for rows A (m×R×D)."""
        m, R, D = A.shape
        xp = namespace(A)
        parts = z @ A.reshape(m, R, D // self.q, self.q)  # m×R×q
        return xp.matrix_transpose(parts)

    def change(self, W: Array, G: Array | None, sign: int, rise: float = 0.0) -> None:
        """Add (sign 1) or take away (−1) a term; `rise` is how much M⁻¹ grows by it at most."""
        r = W.shape[1]
        if self._n and (sign != self._sign or self._n + r > self._limit):
            self.matrices()
        self._sign, self._rise = sign, max(self._rise, rise)
        self._W[:, self._n : self._n + r] = W
        if self._both is not None:
            self._G[:, self._n : self._n + r] = G
            xp = namespace(W)
            self._trace = self._trace - 2 * xp.sum(W * G, axis=(1, 2))
        self._n += r
