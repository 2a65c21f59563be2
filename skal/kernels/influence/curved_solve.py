"""(I + ΛN)⁻¹r of many rows, Λ = diag(p) − ppᵀ, with rows as the last axis of each array.

So each step of an elimination is one operation on all rows.  With g = √p and the positive definite
S = I + diag(g)·N·diag(g), the inverse of I + diag(p)N takes r to r − g∘S⁻¹h, h = g∘Nr, and p to
g∘S⁻¹g.  What ppᵀ takes off again is of rank one, so that

    (I + ΛN)⁻¹r = r − g∘S⁻¹(h − γg),    γ = gᵀS⁻¹h / gᵀS⁻¹g.

Nothing is divided by p, and gᵀS⁻¹g > 0.  With S = LLᵀ, γ follows from L⁻¹g and L⁻¹h alone.
"""

from skal._array import Array, device, namespace
from skal._linalg import products_by_row
from skal.kernels.softmax import contrasts

# Classes up to which an elimination of all rows at once is faster than LAPACK row by row.
FEW_CLASSES = 24


def curved_solve(P: Array, N: Array, right: Array, seen: Array | None = None) -> Array:
    """(I + ΛN)⁻¹r (k×n) for P (k×n), a symmetric N (k×k×n) and r (k×n); `seen` is Nr, if known."""
    xp = namespace(P)
    seen = times(N, right) if seen is None else seen
    k, root = P.shape[0], P**0.5
    S = xp.empty((k + 2, *N.shape[1:]), dtype=N.dtype, device=device(N))
    for j in range(k):  # what lies above the diagonal is not read
        xp.multiply(N[j, : j + 1], root[j] * root[: j + 1], out=S[j, : j + 1])
        S[j, j] += 1
    S[k] = root
    xp.multiply(root, seen, out=S[k + 1])
    x = _solved(S) if k <= FEW_CLASSES else _solved_one_by_one(S)
    return right - root * x


def for_labels(N: Array, L: int, weights: Array | None) -> Array:
    """wN (k×k×nL) for each of n rows and L labels, from N among contrasts (n×q×q) and w (n×L)."""
    xp, k = namespace(N), N.shape[-1] + 1
    B = contrasts(k, N)
    full = xp.permute_dims(B @ N @ B.T, (1, 2, 0))[..., None]
    w = xp.ones((1, L), dtype=N.dtype, device=device(N)) if weights is None else weights
    return xp.reshape(full * w, (k, k, N.shape[0] * L))


def times(N: Array, c: Array) -> Array:
    """Nc (k×n) for N (k×k×n) and c (k×n)."""
    return products_by_row(N, c[None])[:, 0]


def _solved(S):
    """S⁻¹(h − γg) (k×n) by Cholesky; g and h are the last rows of S.

    S is written over by its factor L, whose last rows come out as L⁻¹g and L⁻¹h.
    """
    k = S.shape[1]
    for j in range(k):
        if j:
            S[j:, j] -= products_by_row(S[j:, :j], S[None, j, :j])[:, 0]
        S[j + 1 :, j] /= (root := S[j, j] ** 0.5)
        S[j, j] = root
    own, both = products_by_row(S[k:], S[None, k])[:, 0]
    x = S[k + 1] - (both / own) * S[k]
    for j in range(k - 1, -1, -1):
        x[j] /= S[j, j]
        if j:
            x[:j] -= x[j] * S[j, :j]
    return x


def _solved_one_by_one(S):
    """The same by LAPACK."""
    xp, k = namespace(S), S.shape[1]
    lower = xp.tril(xp.permute_dims(S[:k], (2, 0, 1)))
    places = xp.arange(k)
    whole = lower + xp.matrix_transpose(lower)
    whole[:, places, places] = lower[:, places, places]
    right = xp.permute_dims(S[k:], (2, 1, 0))
    X = xp.linalg.solve(whole, right)
    ratio = (right[..., 0] * X[..., 1]).sum(1) / (right[..., 0] * X[..., 0]).sum(1)
    return (X[..., 1] - ratio[:, None] * X[..., 0]).T
