"""Rows with large and diverse gradients of the last layer."""

import numpy as np

from skal._array import first_max
from skal.kernels.distances import gradient_distances, gradient_norms
from skal.selection import k_means_pp
from skal.state import QueryState
from skal.strategies.base import Strategy


class Badge(Strategy):
    """Pick rows with large and diverse gradients.

    The gradient embedding of a row is z ⊗ (p − e_ŷ): its last-layer features (and the constant 1
    of an intercept) times the difference between the class probabilities and the predicted class.
    K-means++ seeding on these embeddings draws the batch, starting from the row of largest norm, so
    that it has uncertain and diverse rows.  Distances are computed from inner products of z and of
    p − e_ŷ, without the n×dk embedding.

    See Also
    --------
    Determinantal : Maximise the determinant of the same gradients.
    Bait : Minimise the expected error on the pool.
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
