"""Inverses and solutions of linear systems, for NumPy and torch."""

import sys

import numpy as np
from scipy.linalg import lapack, solve_triangular

from skal._array import Array, device, is_torch, namespace, row_slices

__all__ = ["cholesky_inverse", "lower_solve", "positive_inverse", "products_by_row"]


def products_by_row(A: Array, B: Array) -> Array:
    """Compute ABᵀ (a×b×n) of each row, for A (a×c×n) and B (b×c×n): rows are the last axis.

    So einsum adds products of contiguous numbers with vector instructions.
    """
    if not is_torch(A):
        return np.einsum("acn,bcn->abn", A, B)
    total = A[:, None, 0] * B[None, :, 0]
    for c in range(1, A.shape[1]):
        total.addcmul_(A[:, None, c], B[None, :, c])
    return total


def cholesky_inverse(A: Array) -> tuple[Array | None, float]:
    """Return A⁻¹ and the smallest pivot of A; None and 0 if A is not positive definite."""
    if is_torch(A):
        torch = sys.modules["torch"]
        factor, failed = torch.linalg.cholesky_ex(A)
        pivot = 0.0 if failed else float(factor.diagonal().min()) ** 2
        return (torch.cholesky_inverse(factor) if pivot else None), pivot
    factor, failed = lapack.dpotrf(A, lower=True)
    pivot = 0.0 if failed else float(factor.diagonal().min()) ** 2
    if not pivot:
        return None, 0.0
    inverse = lapack.dpotri(factor, lower=True)[0]
    lower = np.tril_indices(len(A), -1)
    inverse.T[lower] = inverse[lower]
    return inverse, pivot


def lower_solve(R: Array, B: Array) -> Array:
    """Compute R⁻¹B for a lower triangular R."""
    if is_torch(B):
        return sys.modules["torch"].linalg.solve_triangular(R, B, upper=False)
    return solve_triangular(R, B, lower=True, check_finite=False)


def positive_inverse(M: Array) -> Array:
    """Compute inverses of symmetric positive definite matrices (m×D×D), exactly symmetric.

    If rounding has made a matrix indefinite, the smallest sufficient power of ten times its
    rounding error is added to its diagonal.
    """
    if is_torch(M):
        torch = sys.modules["torch"]
        for lift in _lifts(M):
            factor, failed = torch.linalg.cholesky_ex(M + lift)
            if not failed.any():
                inverse = torch.cholesky_inverse(factor)
                return torch.tril(inverse) + torch.tril(inverse, -1).mT
    return np.stack([_positive_inverse(part) for part in M])


def _positive_inverse(M):
    for lift in _lifts(M):
        # LAPACK uses column order; a symmetric array is the same in row order
        factor, failed = lapack.dpotrf((M + lift).T, lower=0, clean=0, overwrite_a=1)
        if not failed:
            break
    inverse = lapack.dpotri(factor, lower=0, overwrite_c=1)[0].T  # its lower half
    for rows in row_slices(len(M), len(M), M):
        inverse[: rows.stop, rows] = inverse[rows, : rows.stop].T
        within = inverse[rows, rows]
        inverse[rows, rows] = np.tril(within.T) + np.tril(within.T, -1).T
    return inverse


def _lifts(M):
    """Yield the values to add to the diagonal, in order."""
    xp = namespace(M)
    unit = xp.eye(M.shape[-1], dtype=M.dtype, device=device(M))
    largest = float(xp.max(xp.abs(M)))
    for power in (None, *range(-15, 0)):
        yield 0 if power is None else unit * (largest * 10.0**power)
