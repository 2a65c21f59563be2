"""Differences between NumPy and torch; no other module depends on which of the two is used."""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device
from scipy import sparse
from sklearn import get_config

# Size of a block of rows that fits into a processor's cache.
BLOCK_NUMBERS = 2**18
# This size for each MiB of scikit-learn's `working_memory`: with its 1 GiB, 2**25.
NUMBERS_A_MIB = 2**15
# Size of a row in bytes from which NumPy is faster with two dot products per row than with BLAS's
# matrix product of two columns.
LONG_ROW = 384

# An array of NumPy or torch; a sparse matrix of SciPy if the docstring says so. No type covers
# these three.
Array = Any

__all__ = [
    "Array",
    "as_computable",
    "as_float64",
    "asarray_like",
    "augmented",
    "concatenate_columns",
    "concatenate_rows",
    "dense_blocks",
    "dense_on_host",
    "device",
    "dtype_name",
    "exp_in_place",
    "first_max",
    "float64_like",
    "is_device",
    "is_sparse",
    "is_torch",
    "largest_size",
    "namespace",
    "not_negative",
    "on_device",
    "on_host",
    "positions_at_least",
    "products",
    "row",
    "row_slices",
    "scaled_columns",
    "short_indices",
    "squared_norms",
    "to_numpy",
    "turned_products",
]


def namespace(array: Array) -> ModuleType:
    """Return the array namespace of an array; NumPy for a sparse matrix."""
    return array_namespace(np.empty(0) if sparse.issparse(array) else array)


def is_sparse(array: object) -> bool:
    """Return whether an array is a sparse matrix."""
    return sparse.issparse(array)


def asarray_like(values: np.ndarray, like: Array) -> Array:
    """Return NumPy values as an array of the kind, device and type of `like`."""
    xp = namespace(like)
    return xp.asarray(values, dtype=like.dtype, device=device(like), copy=True)


def float64_like(values: Array, like: Array) -> Array:
    """Return NumPy values in float64 on the device of `like`."""
    if sparse.issparse(like):
        return np.asarray(values, dtype=np.float64)
    xp = namespace(like)
    return xp.asarray(values, dtype=xp.float64, device=device(like))


def as_float64(array: Array) -> Array:
    """Return an array, or a sparse matrix, in float64."""
    if sparse.issparse(array):
        return array.astype(np.float64)
    xp = namespace(array)
    return xp.astype(array, xp.float64, copy=False)


def as_computable(features: Array) -> Array:
    """Return features in float32 or float64, the types that linear algebra supports."""
    name = dtype_name(features)
    if name in ("float32", "float64"):
        return features
    wider = "float64" if name in ("longdouble", "float128") else "float32"
    if sparse.issparse(features):
        return features.astype(wider)
    xp = namespace(features)
    return xp.astype(features, getattr(xp, wider))


def on_device(array: Array, where: Any) -> Array:
    """Move an array to a torch device; None leaves it where it is.

    On the host, it becomes a NumPy array without a copy: faster for many small matrices.
    """
    if where is None or str(where) == "cpu":
        on_card = is_torch(array) and array.device.type != "cpu"
        return array if is_sparse(array) or (on_card and where is None) else to_numpy(array)
    if sparse.issparse(array):
        raise TypeError(
            f"device={where!r} requires dense features, and these are a sparse matrix: leave "
            "device= at None, or put a projection such as TruncatedSVD before the model."
        )
    try:
        import torch
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f'device={where!r} requires torch: pip install "skal[nets]".'
        ) from error
    if isinstance(array, np.ndarray) and not array.flags.writeable:  # torch warns about such arrays
        array = array.copy()
    try:
        torch.empty(0, device=where)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        said = str(error).partition("\n")[0].rstrip(".")
        raise ValueError(
            f"device={where!r} is not a device that torch can use here: {said}. Use one such as "
            "'cpu' or 'cuda', or leave device= at None."
        ) from error
    return torch.as_tensor(array, device=where)


def is_device(value: object) -> bool:
    """Return whether a value is a torch.device, without importing torch."""
    kind = type(value)
    return (kind.__module__, kind.__name__) == ("torch", "device")


def to_numpy(array: Array) -> np.ndarray:
    """Return an array on the host; bfloat16, which NumPy does not have, becomes float32."""
    if not is_torch(array):
        return np.asarray(array)
    array = array.detach().cpu()
    return (array.float() if dtype_name(array) == "bfloat16" else array).numpy()


def largest_size(array: Array) -> float:
    """Return the largest |value|; 0 for an empty array, NaN if there is one."""
    values = array.data if sparse.issparse(array) else array
    return max(float(values.max()), -float(values.min())) if 0 not in values.shape else 0.0


def short_indices(array: Any) -> Any:
    """Return a CSR matrix with 32-bit indices, which scikit-learn requires, if they suffice.

    Its values are not copied.
    """
    long = array.indices.dtype.itemsize > 4 or array.indptr.dtype.itemsize > 4
    if not long or max(array.nnz, *array.shape) > np.iinfo(np.int32).max:
        return array
    indices = array.indices.astype(np.int32), array.indptr.astype(np.int32)
    return type(array)((array.data, *indices), shape=array.shape, copy=False)


def dtype_name(array: Array) -> str:
    """Return the name of the type: "float64", "float32", …"""
    return str(array.dtype).rpartition(".")[2]


def positions_at_least(values: Array, least: float) -> np.ndarray:
    """Return the positions of values of at least `least`."""
    return np.flatnonzero(to_numpy(values >= least))


def on_host(features: Array) -> Array:
    """Return features in a form that scikit-learn supports: NumPy, or the sparse matrix itself."""
    return features if is_sparse(features) else to_numpy(features)


def dense_on_host(features: Array) -> np.ndarray:
    """Return features as a dense NumPy array, without a copy if they are one."""
    return features.toarray() if is_sparse(features) else to_numpy(features)


def concatenate_rows(parts: list[Array]) -> Array:
    """Concatenate blocks of rows."""
    if len(parts) == 1:
        return parts[0]
    if sparse.issparse(parts[0]):
        return sparse.vstack(parts, format="csr")
    return namespace(parts[0]).concat(parts, axis=0)


def concatenate_columns(A: Array, B: Array) -> Array:
    """Concatenate the columns of two sparse matrices."""
    return sparse.hstack([A, B], format="csr")


def exp_in_place(values: Array) -> Array:
    """Compute exp in place."""
    return values.exp_() if is_torch(values) else np.exp(values, out=values)


def not_negative(values: Array) -> Array:
    """Compute max(values, 0) in place."""
    return values.clamp_(min=0) if is_torch(values) else np.maximum(values, 0, out=values)


def squared_norms(Z: Array) -> Array:
    """Compute ‖zᵢ‖² of each row, without a squared copy of Z."""
    if sparse.issparse(Z):
        return np.asarray(Z.multiply(Z).sum(axis=1)).ravel()
    return namespace(Z).vecdot(Z, Z)


def row(Z: Array, j: int) -> Array:
    """Return row j as a dense vector."""
    return np.asarray(Z[[j]].todense()).ravel() if sparse.issparse(Z) else Z[j]


def augmented(rows: Array, intercept: bool, scale: Array | None = None) -> Array:
    """Return a few rows of features as a dense array, with the constant 1 of an intercept.

    Each feature (the constant too) is multiplied by its `scale`.
    """
    rows = rows.toarray() if sparse.issparse(rows) else rows
    xp = namespace(rows)
    if intercept:
        ones = xp.ones((rows.shape[0], 1), dtype=rows.dtype, device=device(rows))
        rows = xp.concat([rows, ones], axis=1)
    return rows if scale is None else rows * xp.astype(scale, rows.dtype)


def scaled_columns(Z: Array, factors: Array) -> Array:
    """Return Z in float64 with each column scaled; a sparse matrix stays sparse."""
    if sparse.issparse(Z):
        return Z.multiply(factors[None, :]).tocsr()
    return as_float64(Z) * factors[None, :]


def products(rows: Array, W: Array, intercept: bool) -> Array:
    """Compute rows · W for some rows of features; with an intercept, the last row of W is added."""
    if intercept:
        result = products(rows, W[:-1], False)
        result += W[-1]
        return result
    two = W.ndim == 2 and W.shape[1] == 2 and isinstance(rows, np.ndarray)
    if two and rows.flags.c_contiguous and rows[:1].nbytes >= LONG_ROW:
        return np.vecdot(rows[:, None], W.T)
    return rows @ W


def turned_products(rows: Array, W: Array, intercept: bool) -> Array:
    """Compute Wᵀ·rowsᵀ in one piece: like `products`, with rows as the last axis."""
    if sparse.issparse(rows):
        return np.ascontiguousarray(products(rows, W, intercept).T)
    result = W[: rows.shape[1]].T @ rows.T
    if intercept:
        result += W[-1][:, None]
    return result


def row_slices(n: int, width: int, like: Array) -> list[slice]:
    """Yield slices of n rows with `width` numbers per row that fit into a cache.

    Slices are larger on a GPU.  If scikit-learn's `working_memory` is below its default, they may
    be smaller.
    """
    numbers = 2**25 if is_torch(like) and like.device.type != "cpu" else BLOCK_NUMBERS
    numbers = min(numbers, int(get_config()["working_memory"] * NUMBERS_A_MIB))
    step = max(16, numbers // max(1, width))
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]


def dense_blocks(
    Z: Array, width: int, intercept: bool, scale: Array | None = None, *, double: bool = False
) -> Iterator[tuple[slice, Array]]:
    """Yield (rows, their features) in dense, augmented blocks with `width` numbers per row.

    The type is that of the features, or float64 with `double`.
    """
    for rows in row_slices(Z.shape[0], width, Z):
        block = augmented(Z[rows], intercept, None if double else scale)
        yield rows, augmented(as_float64(block), False, scale) if double else block


def first_max(values: Array) -> int:
    """Return the position of the largest value; the first one in case of ties."""
    if is_torch(values):
        return int((values == values.max()).nonzero()[0, 0])
    return int(np.argmax(values))


def is_torch(array: object) -> bool:
    """Return whether an array is a torch tensor."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)
