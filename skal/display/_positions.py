"""Positions of rows on a map."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from sklearn.decomposition import PCA, TruncatedSVD

from skal._rows import n_rows


def map_positions(X: Any, embedding: ArrayLike | str) -> np.ndarray:
    """Return two coordinates per row: its principal components, or the given ones."""
    if not isinstance(embedding, str):
        positions = np.asarray(embedding, dtype=float)
        if positions.shape != (n_rows(X), 2):
            raise ValueError(
                f"embedding must have two numbers for each of the {n_rows(X)} rows of X; its shape "
                f"is {positions.shape}."
            )
        return positions
    if embedding != "pca":
        raise ValueError(f'embedding={embedding!r} must be "pca" or an array of shape (n, 2).')
    if sparse.issparse(X):
        kind, numeric = TruncatedSVD(2, random_state=0), X.dtype.kind in "biuf"
    else:
        X = X.to_numpy() if hasattr(X, "to_numpy") else np.asarray(X)
        kind, numeric = PCA(2, random_state=0), X.dtype.kind in "biuf" and np.isfinite(X).all()
    if not numeric or X.ndim != 2 or X.shape[1] < 2:
        raise ValueError(
            'embedding="pca" requires X to be a table of two or more columns, all of them finite '
            "numbers: pass an array of shape (n, 2) as embedding=."
        )
    return kind.fit_transform(X)
