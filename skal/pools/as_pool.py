"""What `query` is given, as a pool where its rows do not lie in memory."""

from typing import Any

from skal.pools.block_pool import BlockPool
from skal.pools.opening import check_is_rows, kind_of


def as_pool(X: Any) -> Any:
    """Make a pool of X where its rows do not lie in memory; give X back where they do.

    Parameters
    ----------
    X : path, array on disk, Dask collection or container of rows
        What `query` was given.

    Returns
    -------
    pool : BlockPool or X
        A pool of paths and globs of Parquet files, of memory maps, of data sets of pyarrow, HDF5
        and zarr, and of Dask's arrays and frames.

    See Also
    --------
    BlockPool : Takes more, such as functions.

    Examples
    --------
    >>> from skal.pools import as_pool
    >>> as_pool([[0.0], [1.0]])
    [[0.0], [1.0]]
    """
    if isinstance(X, BlockPool) or kind_of(X) is not None:
        return X if isinstance(X, BlockPool) else BlockPool(X)
    check_is_rows(X)
    return X
