"""Rows of whatever holds the data: arrays, sparse matrices, frames, lists, dicts of arrays."""

import sys
from collections.abc import Iterator

import joblib
import numpy as np
from scipy import sparse
from sklearn import get_config
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

# A block of rows is this share of scikit-learn's `working_memory` (16 MiB of its 1 GiB): the rest
# is for what the estimator makes of the block (float64 copies, kernels, decisions).
BLOCK_SHARE = 1 / 64


def as_container(X):
    """X itself where rows can be taken from it; other sparse formats become CSR."""
    if sparse.issparse(X):
        return X if X.format == "csr" else X.tocsr()
    if isinstance(X, dict):
        lengths = {name: n_rows(value) for name, value in X.items()}
        if len(set(lengths.values())) != 1:
            raise ValueError(f"X is a dictionary whose entries differ in length: {lengths}.")
        return X
    if isinstance(X, tuple):
        return list(X)
    if hasattr(X, "shape") or isinstance(X, list) or not hasattr(X, "__array__"):
        return X
    return np.asarray(X)


def n_rows(X) -> int:
    """How many rows X has."""
    return n_rows(next(iter(X.values()))) if isinstance(X, dict) else _num_samples(X)


def take(X, rows):
    """The rows of X, in that order; no copy where consecutive rows of an array are asked for."""
    if isinstance(X, dict):
        return {name: take(value, rows) for name, value in X.items()}
    rows = _consecutive(np.asarray(rows, dtype=np.intp))
    if isinstance(rows, slice) and rows.stop - rows.start == n_rows(X):
        return X
    return _safe_indexing(X, rows)


def _consecutive(rows):
    """Row numbers a, a+1, …, b as the slice a:b+1; any others as they are."""
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows) and (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def concatenate(A, B):
    """The rows of A, then those of B, in A's kind of container."""
    if isinstance(A, dict):
        if not isinstance(B, dict) or A.keys() != B.keys():
            raise ValueError(f"X has the entries {sorted(A)}; the new rows must have the same.")
        return {name: concatenate(A[name], B[name]) for name in A}
    if sparse.issparse(A) or sparse.issparse(B):
        return sparse.vstack([sparse.csr_array(A), sparse.csr_array(B)], format="csr")
    if isinstance(A, list):
        return [*A, *B]
    library = type(A).__module__.partition(".")[0]
    if library in ("pandas", "polars"):
        return sys.modules[library].concat([A, B])
    if library == "torch":
        return sys.modules["torch"].cat([A, B])
    return np.concatenate([np.asarray(A), np.asarray(B)])


def row_keys(X, rows) -> list[tuple[int, str]]:
    """What tells a row of X from others: its number and a hash of its content."""
    return [(int(row), joblib.hash(take(X, [row]))) for row in rows]


def row_blocks(X, n: int) -> Iterator[slice]:
    """Slices that cover n rows of X, each small beside scikit-learn's `working_memory`."""
    size = get_config()["working_memory"] * 2**20 * BLOCK_SHARE
    size = max(1, int(size // max(_bytes_a_row(X), 1)))
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def _bytes_a_row(X) -> float:
    """About how much memory one row of X takes."""
    if isinstance(X, dict):
        return sum(_bytes_a_row(value) for value in X.values())
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
