"""Rows of any container of data: arrays, sparse matrices, data frames, lists, dicts of arrays."""

import functools
import hashlib
import itertools
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from scipy import sparse
from sklearn import get_config
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from skal._array import is_torch, short_indices

# A block of rows is this share of scikit-learn's `working_memory` (16 MiB of its 1 GiB); the rest
# is for the estimator's intermediate results (float64 copies, kernels, decisions).
BLOCK_SHARE = 1 / 64
HALF = np.dtype(np.float16)


def as_container(X: Any) -> Any:
    """Return X as a container from which rows can be taken.

    Other sparse formats become CSR, and lists of numbers become arrays; a tensor loses its
    gradient, and a masked array without masked entries its mask.
    """
    if sparse.issparse(X):
        return short_indices(X if X.format == "csr" else X.tocsr())
    if is_torch(X):
        return without_gradient(X)
    if isinstance(X, np.ma.MaskedArray) and not np.ma.is_masked(X):
        return X.data
    if isinstance(X, dict):
        if not X:
            raise ValueError("X is an empty dictionary: pass at least one array.")
        lengths = {name: n_rows(value) for name, value in X.items()}
        if len(set(lengths.values())) != 1:
            raise ValueError(
                f"X is a dictionary whose entries differ in length: {lengths}. Pass arrays of "
                "equal length."
            )
        return X
    if isinstance(X, list | tuple):
        return _numbers(list(X))
    if hasattr(X, "shape") or isinstance(X, list) or not hasattr(X, "__array__"):
        return X
    return np.asarray(X)


def without_gradient(X: Any) -> Any:
    """Return X without the gradient that a tensor may require, for NumPy."""
    return X.detach() if is_torch(X) and X.requires_grad else X


def singles(X: Any) -> Any:
    """Numbers of half precision in single precision; everything else as it is.

    A look-up among the 65,536 numbers there are takes half as long as `astype`.
    """
    if not isinstance(X, np.ndarray) or X.dtype != HALF:
        return X
    return np.take(_all_halves(), X.view(np.uint16), mode="clip")


@functools.cache
def _all_halves():
    return np.arange(2**16, dtype=np.uint16).view(HALF).astype(np.float32)


def is_masked_dask(X: Any) -> bool:
    """Return whether X is a dask array whose blocks are masked arrays."""
    if not type(X).__module__.startswith("dask.array"):
        return False
    from dask.array.utils import meta_from_array

    return isinstance(meta_from_array(X), np.ma.MaskedArray)


def _numbers(X: list[Any]) -> Any:
    """Return a list of numeric rows as an array; any other list unchanged."""
    if not X or isinstance(X[0], str | bytes | dict):
        return X
    try:
        array = np.asarray(X)
    except ValueError:  # rows of different lengths
        return X
    return array if array.dtype.kind in "biuf" else X


def n_rows(X: Any) -> int:
    """Return the number of rows of X."""
    several = isinstance(X, dict) and not sparse.issparse(X)  # SciPy's DOK was a dict once
    return n_rows(next(iter(X.values()))) if several else _num_samples(X)


def check_same_order(X: Any, y: Any, name: str = "y") -> None:
    """Raise an error if two pandas indexes have the same labels in different orders."""
    one: Any = getattr(X, "index", None)
    other: Any = getattr(y, "index", None)
    if not (hasattr(one, "equals") and hasattr(other, "equals")) or len(one) != len(other):
        return
    if one.equals(other) or not (one.isin(other).all() and other.isin(one).all()):
        return
    row = int(np.argmax(np.asarray(one != other)))
    raise ValueError(
        f"{name} has the index of X in another order: row {row} of X is {one[row]}, and of {name} "
        f"{other[row]}. Pass {name}.loc[X.index] if they belong together by index, or "
        f"{name}.to_numpy() if by position."
    )


def take(X: Any, rows: Any) -> Any:
    """Return these rows of X in this order; consecutive rows of an array are not copied."""
    if isinstance(X, dict):
        return {name: take(value, rows) for name, value in X.items()}
    if hasattr(X, "take_rows"):  # a pool that is read in blocks
        return X.take_rows(rows)
    rows = _consecutive(np.array(rows, dtype=np.intp))  # a copy, because torch requires it writable
    if isinstance(rows, slice) and rows.stop - rows.start == n_rows(X):
        return X
    return _safe_indexing(X, rows)


def _consecutive(rows):
    """Return consecutive row numbers a, a+1, …, b as the slice a:b+1; others unchanged."""
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows) and (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def concatenate(A: Any, B: Any) -> Any:
    """Return the rows of A followed by those of B, in A's kind of container."""
    if isinstance(A, dict) and isinstance(B, dict) and A.keys() == B.keys():
        return {name: concatenate(A[name], B[name]) for name in A}
    B = _as_kind_of(A, B)
    if _kind(A) != _kind(B) or np.shape(A)[1:] != np.shape(B)[1:]:
        raise ValueError(
            f"The rows of X given to fit are a {_described(A)}; rows that are added must be of the "
            f"same kind and shape, and are a {_described(B)}."
        )
    if sparse.issparse(A):
        return sparse.vstack([A, B], format="csr")
    if isinstance(A, list):
        return [*A, *B]
    if _kind(A) == "pandas":
        return _concatenate_pandas(A, B)
    if _kind(A) == "polars":
        how = "vertical_relaxed" if hasattr(A, "columns") else "vertical"
        return sys.modules["polars"].concat([A, B], how=how)
    if _kind(A) == "torch":
        return sys.modules["torch"].cat([A, B])
    return np.concatenate([A, B])


def joined(parts: list[Any]) -> Any:
    """Concatenate the rows of several containers of one kind and shape."""
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    if sparse.issparse(parts[0]):
        return sparse.vstack(parts, format="csr")
    if isinstance(parts[0], list):
        return list(itertools.chain.from_iterable(parts))
    if _kind(parts[0]) == "pandas" and not _has_categories(parts[0]):
        return sys.modules["pandas"].concat(parts)
    return functools.reduce(concatenate, parts)


def _as_kind_of(A, B):
    """Return B as A's kind, where a pool's blocks have the rows of A in another container.

    A frame of pandas becomes one of polars or the reverse, and a list of texts an array.
    """
    if hasattr(A, "columns") and hasattr(B, "columns") and list(A.columns) == list(B.columns):
        if (_kind(A), _kind(B)) == ("polars", "pandas"):
            return sys.modules["polars"].from_pandas(B)
        if (_kind(A), _kind(B)) == ("pandas", "polars"):
            return B.to_pandas()
    if _kind(A) == "array" and np.ndim(A) == 1 and isinstance(B, list):
        return np.array(B, dtype=object)
    return B


def _has_categories(frame):
    return hasattr(frame, "columns") and len(frame.select_dtypes("category").columns) > 0


def _concatenate_pandas(A, B):
    """Concatenate the rows of A and B; categories of either stay categories."""
    pandas = sys.modules["pandas"]
    dtypes = {}
    named = hasattr(A, "columns") and A.columns.is_unique
    for name in A.select_dtypes("category").columns if named else ():
        one, other = A[name].dtype, B[name].astype("category").dtype
        joined = one.categories.union(other.categories, sort=False)
        dtypes[name] = pandas.CategoricalDtype(joined, one.ordered)
    return pandas.concat([A.astype(dtypes), B.astype(dtypes)] if dtypes else [A, B])


def _kind(X: Any) -> str:
    if sparse.issparse(X) or isinstance(X, dict | list):
        return "sparse matrix" if sparse.issparse(X) else type(X).__name__
    library = type(X).__module__.partition(".")[0]
    return library if library in ("pandas", "polars", "torch") else "array"


def _described(X: Any) -> str:
    if isinstance(X, dict):
        return f"dict of {sorted(X)}"
    return f"{type(X).__name__} of {n_rows(X)} rows, each of shape {np.shape(X)[1:]}"


def row_keys(X: Any, rows: Iterable[int]) -> list[tuple[int, str]]:
    """Return keys that identify rows of X by their numbers and content."""
    return list(zip(map(int, rows), _contents(take(X, rows)), strict=True))


def _contents(X: Any) -> Iterator[str]:
    """Return a digest of each row, independent of container and memory order."""
    if isinstance(X, dict):
        parts = zip(*(_contents(X[name]) for name in sorted(X)), strict=True)
        return map(_digest, parts)
    if sparse.issparse(X):
        X = X.sorted_indices()
        ends = zip(X.indptr[:-1], X.indptr[1:], strict=True)
        return (_digest((X.indices[a:b].tolist(), X.data[a:b].tolist())) for a, b in ends)
    if hasattr(X, "itertuples"):  # a pandas data frame
        return map(_digest, X.itertuples(index=False, name=None))
    if hasattr(X, "iter_rows"):  # polars
        return map(_digest, X.iter_rows())
    if isinstance(X, list):
        return map(_digest, X)
    if _kind(X) == "polars":
        return map(_digest, X.to_list())
    return map(_digest, (X if hasattr(X, "tolist") else np.asarray(X)).tolist())


def _digest(row: object) -> str:
    return hashlib.blake2b(repr(row).encode(), digest_size=16).hexdigest()


def row_blocks(X: Any, n: int) -> Iterator[slice]:
    """Yield slices of n rows of X that are small compared to scikit-learn's `working_memory`."""
    size = rows_a_block(X)
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def rows_a_block(X: Any) -> int:
    """Return the number of rows of a container per block."""
    size = get_config()["working_memory"] * 2**20 * BLOCK_SHARE
    return max(1, int(size // max(bytes_a_row(X), 1)))


def bytes_a_row(X: Any) -> float:
    """Return the approximate memory of one row of X."""
    if isinstance(X, dict):
        return sum(bytes_a_row(value) for value in X.values())
    n = max(n_rows(X), 1)
    if sparse.issparse(X):
        return (X.data.nbytes + X.indices.nbytes) / n
    if hasattr(X, "nbytes"):
        return X.nbytes / n
    if hasattr(X, "memory_usage"):  # pandas
        return X.memory_usage(index=False, deep=False).sum() / n
    if hasattr(X, "estimated_size"):  # polars
        return X.estimated_size() / n
    return float(np.mean([sys.getsizeof(row) for row in X[:100]])) if len(X) else 0.0
