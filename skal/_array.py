"""What NumPy and torch do differently: the only place that knows which of the two is at work."""

import sys

import numpy as np
from array_api_compat import array_namespace, device
from scipy import sparse

__all__ = [
    "asarray_like",
    "concatenate_rows",
    "device",
    "first_max",
    "is_sparse",
    "namespace",
    "on_host",
    "row",
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


def squared_norms(Z):
    """‖zᵢ‖² of each row, without a squared copy of Z."""
    if sparse.issparse(Z):
        return np.asarray(Z.multiply(Z).sum(axis=1)).ravel()
    return namespace(Z).vecdot(Z, Z)


def row(Z, j):
    """Row j as a dense vector."""
    return np.asarray(Z[[j]].todense()).ravel() if sparse.issparse(Z) else Z[j]


def first_max(values) -> int:
    """Position of the largest value; the first of equal ones."""
    if _is_torch(values):
        return int((values == values.max()).nonzero()[0, 0])
    return int(np.argmax(values))


def _is_torch(array) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)
