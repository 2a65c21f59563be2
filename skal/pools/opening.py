"""What users give for a pool that is read in blocks, as a source of blocks."""

import inspect
import os
from pathlib import PurePath
from typing import Any

import numpy as np

from skal.pools.dask_sources import DaskArraySource, DaskFrameSource
from skal.pools.sources import ArraySource, FactorySource, Source
from skal.pools.tables import TableSource, dataset_of

PARQUET = (".parquet", ".pq")  # of a list of texts, which names files
KINDS = (
    "a path, a glob or a list of paths of Parquet files, a pyarrow.dataset, an array on disk "
    "(numpy.memmap, HDF5, zarr), an array or a frame of Dask, or a function that returns an "
    "iterable of blocks"
)


def kind_of(X: Any) -> str | None:
    """Which kind of pool this is that no memory holds; None if it is none."""
    if isinstance(X, str | os.PathLike) or _are_paths(X):
        return "paths"
    package, name = type(X).__module__.partition(".")[0], type(X).__name__
    if isinstance(X, np.memmap) or (package in ("h5py", "zarr") and hasattr(X, "shape")):
        return "array"
    if package == "pyarrow" and hasattr(X, "get_fragments"):
        return "table"
    if package.startswith("dask") and hasattr(X, "dask"):
        return "dask frame" if name == "DataFrame" else "dask array" if name == "Array" else None
    return None


def _are_paths(X: Any) -> bool:
    if not isinstance(X, list | tuple) or not X:
        return False
    return all(isinstance(x, PurePath) or (isinstance(x, str) and x.endswith(PARQUET)) for x in X)


def check_is_rows(X: Any) -> None:
    """Raise an error for what holds rows, or returns them, and is neither rows nor a pool."""
    package = type(X).__module__.partition(".")[0]
    if package in ("h5py", "zarr") and not hasattr(X, "shape"):
        raise TypeError(
            f"X is a {type(X).__name__} of {package}, which may hold several arrays: pass one of "
            "them, such as X['name']."
        )
    if inspect.isgenerator(X) or inspect.isroutine(X):
        raise TypeError(
            f"X is a {type(X).__name__}: pass a function that returns blocks as "
            "skal.pools.BlockPool(function)."
        )


def source_of(X: Any, n_rows: int | None, block_size: int | None) -> Source:
    """A source of blocks; an error for what is none."""
    kind = kind_of(X)
    if callable(X) and kind is None:
        if block_size is not None:
            raise ValueError(
                f"block_size={block_size}, and the blocks of a function are as large as they come."
            )
        return FactorySource(X, n_rows)
    if n_rows is not None:
        raise ValueError(f"n_rows={n_rows} is for a function, and {type(X).__name__} tells it.")
    if kind == "paths" or (isinstance(X, list | tuple) and all(isinstance(x, str) for x in X)):
        return TableSource(dataset_of(X), block_size)
    if kind == "table":
        return TableSource(X, block_size)
    if kind == "dask array":
        return DaskArraySource(X, block_size)
    if kind == "dask frame":
        return DaskFrameSource(X, block_size)
    if kind == "array" or isinstance(X, np.ndarray):
        if X.ndim == 0:
            raise ValueError("The pool is an array without rows: its shape is ().")
        return ArraySource(X, block_size)
    raise TypeError(f"BlockPool reads {KINDS}; got {type(X).__name__}.")
