"""What adding or removing a row does to tr(M⁻¹F) or log det M, from its Ñ and D̃ (q×q each).

N = (zᵀ⊗I)M⁻¹(z⊗I), D = (zᵀ⊗I)M⁻¹FM⁻¹(z⊗I), and with Λ̃ = RRᵀ, Ñ = RᵀNR and D̃ = RᵀDR; of D̃ only
the symmetric part matters.  Rows are the *last* axis of Ñ and D̃ (q×q×n), so that each step of an
elimination is one operation on all rows.  What comes out is one number a row (n).
"""

import numpy as np

from skal._array import Array, namespace
from skal._linalg import products_by_row

# A direction of which less than this share would be left is not taken away.
LEAST_LEFT = 1e-9


def trace_gain(N: Array, D: Array) -> Array:
    """tr((I + Ñ)⁻¹D̃): how much adding a row lowers tr(M⁻¹F).

    Σ over the rows t of T = L⁻¹ of tᵀD̃t, I + Ñ = LLᵀ.
    """
    xp, L = namespace(N), _cholesky(N)
    T, total = xp.zeros_like(L), 0.0
    for j in range(L.shape[0]):
        T[j, j] = 1 / L[j, j]
        if j:
            T[j, :j] = -T[j, j] * products_by_row(L[None, j, :j], _turned(T[:j, :j]))[0]
        t = T[None, j, : j + 1]
        along = products_by_row(D[: j + 1, : j + 1], t)
        total = total + products_by_row(_turned(along), t)[0, 0]
    return total


def determinant_gain(N: Array) -> Array:
    """log det(I + Ñ): how much adding a row raises log det M."""
    xp, L = namespace(N), _cholesky(N)
    return 2 * sum(xp.log(L[j, j]) for j in range(L.shape[0]))


def _cholesky(N):
    """L of I + Ñ; no pivot is less than 1 but for rounding."""
    xp = namespace(N)
    L = xp.empty_like(N)  # its upper half is not looked at
    for j in range(N.shape[0]):
        column = N[j:, j] + 0
        column[0] += 1
        if j:
            column -= products_by_row(L[j:, :j], L[None, j, :j])[:, 0]
        root = xp.sqrt(xp.where(column[0] > 1, column[0], 1.0))
        L[j:, j] = column / root
        L[j, j] = root
    return L


def _turned(A):
    return namespace(A).permute_dims(A, (1, 0, 2))


def trace_loss(N: Array, D: Array) -> Array:
    """tr((I − Ñ)⁻¹D̃): how much removing a row raises tr(M⁻¹F).

    Infinite where I − Ñ is not positive definite: M would not be without the row.
    """
    xp = namespace(N)
    N, D = xp.moveaxis(N, -1, 0), xp.moveaxis(D, -1, 0)
    share, directions = xp.linalg.eigh((N + xp.matrix_transpose(N)) / 2)
    spread = xp.sum(directions * (D @ directions), axis=1)
    left = 1 - share
    loss = xp.sum(spread / xp.where(left > LEAST_LEFT, left, 1.0), axis=1)
    return xp.where(xp.min(left, axis=1) > LEAST_LEFT, loss, xp.inf)


def root(curvature: Array) -> Array:
    """Λ̃^½, the symmetric one."""
    xp = namespace(curvature)
    values, vectors = xp.linalg.eigh(curvature)
    return (vectors * xp.sqrt(xp.clip(values, 0, None))[..., None, :]) @ xp.matrix_transpose(
        vectors
    )


def term(curvature: Array, N: Array, sign: int) -> tuple[Array, float]:
    """R (q×r) of one row, RRᵀ = (Λ̃⁻¹ ± N)⁻¹ what M⁻¹ loses (gains), and how much it grows at most.

    Directions in which the row adds nothing to M, to the last digit, are left out.  Where next to
    nothing of a direction would be left, M⁻¹ grows by more than can be said: by infinity.
    """
    xp, half = namespace(N), root(curvature)
    share, directions = xp.linalg.eigh(half @ N @ half)
    counts = share > np.finfo(np.float64).eps
    share, directions = share[counts], directions[:, counts]
    left = 1 + sign * share
    rise = rise_of(left) if sign < 0 and len(left) else 0.0
    return half @ directions / xp.sqrt(xp.abs(left)), rise


def rise_of(left: Array) -> float:
    """How much M⁻¹ grows at most where these shares of directions are left."""
    least = float(namespace(left).min(left))
    return 1 / least if least > LEAST_LEFT else np.inf
