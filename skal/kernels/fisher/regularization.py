"""What is added to the labelled rows' information, so that it can be inverted."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from skal._array import (
    Array,
    as_float64,
    augmented,
    concatenate_columns,
    is_sparse,
    namespace,
    row_slices,
    to_numpy,
)
from skal.kernels.fisher.structures import Block, Data, Full

# A feature seen only where the model is certain counts as if it were seen a millionth of the time.
FLOOR = 1e-6


class CurvatureSums(NamedTuple):
    """What λ follows from, added up over n rows: (mean curvature)·z², z² and the curvature."""

    curved: np.ndarray = np.zeros(1)
    plain: np.ndarray = np.zeros(1)
    total: float = 0.0
    n: int = 0

    def and_those_of(self, structure: Full | Block, data: Data) -> "CurvatureSums":
        """The same with the rows of `data`."""
        curved, plain, total, n = self
        for rows, squares in _squares(data):
            mean = structure.mean_curvature(data, rows)
            mean = namespace(mean).astype(mean, namespace(mean).float64)
            curved = curved + to_numpy(mean @ squares)
            plain = plain + to_numpy(squares.sum(0)).ravel()
            total += float(mean.sum())
        return CurvatureSums(curved, plain, total, n + data.n)


NO_SUMS = CurvatureSums()


def feature_curvature(
    structure: Full | Block, parts: list[Data], sums: CurvatureSums = NO_SUMS
) -> np.ndarray:
    """λ_j = mean over rows of (mean curvature)·z_ij², for each feature and the constant.

    So the rows' own information is what one weighs it with, and the units of a feature do not
    matter.  Where every row is certain, the mean of z_ij² alone; where a feature is 0 in every
    row, the mean λ: it is never seen, so any number will do.  `sums` are those of rows before.
    """
    for data in parts:
        sums = sums.and_those_of(structure, data)
    curved, plain, total, n = sums
    if not total > np.finfo(np.float64).tiny:
        curved, total = plain, n
    strengths = np.maximum(curved, FLOOR * total / n * plain) / n
    seen = strengths > 0
    if not seen.any():
        return np.ones_like(strengths)
    return np.where(seen, strengths, strengths[seen].mean())


def _squares(data: Data) -> Iterator[tuple[slice, Array]]:
    """z_ij² of blocks of rows, the constant last: arrays, or sparse matrices."""
    width = data.d + (data.P is not None and data.P.shape[1] ** 2)
    if is_sparse(data.Z):
        width = max(1, data.Z.nnz // max(1, data.n))
    for rows in row_slices(data.n, width, data.Z):
        Z = as_float64(data.Z[rows])
        if is_sparse(Z):
            squares = Z.multiply(Z).tocsr()
            ones = np.ones((squares.shape[0], int(data.intercept)))
            yield rows, concatenate_columns(squares, csr_array(ones))
        else:
            yield rows, augmented(Z, data.intercept) ** 2
