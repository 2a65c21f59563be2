"""Spaces in which distances between the rows of views are measured."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import assert_all_finite

from skal._array import concatenate_rows, is_torch
from skal._rows import row_blocks
from skal.models import (
    Leaves,
    Points,
    as_features,
    columns_seen,
    computable,
    kernel_features_alone,
    leaves,
    weighted_features,
)
from skal.state.view import View


@dataclass(frozen=True)
class Space:
    """Represent rows so that distances can be measured; see :meth:`QueryState.space`.

    Parameters
    ----------
    kind : {"weighted", "features", "columns", "leaves"}
        The representation: features of the last layer, weighted by the model or not; input columns;
        leaves of trees.
    model : estimator, default=None
        The model of the leaves or input columns; None: the columns of X itself.

    See Also
    --------
    QueryState.space : Return a space.
    skal.strategies.MaxHerding : A strategy that covers the pool in a space.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skal import ActiveLearner
    >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
    >>> forest = RandomForestClassifier(5, random_state=0)
    >>> state = ActiveLearner(forest).fit(X, y).query_state()
    >>> space = state.space()
    >>> space.kind, space.of(state.pool).numbers.shape      # a leaf of each of five trees
    ('leaves', (2, 5))
    """

    kind: str
    model: Any = None

    def of(self, view: View) -> Points | Leaves:
        """Compute the representation of the rows of a view.

        Parameters
        ----------
        view : View
            The rows, with the model of the state that created this space.

        Returns
        -------
        rows : Points or Leaves
            Their features, or the numbers of their leaves.

        See Also
        --------
        QueryState.space : Return a space.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> state.space("columns").of(state.pool).features
        array([[0.1],
               [0.4]])
        """
        if self.kind == "leaves":
            parts = [leaves(self.model, view.data.block(rows)) for rows in _blocks(view)]
            return Leaves(np.concatenate(parts))
        if self.kind == "columns":
            parts = [_numbers(self.model, view.data.block(rows)) for rows in _blocks(view)]
            return Points(concatenate_rows(parts))
        if self.kind == "weighted":
            return Points(weighted_features(view.last_layer))
        return Points(self._features(view))

    def _features(self, view: View) -> Any:
        """Return last-layer features; of a kernel machine without its probabilities."""
        if "last_layer" in vars(view) or self.model is not view.model:
            return view.features
        parts = []
        for rows in _blocks(view):
            part = kernel_features_alone(self.model, view.data.block(rows))
            if part is None:
                return view.features
            parts.append(part)
        return computable(concatenate_rows(parts))

    def has_distances(self, view: View) -> bool:
        """Return whether distances between the rows of a view can be computed.

        Parameters
        ----------
        view : View
            The rows, with the model of the state that created this space.

        Returns
        -------
        has_distances : bool
            False if the representation is input columns that contain strings, NaN or infinity; `of`
            then raises an error.

        See Also
        --------
        Space.of : The representation of the rows.

        Examples
        --------
        >>> from sklearn.dummy import DummyClassifier
        >>> from skal import ActiveLearner
        >>> X, y = [["a"], ["b"], ["b"], ["c"]], [0, 1, None, None]
        >>> state = ActiveLearner(DummyClassifier()).fit(X, y).query_state()
        >>> state.space().has_distances(state.pool)
        False
        """
        if self.kind != "columns":
            return True
        try:
            for rows in _blocks(view):
                _numbers(self.model, view.data.block(rows))
        except (TypeError, ValueError):
            return False
        return True


def _blocks(view: View) -> Any:
    return row_blocks(view.data.container, len(view))


def _numbers(model: Any, X: Any) -> Any:
    """Return input columns as numbers, for distances."""
    try:
        features = as_features(columns_seen(model, X))
    except TypeError as error:
        raise TypeError(
            f"Distances between input columns require numbers ({error.__cause__ or error}): set "
            'space="features" for the last layer of a net, or put an encoder before the model.'
        ) from error
    array = features.data if sparse.issparse(features) else features
    try:
        assert_all_finite(array.numpy(force=True) if is_torch(array) else array)
    except ValueError as error:
        raise ValueError(
            "Rows of X contain NaN or infinity, so distances to them cannot be computed: impute "
            "before the model, or choose a strategy that needs no distances, such as Margin()."
        ) from error
    return features
