"""Rows that would each pull the last layer hard, in different directions."""

import numpy as np

from skal._array import first_max
from skal.kernels.distances import gradient_distances, gradient_norms
from skal.selection import k_means_pp
from skal.state import QueryState
from skal.strategies.base import Strategy


class Badge(Strategy):
    """Ask for rows whose gradients are large and unlike each other.

    The gradient embedding of a row is z ⊗ (p − e_ŷ): its last-layer features (and the constant 1
    of an intercept) times how far the model's probabilities are from its own prediction.  Rows are
    drawn by k-means++ seeding on these, the first being the one of largest norm: unsure rows,
    spread out.  Distances come from inner products of z and of p − e_ŷ, so the n×dk embedding is
    never made.

    See Also
    --------
    Determinantal : Span the same gradients by their determinant.
    Bait : Leave the least to learn about the pool.
    Spread : Spread a batch over the best rows of a strategy.

    Notes
    -----
    Time O(b·n·(d + k)), memory O(n·k).

    References
    ----------
    Ash et al., Deep batch active learning by diverse, uncertain gradient lower bounds, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Badge
    >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45], [0.9]]), [0, 1, None, None, None]
    >>> ActiveLearner(LogisticRegression(), Badge(), random_state=0).fit(X, y).query(batch_size=2)
    array([4, 2])
    """

    needs = frozenset({"model", "classifier", "last_layer"})
    works_on_maps = True
    candidates_only = True

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """n candidates drawn by k-means++ on gradient embeddings."""
        gradients = state.pool.part(state.candidates).gradients()
        norms, distances = gradient_norms(*gradients), gradient_distances(*gradients)
        return state.candidates[k_means_pp(distances, n, first_max(norms), state.rng)]
