"""What adding or removing a row does to tr(M⁻¹F) or log det M, from its N, D and Λ̃ (n×q×q each).

N = (zᵀ⊗I)M⁻¹(z⊗I) and D = (zᵀ⊗I)M⁻¹FM⁻¹(z⊗I); of D only the symmetric part matters.
"""

import numpy as np

from skal._array import device, namespace

# A direction of which less than this share would be left is not taken away.
LEAST_LEFT = 1e-9


def trace_bound(curvature, D):
    """tr Λ̃D: the gain of adding the row is no more, the loss of removing it no less."""
    return namespace(D).sum(curvature * D, axis=(1, 2))


def closer_trace_bound(curvature, N, D):
    """tr B − (tr AB)²/(tr AB + tr A²B), A = Λ̃N and B = Λ̃D: no less than the gain.

    In the eigenbasis of Λ̃^½NΛ̃^½ (values α, and b those of Λ̃^½DΛ̃^½ on its diagonal) the gain is
    Σb − Σbα/(1 + α), and by Cauchy-Schwarz Σbα/(1 + α) is at least (Σbα)²/Σbα(1 + α).
    """
    xp = namespace(D)
    A, B = curvature @ N, curvature @ D
    AB = A @ B
    first, second = xp.linalg.trace(AB), xp.sum(xp.matrix_transpose(A) * AB, axis=(1, 2))
    below = first + second
    drop = xp.where(below > 0, first**2 / xp.where(below > 0, below, 1.0), 0.0)
    return xp.linalg.trace(B) - drop


def trace_gain(curvature, N, D):
    """tr((I + Λ̃N)⁻¹Λ̃D): how much adding a row lowers tr(M⁻¹F)."""
    return namespace(D).linalg.trace(_solve(curvature, N, curvature @ D))


def determinant_bound(curvature, N):
    """q·log(1 + tr Λ̃N/q): no less than the gain, since a mean is no less than its geometric one."""
    xp, q = namespace(N), N.shape[-1]
    return q * xp.log1p(xp.clip(trace_bound(curvature, N), 0, None) / q)


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
