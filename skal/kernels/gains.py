"""What adding or removing a row does to tr(M⁻¹F) or log det M, from its N, D and Λ̃ (n×q×q each).

N = (zᵀ⊗I)M⁻¹(z⊗I) and D = (zᵀ⊗I)M⁻¹FM⁻¹(z⊗I); of D only the symmetric part matters.
"""

import numpy as np

from skal._array import device, namespace
from skal.kernels.softmax import contrasts
from skal.kernels.softmax import curvature as softmax_curvature

# A direction of which less than this share would be left is not taken away.
LEAST_LEFT = 1e-9


def trace_bound(P, N, D, share=None):
    """A number for each row that its gain does not exceed, in O(k²).

    With ν at most the smallest eigenvalue of N the gain is at most tr((Λ̃⁻¹ + νI)⁻¹D), and that
    matrix is again of the form diag w − wwᵀ/Σw in the classes: w = p/(1 + νp).  ν is mean −
    √(q − 1)·deviation of N's eigenvalues, known from its trace and its squares.  A curvature that
    shows the likeliest classes alone is at most Λ̃ over the `share` of probability that they have.
    """
    xp, (n, q, _) = namespace(D), D.shape
    basis = contrasts(q + 1, P)
    mean = xp.linalg.trace(N) / q
    flat = xp.reshape(N, (n, q * q))
    variance = xp.clip(xp.vecdot(flat, flat) / q - mean**2, 0, None)
    least = xp.clip(mean - xp.sqrt((q - 1) * variance), 0, None)
    least = least if share is None else least / share
    w = P / (1 + least[:, None] * P)
    inner = w @ basis
    by_class = (basis[:, :, None] * basis[:, None, :]).reshape(q + 1, q * q)
    flat = xp.reshape(D, (n, q * q))
    first = xp.vecdot(w, flat @ by_class.T)
    outer = xp.reshape(inner[:, :, None] * inner[:, None, :], (n, q * q))
    rounding = 16 * float(xp.finfo(D.dtype).eps) * xp.abs(first)
    bound = first - xp.vecdot(outer, flat) / xp.sum(w, axis=1) + rounding
    return bound if share is None else bound / share


def closer_trace_bound(P, curvature, N, D):
    """min over β of tr((I − βTN)Λ̃(I − βNT)D) + β²tr(TNTD): no less than the gain.

    It would be the gain for T = (Λ̃⁻¹ + N)⁻¹ and β = 1, as the variance of a Kalman filter is
    least with its own gain; T = (Λ̃⁻¹ + νI)⁻¹ with the mean ν of N's eigenvalues is near.
    """
    xp, q = namespace(D), D.shape[-1]
    mean = xp.clip(xp.linalg.trace(N) / q, 0, None)
    w = P / (1 + mean[:, None] * P)
    T = softmax_curvature(w / xp.sqrt(xp.sum(w, axis=1))[:, None])
    S = T @ N
    SL = S @ curvature
    quadratic = xp.sum(D * (S @ (xp.matrix_transpose(SL) + T)), axis=(1, 2))
    linear = xp.sum(D * SL, axis=(1, 2))
    drop = xp.where(quadratic > 0, linear**2 / xp.where(quadratic > 0, quadratic, 1.0), 0.0)
    return xp.sum(curvature * D, axis=(1, 2)) - drop


def trace_gain(curvature, N, D):
    """tr((I + Λ̃N)⁻¹Λ̃D): how much adding a row lowers tr(M⁻¹F)."""
    return namespace(D).linalg.trace(_solve(curvature, N, curvature @ D))


def determinant_bound(curvature, N):
    """q·log(1 + tr Λ̃N/q): no less than the gain, as no geometric mean exceeds the arithmetic."""
    xp, q = namespace(N), N.shape[-1]
    return q * xp.log1p(xp.clip(xp.sum(curvature * N, axis=(1, 2)), 0, None) / q)


def determinant_gain(curvature, N):
    """log det(I + Λ̃N): how much adding a row raises log det M."""
    xp = namespace(N)
    return xp.linalg.slogdet(_unit(N) + curvature @ N)[1]


def trace_loss(curvature, N, D):
    """tr((I − Λ̃N)⁻¹Λ̃D): how much removing a row raises tr(M⁻¹F).

    Infinite where I − Λ̃N is not positive definite: M would not be without the row.
    """
    xp, half = namespace(D), root(curvature)
    share, directions = xp.linalg.eigh(half @ N @ half)
    spread = xp.sum(directions * (half @ D @ half @ directions), axis=1)
    left = 1 - share
    loss = xp.sum(spread / xp.where(left > LEAST_LEFT, left, 1.0), axis=1)
    return xp.where(xp.min(left, axis=1) > LEAST_LEFT, loss, xp.inf)


def root(curvature):
    """Λ̃^½, the symmetric one."""
    xp = namespace(curvature)
    values, vectors = xp.linalg.eigh(curvature)
    return (vectors * xp.sqrt(xp.clip(values, 0, None))[..., None, :]) @ xp.matrix_transpose(
        vectors
    )


def term(curvature, N, sign: int):
    """R (q×r) with RRᵀ = (Λ̃⁻¹ ± N)⁻¹, the term that M⁻¹ loses (gains), and the most it grows by.

    Directions in which the row adds nothing to M, to the last digit, are left out.
    """
    xp, half = namespace(N), root(curvature)
    share, directions = xp.linalg.eigh(half @ N @ half)
    counts = share > np.finfo(np.float64).eps
    share, directions = share[counts], directions[:, counts]
    left = 1 + sign * share
    rise = 0.0 if sign > 0 or not len(left) else float(1 / xp.min(left))
    return half @ directions / xp.sqrt(left), rise


def _unit(N):
    return namespace(N).eye(N.shape[-1], dtype=N.dtype, device=device(N))


def _solve(curvature, N, right):
    return namespace(N).linalg.solve(_unit(N) + curvature @ N, right)
