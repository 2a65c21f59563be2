"""What adding or removing a row does to tr(M⁻¹F) or log det M, from its N, D and Λ̃ (n×q×q each).

N = (zᵀ⊗I)M⁻¹(z⊗I) and D = (zᵀ⊗I)M⁻¹FM⁻¹(z⊗I); of D only the symmetric part matters.  `curvature`
is Λ̃, P (n×k) the probabilities, and q = k − 1.  What comes out is one number a row (n).
"""

import numpy as np

from skal._array import Array, device, namespace
from skal.kernels.softmax import contrasts
from skal.kernels.softmax import curvature as softmax_curvature

# A direction of which less than this share would be left is not taken away.
LEAST_LEFT = 1e-9


def trace_bound(P: Array, N: Array, D: Array, share: Array | None = None) -> Array:
    """A number for each row that its gain does not exceed, in O(k²).

    With ν at most the smallest eigenvalue of N the gain is at most tr((Λ̃⁻¹ + νI)⁻¹D), and that
    matrix is again of the form diag w − wwᵀ/Σw in the classes: w = p/(1 + νp).  ν is mean −
    √(q − 1)·deviation of N's eigenvalues, known from its trace and its squares.  A curvature that
    shows the likeliest classes alone is at most Λ̃ over the `share` of probability that they have.
    """
    xp, (n, q, _) = namespace(D), D.shape
    basis = contrasts(q + 1, P)
    flat = xp.reshape(N, (n, q * q))
    diagonal = xp.reshape(xp.eye(q, dtype=N.dtype, device=device(N)), (-1,))
    mean = flat @ diagonal / q
    variance = _not_negative(xp.vecdot(flat, flat) / q - mean**2)
    least = _not_negative(mean - xp.sqrt((q - 1) * variance))
    least = least if share is None else least / share
    w = P / (1 + least[:, None] * P)
    by_class = xp.reshape(basis[:, :, None] * basis[:, None, :], (q + 1, q * q))
    first = xp.vecdot(w, xp.reshape(D, (n, q * q)) @ by_class.T)
    inner = w @ basis
    second = xp.vecdot((inner[:, None, :] @ D)[:, 0], inner) / xp.sum(w, axis=1)
    bound = first - second + 16 * float(xp.finfo(D.dtype).eps) * xp.abs(first)  # for rounding
    return bound if share is None else bound / share


def _not_negative(values):
    return namespace(values).where(values > 0, values, 0.0)


def closer_trace_bound(P: Array, curvature: Array, N: Array, D: Array) -> Array:
    """min over β of tr((I − βTN)Λ̃(I − βNT)D) + β²tr(TNTD), D symmetric: no less than the gain.

    It would be the gain for T = (Λ̃⁻¹ + N)⁻¹ and β = 1, as the variance of a Kalman filter is
    least with its own gain; T = (Λ̃⁻¹ + νI)⁻¹ with the mean ν of N's eigenvalues is near.
    """
    xp, q = namespace(D), D.shape[-1]
    mean = _not_negative(xp.linalg.trace(N) / q)
    w = P / (1 + mean[:, None] * P)
    T = softmax_curvature(w / xp.sqrt(xp.sum(w, axis=1))[:, None])
    S = T @ N
    SL = S @ curvature
    quadratic = _inner(S @ (xp.matrix_transpose(SL) + T), D)
    linear, total = _inner(SL, D), _inner(curvature, D)
    ratio = xp.where(quadratic > 0, linear / xp.where(quadratic > 0, quadratic, 1.0), 0.0)
    drop = ratio * linear  # a square could overflow
    return total - drop + 64 * float(xp.finfo(D.dtype).eps) * xp.abs(total)  # for rounding


def _inner(A, B):
    """Σ of the products of two matrices' numbers, of each row."""
    xp, n = namespace(A), A.shape[0]
    return xp.vecdot(xp.reshape(A, (n, -1)), xp.reshape(B, (n, -1)))


def trace_gain(curvature: Array, N: Array, D: Array) -> Array:
    """tr((I + Λ̃N)⁻¹Λ̃D): how much adding a row lowers tr(M⁻¹F)."""
    return namespace(D).linalg.trace(_solve(curvature, N, curvature @ D))


def determinant_bound(curvature: Array, N: Array) -> Array:
    """q·log(1 + tr Λ̃N/q): no less than the gain, as no geometric mean exceeds the arithmetic."""
    xp, q = namespace(N), N.shape[-1]
    return q * xp.log1p(xp.clip(xp.sum(curvature * N, axis=(1, 2)), 0, None) / q)


def determinant_gain(curvature: Array, N: Array) -> Array:
    """log det(I + Λ̃N): how much adding a row raises log det M."""
    xp = namespace(N)
    return xp.linalg.slogdet(_unit(N) + curvature @ N)[1]


def trace_loss(curvature: Array, N: Array, D: Array) -> Array:
    """tr((I − Λ̃N)⁻¹Λ̃D): how much removing a row raises tr(M⁻¹F).

    Infinite where I − Λ̃N is not positive definite: M would not be without the row.
    """
    xp, half = namespace(D), root(curvature)
    share, directions = xp.linalg.eigh(half @ N @ half)
    spread = xp.sum(directions * (half @ D @ half @ directions), axis=1)
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


def _unit(N):
    return namespace(N).eye(N.shape[-1], dtype=N.dtype, device=device(N))


def _solve(curvature, N, right):
    return namespace(N).linalg.solve(_unit(N) + curvature @ N, right)
