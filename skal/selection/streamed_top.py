"""The largest entries of each row of a matrix that arrives in blocks of columns."""

import numpy as np

from skal._array import Array, device, namespace, to_numpy


class StreamedTop:
    """Find the columns of the n largest entries in each row of a matrix that arrives in blocks.

    Entries that exceed a row's current n-th largest are buffered, and merged when the buffer is
    large enough, so most of the matrix is read only once.

    >>> import numpy as np
    >>> table = np.array([[1.0, 5.0, 3.0, 5.0], [4.0, 0.0, 2.0, 9.0]])
    >>> top = StreamedTop(2)
    >>> top.add(0, table[:, :2])
    >>> top.add(2, table[:, 2:])
    >>> top.columns()                                       # ties: the earlier column
    array([[1, 3],
           [3, 0]])
    """

    def __init__(self, n: int):
        self._n = n
        self._best: Array = None
        self._columns: Array = None
        self._aside: list[tuple[Array, Array, Array]] = []
        self._n_aside = 0

    def add(self, start: int, values: Array) -> None:
        """Add a block of the matrix (rows × columns); `start` is the number of its first column."""
        if self._best is None:
            xp, shape = namespace(values), (values.shape[0], self._n)
            self._best = xp.full(shape, -xp.inf, dtype=values.dtype, device=device(values))
            self._columns = xp.full(shape, -1, dtype=xp.int64, device=device(values))
            done, piece = 0, self._n
            while done < values.shape[1]:  # after the first block there is a threshold to exceed
                self._set_aside(start + done, values[:, done : done + piece])
                self._sort_in()
                done, piece = done + piece, done + piece
        else:
            self._set_aside(start, values)

    def _set_aside(self, start, values):
        """Buffer the entries that exceed the n-th largest of their row."""
        xp = namespace(values)
        m, width = values.shape
        flat = xp.nonzero(xp.reshape(values > self._best[:, -1:], (-1,)))[0]
        if flat.shape[0]:
            row = flat // width
            self._aside.append((row, flat - row * width + start, xp.reshape(values, (-1,))[flat]))
            self._n_aside += flat.shape[0]
        if self._n_aside > m * self._n:
            self._sort_in()

    def columns(self) -> np.ndarray:
        """Return rows × n columns, best first; ties: the earlier column."""
        self._sort_in()
        return to_numpy(self._columns)

    def _sort_in(self):
        """Merge the buffer into the best entries."""
        if not self._aside:
            return
        xp, where = namespace(self._best), device(self._best)
        m = self._best.shape[0]
        row, column, value = (xp.concat(list(part)) for part in zip(*self._aside, strict=True))
        self._aside, self._n_aside = [], 0
        order = xp.argsort(row, stable=True)
        row, column, value = row[order], column[order], value[order]
        starts = xp.searchsorted(row, xp.arange(m, device=where))
        place = xp.arange(row.shape[0], device=where) - starts[row]
        wide = (m, int(xp.max(place)) + 1)
        new = xp.full(wide, -xp.inf, dtype=value.dtype, device=where)
        new_columns = xp.full(wide, -1, dtype=xp.int64, device=where)
        new[row, place], new_columns[row, place] = value, column
        best = xp.concat([self._best, new], axis=1)
        order = xp.argsort(-best, axis=1, stable=True)[:, : self._n]
        self._best = xp.take_along_axis(best, order, axis=1)
        columns = xp.concat([self._columns, new_columns], axis=1)
        self._columns = xp.take_along_axis(columns, order, axis=1)
