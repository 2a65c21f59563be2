"""The largest of each row, where a table comes a block of columns at a time."""

from collections.abc import Iterable

from skal._array import device, namespace, to_numpy


def streamed_top(blocks: Iterable, n: int):
    """Columns of the n largest of each row, best first; ties: the earlier column.

    `blocks` yields (number of the first column, rows × columns) from left to right; only what
    exceeds the n-th largest so far is looked at twice.

    >>> import numpy as np
    >>> table = np.array([[1.0, 5.0, 3.0, 5.0], [4.0, 0.0, 2.0, 9.0]])
    >>> streamed_top([(0, table[:, :2]), (2, table[:, 2:])], 2)
    array([[1, 3],
           [3, 0]])
    """
    best = columns = None
    for start, values in blocks:
        xp, where = namespace(values), device(values)
        if best is None:
            shape = (values.shape[0], n)
            best = xp.full(shape, -xp.inf, dtype=values.dtype, device=where)
            columns = xp.full(shape, -1, dtype=xp.int64, device=where)
        width = values.shape[1]
        flat = xp.nonzero(xp.reshape(values > best[:, -1:], (-1,)))[0]
        if not flat.shape[0]:
            continue
        row, column = flat // width, flat % width
        starts = xp.searchsorted(flat, xp.arange(values.shape[0], device=where) * width)
        place = xp.arange(flat.shape[0], device=where) - starts[row]
        wide = (values.shape[0], int(xp.max(place)) + 1)
        new = xp.full(wide, -xp.inf, dtype=values.dtype, device=where)
        new_columns = xp.full(wide, -1, dtype=xp.int64, device=where)
        new[row, place] = xp.reshape(values, (-1,))[flat]
        new_columns[row, place] = column + start
        best = xp.concat([best, new], axis=1)
        order = xp.argsort(-best, axis=1, stable=True)[:, :n]
        best = xp.take_along_axis(best, order, axis=1)
        columns = xp.take_along_axis(xp.concat([columns, new_columns], axis=1), order, axis=1)
    return to_numpy(columns)
