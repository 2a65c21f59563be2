"""What NumPy and torch do differently: the only place that knows which of the two is at work."""

import sys

import numpy as np
from array_api_compat import array_namespace, device
from scipy import sparse
from scipy.linalg import lapack

# Numbers of a block of rows that should stay in a processor's cache while it is worked on.
BLOCK_NUMBERS = 2**18

__all__ = [
    "append_ones",
    "asarray_like",
    "cholesky_inverse",
    "concatenate_columns",
    "concatenate_rows",
    "device",
    "exp_in_place",
    "first_max",
    "is_sparse",
    "namespace",
    "on_host",
    "row",
    "row_slices",
    "squared_norms",
    "to_numpy",
]


def namespace(array):
    """The array namespace of an array; NumPy's for a sparse matrix."""
    return array_namespace(np.empty(0) if sparse.issparse(array) else array)


def is_sparse(array) -> bool:
    """Whether this is a sparse matrix."""
    return sparse.issparse(array)


def asarray_like(values, like):
    """NumPy values as an array of the kind, device and type of `like`."""
    xp = namespace(like)
    return xp.asarray(values, dtype=like.dtype, device=device(like))


def to_numpy(array) -> np.ndarray:
    """An array on the host."""
    return array.detach().cpu().numpy() if _is_torch(array) else np.asarray(array)


def on_host(features):
    """Features as scikit-learn takes them: NumPy's, or a sparse matrix as it is."""
    return features if is_sparse(features) else to_numpy(features)


def concatenate_rows(parts: list):
    """Blocks of rows under one another."""
    if len(parts) == 1:
        return parts[0]
    if sparse.issparse(parts[0]):
        return sparse.vstack(parts, format="csr")
    return namespace(parts[0]).concat(parts, axis=0)


def concatenate_columns(A, B):
    """Two sparse matrices beside each other."""
    return sparse.hstack([A, B], format="csr")


def cholesky_inverse(A):
    """A⁻¹ of a symmetric positive definite A, and the smallest pivot; None, 0 if it is not one."""
    if _is_torch(A):
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


def exp_in_place(values):
    """exp, written over what it was given."""
    return values.exp_() if _is_torch(values) else np.exp(values, out=values)


def squared_norms(Z):
    """‖zᵢ‖² of each row, without a squared copy of Z."""
    if sparse.issparse(Z):
        return np.asarray(Z.multiply(Z).sum(axis=1)).ravel()
    return namespace(Z).vecdot(Z, Z)


def row(Z, j):
    """Row j as a dense vector."""
    return np.asarray(Z[[j]].todense()).ravel() if sparse.issparse(Z) else Z[j]


def append_ones(rows, intercept: bool):
    """A few rows of features as a dense array, with the constant 1 of an intercept."""
    rows = rows.toarray() if sparse.issparse(rows) else rows
    if not intercept:
        return rows
    xp = namespace(rows)
    ones = xp.ones((rows.shape[0], 1), dtype=rows.dtype, device=device(rows))
    return xp.concat([rows, ones], axis=1)


def row_slices(n: int, width: int, like) -> list[slice]:
    """Slices of rows that cover n of them, `width` numbers a row: small enough for a cache.

    A graphics card wants larger ones.
    """
    numbers = 2**25 if _is_torch(like) and like.device.type != "cpu" else BLOCK_NUMBERS
    step = max(16, numbers // max(1, width))
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]


def first_max(values) -> int:
    """Position of the largest value; the first of equal ones."""
    if _is_torch(values):
        return int((values == values.max()).nonzero()[0, 0])
    return int(np.argmax(values))


def _is_torch(array) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)
