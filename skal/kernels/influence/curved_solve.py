"""(I + ΛN)⁻¹r of many rows, Λ = diag(p) − ppᵀ, with rows as the last axis of each array.

So each step of an elimination is one operation on all rows.  With g = √p and the positive definite
S = I + diag(g)·N·diag(g), the inverse of I + diag(p)N takes r to r − g∘S⁻¹(g∘Nr), and p to g∘a,
a = S⁻¹g.  What ppᵀ takes off again is of rank one, so that with b = S⁻¹(g∘Nr)

    (I + ΛN)⁻¹r = r − g∘b + (g∘a)·((g∘a)ᵀNr)/(gᵀa).

Nothing is divided by p, and gᵀa > 0.
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
    xp.multiply(N, root[:, None], out=S[:k])
    S[:k] *= root[None]
    places = xp.arange(k)
    S[places, places] += 1
    S[k] = root
    xp.multiply(root, seen, out=S[k + 1])
    (a, b), length = _solved(S) if k <= FEW_CLASSES else _solved_one_by_one(S)
    a, b = a * root, b * root
    a *= (a * seen).sum(0) / length
    a -= b
    a += right
    return a


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
    """S⁻¹g and S⁻¹h (2×k×n), and gᵀS⁻¹g (n), by Cholesky; g and h are the last rows of S.

    S is written over by its factor L, whose last rows come out as L⁻¹g and L⁻¹h.
    """
    k = S.shape[1]
    for j in range(k):
        if j:
            S[j:, j] -= products_by_row(S[j:, :j], S[None, j, :j])[:, 0]
        S[j + 1 :, j] /= (root := S[j, j] ** 0.5)
        S[j, j] = root
    length = products_by_row(S[None, k], S[None, k])[0, 0]
    X = S[k:]
    for j in range(k - 1, -1, -1):
        X[:, j] /= S[j, j]
        if j:
            X[:, :j] -= X[:, j, None] * S[None, j, :j]
    return X, length


def _solved_one_by_one(S):
    """The same by LAPACK."""
    xp, k = namespace(S), S.shape[1]
    right = xp.permute_dims(S[k:], (2, 1, 0))
    X = xp.linalg.solve(xp.permute_dims(S[:k], (2, 0, 1)), right)
    length = (right[..., 0] * X[..., 0]).sum(1)
    return xp.permute_dims(X, (2, 1, 0)), length
