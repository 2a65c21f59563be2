"""Views: rows with the outputs of one model for them, the inputs of strategies."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import assert_all_finite

from skal._array import dense_on_host, row_slices
from skal._rows import row_blocks
from skal.models import (
    LastLayer,
    as_features,
    class_decision,
    class_prediction,
    class_proba,
    computable,
    is_net,
    join_layers,
    last_layer,
    predictive_std,
)
from skal.state.maps import OfMaps
from skal.state.rows import Rows


class View(OfMaps):
    """Provide rows of one container, with the outputs of one model for them.

    Each output is computed at its first use, in blocks of rows, and cached.

    Parameters
    ----------
    data : Rows
        The rows: ``data.container`` is the container that `rows` indexes.
    model : estimator, default=None
        The model whose outputs are computed; None before there is a model.
    classes : ndarray, default=None
        All known classes; None for a regression.
    prepare : callable, default=None
        ``prepare(X)`` converts rows to numbers if they are not numeric, before there is a model.

    Attributes
    ----------
    rows : ndarray of int64
        Row numbers in the container.
    X : same container
        The content of the rows (a copy, unless they are contiguous).
    y : ndarray
        Their labels; None (classes) or NaN (numbers) if a label is missing.
    is_labelled : bool
        Whether all labels are known.
    is_map : bool
        Whether the model returns maps: a class at every position of a row.
    proba, decision : ndarray of shape (n, k)
        Class probabilities and decision values, one column for every class of `state.classes`; for
        maps, only `proba`, n×k×positions.
    prediction : ndarray
        The predictions of the model.
    std : ndarray of shape (n,)
        Standard deviations of predicted numbers, if the model has them.
    sample_weight : ndarray or None
        The weights of labelled rows in the model's fit, if weights were passed.
    last_layer : LastLayer
        Features, weights and outputs of the model's last layer for the rows.
    features : array of shape (n, d)
        ``last_layer.features``, for maps averaged over the positions of a row; the rows of X if
        there is no model yet.

    See Also
    --------
    QueryState : Contains the views of a query: pool, labelled rows, holdout.
    skal.models.LastLayer : The attributes of `last_layer`.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
    >>> pool = ActiveLearner(LogisticRegression()).fit(X, y).query_state().pool
    >>> pool
    <View of 2 rows>
    >>> pool.rows, pool.prediction
    (array([2, 3]), array([0, 0]))
    >>> pool.last_layer.features
    array([[0.1], [0.4]])
    """

    def __init__(
        self,
        data: Rows,
        model: Any = None,
        classes: np.ndarray | None = None,
        prepare: Callable[[Any], Any] | None = None,
    ):
        self.data = data
        self.model = model
        self.classes = classes
        self.prepare = prepare

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        return f"<View of {len(self):,} rows>"

    @property
    def rows(self) -> np.ndarray:
        return self.data.numbers

    @property
    def sample_weight(self) -> np.ndarray | None:
        return self.data.weights

    @cached_property
    def X(self) -> Any:
        return self.data.X

    @cached_property
    def y(self) -> np.ndarray:
        return self.data.y(classify=self.classes is not None)

    @property
    def is_labelled(self) -> bool:
        return self.data.is_labelled

    @cached_property
    def proba(self) -> np.ndarray:
        return self._by_blocks(lambda X: class_proba(self._fitted, X, self._classes))

    @cached_property
    def decision(self) -> np.ndarray:
        return self._by_blocks(lambda X: class_decision(self._fitted, X, self._classes))

    @cached_property
    def prediction(self) -> np.ndarray:
        if self.classes is None:
            return self._by_blocks(self._fitted.predict)
        if is_net(self._fitted):  # the same, without a second pass
            return self.classes[self.proba.argmax(axis=1)]
        return self._by_blocks(lambda X: class_prediction(self._fitted, X, self._classes))

    @cached_property
    def std(self) -> np.ndarray:
        return self._by_blocks(lambda X: predictive_std(self._fitted, X))

    def part(self, positions: np.ndarray) -> "View":
        """Return a view of some of these rows, with the outputs computed so far.

        Parameters
        ----------
        positions : ndarray of int
            Positions of the rows in this view.

        Returns
        -------
        part : View
            A view of these rows with the same model.

        See Also
        --------
        QueryState.restrict : Restrict the candidates, and keep the pool.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> state.pool.part([1]).rows
        array([3])
        """
        if len(positions) == len(self) and (positions == np.arange(len(self))).all():
            return self
        part = View(self.data.part(positions), self.model, self.classes, self.prepare)
        for name in ("proba", "decision", "prediction", "std", "_pooled"):
            if name in self.__dict__:
                part.__dict__[name] = self.__dict__[name][positions]
        if "last_layer" in self.__dict__:
            part.__dict__["last_layer"] = self.last_layer.part(positions)
        return part

    @cached_property
    def last_layer(self) -> LastLayer:
        if self.is_map:
            raise TypeError(
                "These rows are maps, which have a last layer at every position: use positions(), "
                "or features for the mean over the positions of a row."
            )
        layers, features_are_rows = [], True
        for block in row_blocks(self.data.container, len(self)):
            whole = block.stop - block.start == len(self)
            X = self.X if whole else self.data.block(block)
            layer = self._restricted(last_layer(self._fitted, X))
            features_are_rows &= layer.features is X
            layers.append(replace(layer, features=None) if features_are_rows else layer)
        del X, layer  # free the last block before all are joined
        if features_are_rows:  # of a linear model: contiguous rows are not copied
            return replace(join_layers(layers), features=computable(self.X))
        joined = join_layers(layers)
        return replace(joined, features=computable(joined.features))

    @cached_property
    def features(self) -> Any:
        if self.model is None:
            try:
                features = as_features(self.X)
            except TypeError:  # texts, categories
                if self.prepare is None:
                    raise
                features = as_features(self.prepare(self.X))
            try:
                assert_all_finite(features.data if sparse.issparse(features) else features)
            except ValueError as error:
                raise ValueError(
                    "Rows of X contain NaN or infinity, so distances to them cannot be computed: "
                    "choose a strategy that needs no features, such as Random(), until there is a "
                    "model."
                ) from error
            return computable(features)
        return self._pooled if self.is_map else self.last_layer.features

    def dense_features(self) -> np.ndarray:
        """Return the features as a dense NumPy array, also if they are sparse or torch tensors.

        Dense features of a large sparse pool may not fit into memory: `dense_blocks` returns them
        in blocks.

        Returns
        -------
        features : ndarray of shape (n, d)
            The features, in their own type.

        See Also
        --------
        View.dense_blocks : Return the features in blocks.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> pool = ActiveLearner(LogisticRegression()).fit(X, y).query_state().pool
        >>> pool.dense_features()
        array([[0.1], [0.4]])
        """
        return dense_on_host(self.features)

    def dense_blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield the features as dense NumPy arrays, one block of rows at a time.

        Yields
        ------
        rows : slice
            The rows of the view.
        block : ndarray
            Their features; a small array for any size of the pool.

        See Also
        --------
        View.dense_features : Return all features in one array.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> pool = ActiveLearner(LogisticRegression()).fit(X, y).query_state().pool
        >>> [(rows, block.shape) for rows, block in pool.dense_blocks()]
        [(slice(0, 2, None), (2, 1))]
        """
        features = self.features
        for rows in row_slices(len(self), features.shape[1], features):
            yield rows, dense_on_host(features[rows])

    def _by_blocks(self, function: Callable) -> np.ndarray:
        """Return function(rows) for all rows, computed block by block."""
        result: Any = None  # an array, once the first block determines its type
        for block in row_blocks(self.data.container, len(self)):
            part = np.asarray(function(self.data.block(block)))
            if result is None:
                if block.stop == len(self):
                    return part
                result = np.empty((len(self), *part.shape[1:]), dtype=part.dtype)
            if part.dtype != result.dtype:  # strings of another length
                result = result.astype(np.result_type(result, part))
            result[block] = part
        return result
