"""How low tr(M⁻¹F) can be at all: a bound from the relaxation to weights of rows."""

import numpy as np

from skal._array import Array, float64_like, namespace, to_numpy
from skal._linalg import positive_inverse
from skal.kernels.fisher.structures import Block, Data, Full

# Each step costs about as much as setting up the picks: so many, and no more once they gain less.
STEPS, ENOUGH = 30, 1e-3


def lower_bound(
    structure: Full | Block,
    data: Data,
    scale: Array,
    prior: Array,
    target: Array,
    batch: np.ndarray,
) -> float:
    """A number that tr(M⁻¹F) is no less than for any rows, as many as in `batch`.

    Weights 0 ≤ w ≤ 1 with Σw = n contain every batch, and M(w) = prior + Σ wᵢI(xᵢ).  At any w, with
    f = tr(M⁻¹F), Q = M⁻¹FM⁻¹ and tᵢ = tr(QI(xᵢ)), a batch S has

        f² ≤ tr(M_S⁻¹F)·tr(QM_S)   and   tr(QM_S) ≤ tr(Q·prior) + the n largest t,

    the first by Cauchy-Schwarz.  w is improved by w ∝ w√t.

    Parameters
    ----------
    structure, data, scale
        What I(xᵢ) is, of which rows; see `skal.kernels.fisher.structures`.
    prior, target : arrays (m×D×D)
        M without picks, and F.
    batch : ndarray of int
        Rows that are a good batch already: where w starts.
    """
    n, n_rows = len(batch), data.n
    weights = np.full(n_rows, n / n_rows)
    weights[batch] += 1
    weights = _scaled(weights, n)
    best, xp = 0.0, namespace(prior)
    for _ in range(STEPS):
        given = structure.information(data, scale, float64_like(weights, data.Z))
        inverse = positive_inverse(prior + given)
        both = inverse @ target @ inverse
        objective = float(xp.sum(inverse * target))
        parts = [to_numpy(values) for _, values in structure.seen(data, both, scale)]
        t = np.clip(np.concatenate(parts).astype(np.float64), 0, None)
        largest = np.partition(t, n_rows - n)[n_rows - n :].sum()
        ceiling = float(xp.sum(both * prior)) + largest
        bound = objective**2 / ceiling if ceiling > 0 else 0.0
        if bound <= best * (1 + ENOUGH):
            return max(best, bound)
        best = bound
        weights = _scaled(weights * np.sqrt(t), n)
    return best


def _scaled(weights, n):
    """Weights of sum n, none above 1, in proportion wherever they are below it."""
    total = weights.sum()
    if total == 0:
        return np.full(len(weights), n / len(weights))
    weights = weights * (n / total)
    full = np.zeros(len(weights), dtype=bool)
    while (weights > 1).any():
        full |= weights >= 1
        weights[full] = 1
        left = n - full.sum()
        rest = weights[~full].sum()
        if rest == 0:
            break
        weights[~full] *= left / rest
    return weights
