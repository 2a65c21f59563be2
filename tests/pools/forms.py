"""One array in every form that a pool is read from."""

import numpy as np
import pytest

from skal.pools import BlockPool


def memmap(X, folder, block_size):
    np.save(folder / "pool.npy", X)
    return BlockPool(np.load(folder / "pool.npy", mmap_mode="r"), block_size=block_size)


def function(X, folder, block_size):
    size = block_size or 40
    blocks = [X[start : start + size] for start in range(0, len(X), size)]
    return BlockPool(lambda: iter(blocks))


def zarr(X, folder, block_size):
    module = pytest.importorskip("zarr")
    array = module.create_array(
        str(folder / "pool.zarr"), shape=X.shape, dtype=X.dtype, chunks=(17, 2), overwrite=True
    )
    array[:] = X
    return BlockPool(array, block_size=block_size)


def hdf5(X, folder, block_size):
    module = pytest.importorskip("h5py")
    (folder / "pool.h5").unlink(missing_ok=True)
    file = module.File(folder / "pool.h5", "w")
    return BlockPool(file.create_dataset("X", data=X), block_size=block_size)


def parquet(X, folder, block_size):
    """Three files in groups of rows; a column a feature."""
    arrow, write = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    for i, part in enumerate(np.array_split(X, 3)):
        table = arrow.table({f"f{j}": part[:, j] for j in range(X.shape[1])})
        write.write_table(table, folder / f"part-{i}.parquet", row_group_size=block_size or 31)
    return BlockPool(str(folder / "part-*.parquet"), block_size=block_size)


def arrow_dataset(X, folder, block_size):
    """A data set of pyarrow that is in memory."""
    arrow, dataset = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.dataset")
    table = arrow.table({f"f{j}": X[:, j] for j in range(X.shape[1])})
    return BlockPool(dataset.dataset(table), block_size=block_size)


def vectors(X, folder, block_size):
    """A column of vectors beside one of numbers."""
    arrow, write = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    column = arrow.FixedSizeListArray.from_arrays(arrow.array(X.ravel()), X.shape[1])
    table = arrow.table({"id": np.arange(len(X)), "embedding": column})
    write.write_table(table, folder / "vectors.parquet", row_group_size=block_size or 31)
    return BlockPool(folder / "vectors.parquet", columns="embedding", block_size=block_size)


def dask_array(X, folder, block_size):
    array = pytest.importorskip("dask.array")
    return BlockPool(array.from_array(X, chunks=(37, 2)), block_size=block_size)


def dask_frame(X, folder, block_size):
    frames, pandas = pytest.importorskip("dask.dataframe"), pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=[f"f{j}" for j in range(X.shape[1])])
    return BlockPool(frames.from_pandas(frame, npartitions=3), block_size=block_size)


FORMS = (memmap, function, zarr, hdf5, parquet, arrow_dataset, vectors, dask_array, dask_frame)
