"""What is added to the labelled rows' information, so that it can be inverted."""

import numpy as np

from skal._array import augmented, namespace, row_slices, to_numpy
from skal.kernels.fisher.structures import Block, Data, Full

# A feature seen only where the model is certain counts as if it were seen a millionth of the time.
FLOOR = 1e-6


def feature_curvature(structure: Full | Block, parts: list[Data]) -> np.ndarray:
    """λ_j = mean over rows of (mean curvature)·z_ij², for each feature and the constant.

    So the rows' own information is what one weighs it with, and the units of a feature do not
    matter.  Where every row is certain, the mean of z_ij² alone; where a feature is 0 in every
    row, the mean λ: it is never seen, so any number will do.
    """
    curved, plain, total = np.zeros(1), np.zeros(1), 0.0
    n = sum(data.n for data in parts)
    for data in parts:
        for rows in row_slices(
            data.n, data.d + (data.P is not None and data.P.shape[1] ** 2), data.Z
        ):
            block = augmented(data.Z[rows], data.intercept)
            xp = namespace(block)
            block = xp.astype(block, xp.float64) ** 2
            mean = xp.astype(structure.mean_curvature(data, rows), xp.float64)
            curved, plain = curved + to_numpy(mean @ block), plain + to_numpy(xp.sum(block, axis=0))
            total += float(xp.sum(mean))
    if not total > np.finfo(np.float64).tiny:
        curved, total = plain, n
    strengths = np.maximum(curved, FLOOR * total / n * plain) / n
    seen = strengths > 0
    if not seen.any():
        return np.ones_like(strengths)
    return np.where(seen, strengths, strengths[seen].mean())
