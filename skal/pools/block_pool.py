"""`BlockPool`: rows that are read in blocks, in order, once a pass."""

import copy
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from skal import _checks
from skal._rows import bytes_a_row, joined, n_rows, rows_a_block, take
from skal.pools.opening import source_of
from skal.pools.prefetching import prefetched
from skal.pools.reading import Known, Piece, count, cut, read_blocks
from skal.pools.sources import Columns, Span


class BlockPool:
    """A pool that is read in blocks, because no memory holds it.

    Give it to `query`, `query_utilities` and `teach` of a learner.  Blocks are read in order, once
    a pass, the next one by a thread while one is looked at.  Row numbers count through all of them.

    Parameters
    ----------
    source : path, list of paths, array on disk, Dask collection or callable
        Parquet files (a path, a folder, a glob or a list), a `pyarrow.dataset.Dataset`, a
        `numpy.memmap`, a data set of HDF5 or zarr, a Dask array or frame, or a function without
        arguments that returns an iterable of blocks: arrays, sparse matrices or frames, the same
        ones each time.
    columns : str or list of str, default=None
        Of tables: the columns to read; one name is a column of vectors or of texts, which are the
        rows.  None: those that fit saw by name; else the one column of vectors, or all.
    n_rows : int, default=None
        How many rows the blocks of a function have together; None: counted, which reads them once.
    block_size : int, default=None
        How many rows are read at a time, not of a function; None: as many as are small beside
        scikit-learn's `working_memory`, or as many as lie together.  The answers do not depend on
        it.

    Attributes
    ----------
    shape : tuple of int
        The number of rows, and the shape of each.
    nbytes : int
        About how much memory all rows would take.
    mapped : ndarray or None
        All rows, where the system maps them into memory.
    head : container of rows
        The first rows, which show what kind they are.

    See Also
    --------
    skal.ActiveLearner : Its `query` takes such a pool.
    skal.strategies.Shortlist : Narrows a pool for strategies that compare all rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.pools import BlockPool
    >>> from skal.strategies import Margin
    >>> blocks = [[[0.9], [0.7]], [[0.1], [0.45]]]
    >>> pool = BlockPool(lambda: map(np.array, blocks))
    >>> pool
    <BlockPool of 4 rows of shape (1,)>
    >>> learner = ActiveLearner(LogisticRegression(), Margin()).fit([[0.0], [1.0]], [0, 1])
    >>> rows = learner.query(pool)
    >>> rows
    array([3])
    >>> learner = learner.teach(rows, [0], X=pool)
    """

    def __init__(
        self,
        source: Any,
        *,
        columns: str | Sequence[str] | None = None,
        n_rows: int | None = None,
        block_size: int | None = None,
    ):
        for name, value in (("n_rows", n_rows), ("block_size", block_size)):
            if value is not None:
                _checks.check_count(value, name)
        self._source = source_of(source, n_rows, block_size)
        if columns is not None and not self._source.is_table:
            raise ValueError(f"columns={columns!r} is for tables, and this pool is none.")
        self._names = columns if columns is None or isinstance(columns, str) else tuple(columns)
        self._columns = Columns(self._names)
        self._known = Known()
        self.mapped = self._source.mapped

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<BlockPool of {len(self):,} rows of shape {self.shape[1:]}>"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise TypeError(
            "A BlockPool is no array, since no memory may hold its rows: pool.load() reads all of "
            "them, pool.take_rows(rows) some, and pool.pieces() a few at a time."
        )

    @property
    def shape(self) -> tuple[int, ...]:
        return (self._n_rows, *np.shape(self.head)[1:])

    @property
    def nbytes(self) -> int:
        return int(len(self) * bytes_a_row(self.head))

    @cached_property
    def head(self) -> Any:
        for block in read_blocks(self._source, self._columns, None):
            if n_rows(block.X):
                return take(block.X, np.arange(min(n_rows(block.X), 100)))
        raise ValueError("The pool has no rows.")

    @property
    def _n_rows(self) -> int:
        spans = self._source.spans() or [Span(0, 0)]
        if spans[-1].stop is not None:
            return spans[-1].stop
        if self._known.n_rows is None:
            self._known.n_rows = count(self._source, self._columns)
        return self._known.n_rows

    def as_seen(self, names: Sequence[str] | None) -> "BlockPool":
        """Show the rows as a model has seen rows before.

        Parameters
        ----------
        names : sequence of str or None
            The columns of the frame that it was fitted on; None: it was fitted on arrays.

        Returns
        -------
        pool : BlockPool
            Of a table, a pool whose blocks are frames of these columns, or arrays; of anything
            else, the pool itself.

        See Also
        --------
        ActiveLearner.query : Calls this.

        Examples
        --------
        >>> import numpy as np
        >>> from skal.pools import BlockPool
        >>> BlockPool(np.zeros((3, 2))).as_seen(None)
        <BlockPool of 3 rows of shape (2,)>
        """
        if not self._source.is_table:
            return self
        columns = tuple(names) if self._names is None and names is not None else self._names
        frame = names is not None and not isinstance(columns, str)
        self._source.check(Columns(columns, frame))
        seen = copy.copy(self)
        seen._columns = Columns(columns, frame)
        seen.__dict__.pop("head", None)
        return seen

    def pieces(self, rows: np.ndarray | None = None, size: int | None = None) -> Iterator[Piece]:
        """Read the pool once, in order.

        Parameters
        ----------
        rows : ndarray of int, default=None
            Row numbers, which ascend; None: all.
        size : int, default=None
            Rows of a piece; None: as many as are small beside `working_memory`.

        Returns
        -------
        pieces : iterator of Piece
            Row numbers, the rows themselves, and the names of the blocks that they lie in.

        See Also
        --------
        BlockPool.take_rows : A few rows.

        Examples
        --------
        >>> import numpy as np
        >>> from skal.pools import BlockPool
        >>> pool = BlockPool(np.arange(5.0)[:, None], block_size=2)
        >>> [piece.rows for piece in pool.pieces(size=3)]
        [array([0, 1, 2]), array([3, 4])]
        """
        size = rows_a_block(self.head) if size is None else size
        blocks = read_blocks(self._source, self._columns, self._n_rows, rows)
        return cut(prefetched(blocks), rows, size)

    def parts(self) -> list[tuple[int, int, Any]] | None:
        """Give the blocks of a Dask collection as delayed objects.

        Returns
        -------
        parts : list of (start, stop, delayed) or None
            The first row of each block, the one after its last, and the block; None of a pool
            that is read here.

        See Also
        --------
        BlockPool.pieces : The rows of any pool, here.

        Examples
        --------
        >>> import numpy as np
        >>> from skal.pools import BlockPool
        >>> BlockPool(np.zeros((3, 2))).parts() is None
        True
        """
        return self._source.parts(self._columns)

    def take_rows(self, rows: Any) -> Any:
        """Read some rows; blocks without one of them are not read, where that can be.

        Parameters
        ----------
        rows : array of int
            Row numbers.

        Returns
        -------
        X : container of rows
            In memory, in the order of the numbers.

        See Also
        --------
        BlockPool.pieces : All rows.

        Examples
        --------
        >>> import numpy as np
        >>> from skal.pools import BlockPool
        >>> BlockPool(np.arange(5.0)[:, None]).take_rows([4, 0])
        array([[4.],
               [0.]])
        """
        rows = np.asarray(rows, dtype=np.int64)
        if self.mapped is not None:
            return take(self.mapped, rows)
        known = self._known.rows.get(self._columns)
        if known is not None and np.isin(rows, known[0]).all():
            return take(known[1], np.searchsorted(known[0], rows))
        if not len(rows):
            return take(self.head, rows)
        unique, places = np.unique(rows, return_inverse=True)
        X = joined([piece.X for piece in self.pieces(unique)])
        return take(X, places)

    def remember(self, rows: np.ndarray, X: Any) -> None:
        """Keep some rows, so that they need not be read again when they are taught.

        Parameters
        ----------
        rows : ndarray of int
            Row numbers, which ascend.
        X : container of rows
            These rows.

        See Also
        --------
        BlockPool.take_rows : Gives them.

        Examples
        --------
        >>> import numpy as np
        >>> from skal.pools import BlockPool
        >>> pool = BlockPool(lambda: [np.arange(5.0)[:, None]])
        >>> pool.remember(np.array([3]), pool.take_rows([3]))
        """
        self._known.rows[self._columns] = (rows, X)

    def load(self) -> Any:
        """Read all rows into memory.

        Returns
        -------
        X : container of rows
            An array or a frame; of a memory map the map, which the system reads as it is needed.

        See Also
        --------
        BlockPool.pieces : A piece at a time.

        Examples
        --------
        >>> import numpy as np
        >>> from skal.pools import BlockPool
        >>> BlockPool(lambda: [np.zeros((2, 3)), np.ones((1, 3))]).load().shape
        (3, 3)
        """
        if self.mapped is not None:
            return self.mapped
        return joined([piece.X for piece in self.pieces()])
