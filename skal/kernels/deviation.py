"""How uncertain a linear regression is of each row, before noise."""

import numpy as np

from skal._array import Array, dense_blocks, device, namespace, squared_norms, to_numpy
from skal._linalg import lower_solve


def predictive_deviation(Z: Array, known: Array, intercept: bool, scale: Array) -> np.ndarray:
    """√(zᵀM⁻¹z) of each row z of Z (n×d), M = I + Σ over known rows (m×d) of zzᵀ.

    Each feature (and the constant 1 of an intercept) is multiplied by its `scale` first.  With
    fewer known rows than features, zᵀM⁻¹z = ‖z‖² − ‖L⁻¹Kz‖² where LLᵀ = I + KKᵀ, K the known rows.
    """
    xp = namespace(scale)
    blocks = dense_blocks(known, known.shape[1], intercept, scale, double=True)
    K = xp.concat([block for _, block in blocks])
    few = K.shape[0] < K.shape[1]
    gram = K @ K.T if few else K.T @ K
    gram = gram + xp.eye(gram.shape[0], dtype=gram.dtype, device=device(gram))
    factor = xp.linalg.cholesky(gram)
    squares = np.empty(Z.shape[0])
    for rows, block in dense_blocks(Z, Z.shape[1], intercept, scale, double=True):
        seen = K @ block.T if few else block.T
        solved = squared_norms(lower_solve(factor, seen).T)
        squares[rows] = to_numpy(squared_norms(block) - solved if few else solved)
    return np.sqrt(np.clip(squares, 0, None))
