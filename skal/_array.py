"""What NumPy and torch do differently: the only place that knows which of the two is at work."""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device
from scipy import sparse
from sklearn import get_config

# Numbers of a block of rows that should stay in a processor's cache while it is worked on.
BLOCK_NUMBERS = 2**18
# Such numbers for each MiB of scikit-learn's `working_memory`: with its 1 GiB, 2**25.
NUMBERS_A_MIB = 2**15
# Bytes of a row from which on NumPy is faster by two dot products a row than by BLAS's matrix
# product with two columns.
LONG_ROW = 384

# An array of NumPy's or of torch's; a sparse matrix of SciPy's where the docstring says so. No type
# covers these three.
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
    """The array namespace of an array; NumPy's for a sparse matrix."""
    return array_namespace(np.empty(0) if sparse.issparse(array) else array)


def is_sparse(array: object) -> bool:
    """Whether this is a sparse matrix."""
    return sparse.issparse(array)


def asarray_like(values: np.ndarray, like: Array) -> Array:
    """NumPy values as an array of the kind, device and type of `like`."""
    xp = namespace(like)
    return xp.asarray(values, dtype=like.dtype, device=device(like), copy=True)


def float64_like(values: Array, like: Array) -> Array:
    """NumPy values in float64, where `like` is."""
    if sparse.issparse(like):
        return np.asarray(values, dtype=np.float64)
    xp = namespace(like)
    return xp.asarray(values, dtype=xp.float64, device=device(like))


def as_float64(array: Array) -> Array:
    """An array, or a sparse matrix, in float64."""
    if sparse.issparse(array):
        return array.astype(np.float64)
    xp = namespace(array)
    return xp.astype(array, xp.float64, copy=False)


def as_computable(features: Array) -> Array:
    """Features in float32 or float64, the types that linear algebra has."""
    name = dtype_name(features)
    if name in ("float32", "float64"):
        return features
    wider = "float64" if name in ("longdouble", "float128") else "float32"
    if sparse.issparse(features):
        return features.astype(wider)
    xp = namespace(features)
    return xp.astype(features, getattr(xp, wider))


def on_device(array: Array, where: Any) -> Array:
    """An array on a torch device; None leaves it where it is.

    On the host it is NumPy's, without a copy: NumPy's products of many small matrices are faster.
    """
    if where is None or str(where) == "cpu":
        on_card = is_torch(array) and array.device.type != "cpu"
        return array if is_sparse(array) or (on_card and where is None) else to_numpy(array)
    if sparse.issparse(array):
        raise TypeError(
            f"device={where!r} is for dense features, and these are a sparse matrix: leave device= "
            "at None, or put a projection such as TruncatedSVD before the model."
        )
    try:
        import torch
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f'device={where!r} needs torch: pip install "skal[nets]".'
        ) from error
    if isinstance(array, np.ndarray) and not array.flags.writeable:  # torch warns of such
        array = array.copy()
    try:
        torch.empty(0, device=where)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        said = str(error).partition("\n")[0].rstrip(".")
        raise ValueError(
            f"device={where!r} is none that torch can use here: {said}. Give one such as 'cpu' or "
            "'cuda', or leave device= at None."
        ) from error
    return torch.as_tensor(array, device=where)


def is_device(value: object) -> bool:
    """Whether a value is a torch.device, found out without importing torch."""
    kind = type(value)
    return (kind.__module__, kind.__name__) == ("torch", "device")


def to_numpy(array: Array) -> np.ndarray:
    """An array on the host; bfloat16, which NumPy does not have, in float32."""
    if not is_torch(array):
        return np.asarray(array)
    array = array.detach().cpu()
    return (array.float() if dtype_name(array) == "bfloat16" else array).numpy()


def largest_size(array: Array) -> float:
    """The largest |value|; 0 of none, NaN where there is one."""
    values = array.data if sparse.issparse(array) else array
    return max(float(values.max()), -float(values.min())) if 0 not in values.shape else 0.0


def short_indices(array: Any) -> Any:
    """A CSR matrix with indices of 32 bits, all that scikit-learn takes, where they suffice.

    Its values are not copied.
    """
    long = array.indices.dtype.itemsize > 4 or array.indptr.dtype.itemsize > 4
    if not long or max(array.nnz, *array.shape) > np.iinfo(np.int32).max:
        return array
    indices = array.indices.astype(np.int32), array.indptr.astype(np.int32)
    return type(array)((array.data, *indices), shape=array.shape, copy=False)


def dtype_name(array: Array) -> str:
    """ "float64", "float32", …"""
    return str(array.dtype).rpartition(".")[2]


def positions_at_least(values: Array, least: float) -> np.ndarray:
    """Positions of the values that reach `least`."""
    return np.flatnonzero(to_numpy(values >= least))


def on_host(features: Array) -> Array:
    """Features as scikit-learn takes them: NumPy's, or a sparse matrix as it is."""
    return features if is_sparse(features) else to_numpy(features)


def dense_on_host(features: Array) -> np.ndarray:
    """Features as a dense NumPy array; itself if it is one."""
    return features.toarray() if is_sparse(features) else to_numpy(features)


def concatenate_rows(parts: list[Array]) -> Array:
    """Blocks of rows under one another."""
    if len(parts) == 1:
        return parts[0]
    if sparse.issparse(parts[0]):
        return sparse.vstack(parts, format="csr")
    return namespace(parts[0]).concat(parts, axis=0)


def concatenate_columns(A: Array, B: Array) -> Array:
    """Two sparse matrices beside each other."""
    return sparse.hstack([A, B], format="csr")


def exp_in_place(values: Array) -> Array:
    """exp, written over what it was given."""
    return values.exp_() if is_torch(values) else np.exp(values, out=values)


def not_negative(values: Array) -> Array:
    """max(values, 0), written over what it was given."""
    return values.clamp_(min=0) if is_torch(values) else np.maximum(values, 0, out=values)


def squared_norms(Z: Array) -> Array:
    """‖zᵢ‖² of each row, without a squared copy of Z."""
    if sparse.issparse(Z):
        return np.asarray(Z.multiply(Z).sum(axis=1)).ravel()
    return namespace(Z).vecdot(Z, Z)


def row(Z: Array, j: int) -> Array:
    """Row j as a dense vector."""
    return np.asarray(Z[[j]].todense()).ravel() if sparse.issparse(Z) else Z[j]


def augmented(rows: Array, intercept: bool, scale: Array | None = None) -> Array:
    """A few rows of features as a dense array, with the constant 1 of an intercept.

    Each feature (the constant too) is multiplied by its `scale`.
    """
    rows = rows.toarray() if sparse.issparse(rows) else rows
    xp = namespace(rows)
    if intercept:
        ones = xp.ones((rows.shape[0], 1), dtype=rows.dtype, device=device(rows))
        rows = xp.concat([rows, ones], axis=1)
    return rows if scale is None else rows * xp.astype(scale, rows.dtype)


def scaled_columns(Z: Array, factors: Array) -> Array:
    """Z in float64, each column times a factor; a sparse matrix stays one."""
    if sparse.issparse(Z):
        return Z.multiply(factors[None, :]).tocsr()
    return as_float64(Z) * factors[None, :]


def products(rows: Array, W: Array, intercept: bool) -> Array:
    """rows · W for some rows of features; with an intercept the last row of W is the constant's."""
    if intercept:
        result = products(rows, W[:-1], False)
        result += W[-1]
        return result
    two = W.ndim == 2 and W.shape[1] == 2 and isinstance(rows, np.ndarray)
    if two and rows.flags.c_contiguous and rows[:1].nbytes >= LONG_ROW:
        return np.vecdot(rows[:, None], W.T)
    return rows @ W


def turned_products(rows: Array, W: Array, intercept: bool) -> Array:
    """Wᵀ·rowsᵀ in one piece: as `products`, with rows as the last axis."""
    if sparse.issparse(rows):
        return np.ascontiguousarray(products(rows, W, intercept).T)
    result = W[: rows.shape[1]].T @ rows.T
    if intercept:
        result += W[-1][:, None]
    return result


def row_slices(n: int, width: int, like: Array) -> list[slice]:
    """Slices of rows that cover n of them, `width` numbers a row: small enough for a cache.

    A graphics card wants larger ones.  A `working_memory` of scikit-learn's that is smaller than
    its default may ask for less.
    """
    numbers = 2**25 if is_torch(like) and like.device.type != "cpu" else BLOCK_NUMBERS
    numbers = min(numbers, int(get_config()["working_memory"] * NUMBERS_A_MIB))
    step = max(16, numbers // max(1, width))
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]


def dense_blocks(
    Z: Array, width: int, intercept: bool, scale: Array | None = None, *, double: bool = False
) -> Iterator[tuple[slice, Array]]:
    """Blocks of features, dense and augmented: pairs (rows, their features), `width` numbers a row.

    In the features' own type, or in float64 with `double`.
    """
    for rows in row_slices(Z.shape[0], width, Z):
        block = augmented(Z[rows], intercept, None if double else scale)
        yield rows, augmented(as_float64(block), False, scale) if double else block


def first_max(values: Array) -> int:
    """Position of the largest value; the first of equal ones."""
    if is_torch(values):
        return int((values == values.max()).nonzero()[0, 0])
    return int(np.argmax(values))


def is_torch(array: object) -> bool:
    """Whether this is a tensor of torch's."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)
