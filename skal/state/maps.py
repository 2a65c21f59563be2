"""Outputs of a model for rows whose labels may be maps, averaged over the positions."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from skal._array import Array, concatenate_rows, namespace
from skal._rows import row_blocks
from skal.kernels.uncertainty import surprise
from skal.models import (
    LastLayer,
    as_rows,
    class_proba,
    computable,
    draws,
    makes_maps,
    pooled_features,
    position_layers,
)
from skal.state.inside import Inside


class OfMaps(Inside):
    """Compute outputs for rows with one label and for rows with a label at every position alike."""

    @property
    @abstractmethod
    def proba(self) -> np.ndarray: ...  # class probabilities of the rows

    @property
    @abstractmethod
    def last_layer(self) -> LastLayer: ...  # features and weights of the model's last layer

    @property
    def is_map(self) -> bool:
        # whether the model returns maps: a class at every position of a row
        return self.model is not None and makes_maps(self.model)

    def rate(self, function: Callable, draws: int | None = None) -> np.ndarray:
        """Compute one number per row from class probabilities; for maps, the mean of positions.

        Parameters
        ----------
        function : callable
            ``function(P)`` returns one number for each row of P (n×k); with `draws`, of P (m×n×k).
        draws : int, default=None
            Pass this number of draws of the probabilities.  None: the model's own probabilities.

        Returns
        -------
        numbers : ndarray of shape (n,)
            One number for each row of the view.

        See Also
        --------
        View.gradients : Gradients of the rows in the last layer.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.kernels.uncertainty import margin
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> state.pool.rate(margin).round(2)
        array([0.09, 0.02])
        """
        if not self.is_map:
            return function(self.proba if draws is None else self.draws(draws))
        return np.concatenate(
            [function(P).reshape(n, -1).mean(axis=1) for n, P in self._position_rows(draws)]
        )

    def gradients(self) -> tuple[Array, Array, bool]:
        """Compute the gradient of each row's loss in the last layer, with its predicted label.

        Returns
        -------
        Z, U : arrays of shape (n, d) and (n, k)
            The gradient of a row's log loss is z ⊗ u.  For maps, it is the mean of the gradients at
            all positions: Z contains it in full (n×d·k), and U is 1.
        intercept : bool
            Whether z has a constant 1 that Z does not contain.

        See Also
        --------
        skal.strategies.Badge : A strategy that selects a batch of diverse gradients.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> Z, U, intercept = state.pool.gradients()
        >>> Z.shape, U.shape, intercept
        ((2, 1), (2, 2), True)
        """
        if not self.is_map:
            layer = self.last_layer
            return layer.features, surprise(layer.proba), layer.intercept
        G = concatenate_rows([_mean_gradients(layer) for layer in self.positions()])
        return G, namespace(G).ones_like(G[:, :1]), False

    def positions(self) -> Iterator[LastLayer]:
        """Yield the last layer at every position of maps, some rows at a time.

        Yields
        ------
        layer : LastLayer
            The last layer of the next rows: features n×t×d and probabilities n×t×k, for t
            positions.

        See Also
        --------
        View.features : The mean of the features over positions.

        Examples
        --------
        >>> import numpy as np
        >>> import torch
        >>> from skorch import NeuralNetClassifier
        >>> from skal import ActiveLearner
        >>> loss = torch.nn.CrossEntropyLoss
        >>> net = NeuralNetClassifier(
        ...     torch.nn.Conv2d(1, 2, 1), criterion=loss, train_split=None, verbose=0
        ... )
        >>> X = np.random.default_rng(0).normal(size=(4, 1, 8, 8)).astype(np.float32)
        >>> masks = [(X[0, 0] > 0).astype(int), None, None, None]
        >>> state = ActiveLearner(net).fit(X, masks).query_state()
        >>> [layer.features.shape for layer in state.pool.positions()]
        [torch.Size([3, 64, 1])]
        """
        for block in row_blocks(self.data.container, len(self.data)):
            for layer in position_layers(self._fitted, self.data.block(block)):
                yield self._restricted(layer)

    def _restricted(self, layer):
        """Return the outputs of a net without those of unknown classes."""
        if self.classes is None or np.isin(layer.classes, self.classes).all():
            return layer
        keep = np.flatnonzero(np.isin(layer.classes, self.classes))
        proba = layer.proba[..., keep]
        return replace(
            layer,
            weights=layer.weights[:, keep],
            proba=proba / proba.sum(axis=-1)[..., None],
            classes=layer.classes[keep],
        )

    @cached_property
    def _pooled(self) -> Array:
        """Return the features of the last layer, averaged over the positions of a row."""
        blocks = row_blocks(self.data.container, len(self.data))
        parts = [pooled_features(self._fitted, self.data.block(block)) for block in blocks]
        return computable(concatenate_rows(parts))

    def _position_rows(self, n_draws):
        """Yield numbers of rows, with their probabilities at every position as rows."""
        size = (n_draws or 1) * len(self._classes)  # as many numbers as X has in a block
        for block in row_blocks(self.data.container, len(self.data)):
            step = max(1, (block.stop - block.start) // size)
            for start in range(block.start, block.stop, step):
                X = self.data.block(slice(start, min(start + step, block.stop)))
                if n_draws is None:
                    P = class_proba(self._fitted, X, self._classes)
                    yield len(P), as_rows(P)
                else:
                    D = draws(self._fitted, X, n_draws, self._classes)
                    yield D.shape[1], np.stack([as_rows(P) for P in D])


def _mean_gradients(layer: LastLayer) -> Array:
    """Return mean_t z_t ⊗ u_t of each row as a vector, with the constant last."""
    Z, P = layer.features, layer.proba
    (n, t, d), k = Z.shape, P.shape[-1]
    U = surprise(P.reshape(-1, k)).reshape(n, t, k)
    xp = namespace(U)
    Z = xp.asarray(Z, dtype=U.dtype)
    parts = [(Z.swapaxes(1, 2) @ U).reshape(n, d * k) / t]
    if layer.intercept:
        parts.append(U.sum(1) / t)
    return xp.concat(parts, axis=1)
